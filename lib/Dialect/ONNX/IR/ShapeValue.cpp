// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluates the arithmetic of shapes on elements that may be sizes of
// dimensions.

#include "quern/Dialect/ONNX/IR/ShapeValue.h"

#include "ShapeRules.h"

#include "quern/Support/Constants.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::onnx {

// Larger tensors are not the arithmetic of shapes.
static constexpr int64_t kMaxElements = 1024;
// Ops that one query looks at.
static constexpr int kMaxOps = 256;
static constexpr int kMaxDepth = 48;

using Elements = SmallVector<ShapeElement>;

//===--- Dimensions -------------------------------------------------------===//

int64_t ShapeElement::getSize() const { return isNumber() ? value : kDynamic; }

// The operand dimension that a dynamic dimension of an op's result equals, if that is plain.
static std::optional<std::pair<Value, int64_t>> stepToOperand(Value tensor, int64_t dim) {
  Operation *op = tensor.getDefiningOp();
  if (!op || op->getNumOperands() == 0)
    return std::nullopt;
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    if (!rankedType(transpose.getData()))
      return std::nullopt;
    return std::pair(transpose.getData(), transpose.getPermutation()[dim]);
  }
  bool firstShape = op->hasTrait<OpTrait::SameOperandsAndResultShape>() ||
                    isa<CastOp, IdentityOp, SoftmaxOp, LogSoftmaxOp, ClipOp, LayerNormalizationOp, DropoutOp,
                        BatchNormalizationOp, InstanceNormalizationOp, PReluOp>(op);
  bool batch = isa<ConvOp, ConvTransposeOp, MaxPoolOp, AveragePoolOp, GlobalAveragePoolOp, GlobalMaxPoolOp>(op);
  if ((firstShape && tensor == op->getResult(0)) || (batch && dim == 0))
    return std::pair(op->getOperand(0), dim);
  if (isa<AddOp, SubOp, MulOp, DivOp, PowOp, WhereOp, MaxOp, MinOp, SumOp>(op)) {
    // The only operand that is not 1 there.
    std::optional<std::pair<Value, int64_t>> found;
    for (Value operand : op->getOperands()) {
      auto type = rankedType(operand);
      if (!type)
        return std::nullopt;
      int64_t at = dim - (cast<RankedTensorType>(tensor.getType()).getRank() - type.getRank());
      if (at < 0 || type.getDimSize(at) == 1)
        continue;
      if (found)
        return std::nullopt;
      found = {operand, at};
    }
    return found;
  }
  return std::nullopt;
}

ShapeElement ShapeElement::getDim(Value tensor, int64_t dim) {
  for (int steps = 0; steps < kMaxOps; ++steps) {
    auto type = rankedType(tensor);
    if (!type || dim < 0 || dim >= type.getRank())
      return {};
    if (!type.isDynamicDim(dim))
      return getNumber(type.getDimSize(dim));
    auto next = stepToOperand(tensor, dim);
    if (!next || !rankedType(next->first))
      break;
    std::tie(tensor, dim) = *next;
  }
  return {Kind::Dim, dim, tensor};
}

//===--- Evaluation -------------------------------------------------------===//

namespace {
class Evaluation {
public:
  std::optional<Elements> get(Value value, int depth = 0);

private:
  std::optional<Elements> compute(Operation *op, Value value, int depth);
  std::optional<Elements> slice(SliceOp op, Elements data, int depth);
  std::optional<Elements> broadcast(Operation *op, Value value, int depth,
                                    function_ref<ShapeElement(ArrayRef<ShapeElement>)> combine);

  llvm::DenseMap<Value, std::optional<Elements>> known;
  int budget = kMaxOps;
};
} // namespace

static std::optional<int64_t> smallCount(Value value) {
  auto type = rankedType(value);
  if (!type || !type.hasStaticShape() || type.getRank() > 4)
    return std::nullopt;
  int64_t count = 1;
  for (int64_t size : type.getShape()) {
    if (size > kMaxElements || (count *= size) > kMaxElements)
      return std::nullopt;
  }
  return count;
}

std::optional<Elements> Evaluation::get(Value value, int depth) {
  auto element = dyn_cast<IntegerType>(elementOf(value));
  if (!element || element.getWidth() > 64)
    return std::nullopt;
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  std::optional<Elements> result;
  if (Operation *op = value.getDefiningOp(); op && depth < kMaxDepth && --budget > 0)
    result = compute(op, value, depth + 1);
  std::optional<int64_t> count = smallCount(value);
  if (result && count && static_cast<int64_t>(result->size()) != *count)
    result = std::nullopt; // contradicts the type: a verifier says so
  if (!result && count)
    result = Elements(*count);
  known[value] = result;
  return result;
}

// Numbers are those of the type: what wraps is not known.
static bool fits(ShapeElement element, Type type) {
  auto integer = cast<IntegerType>(type);
  if (!element.isNumber())
    return integer.getWidth() >= 32;
  int64_t number = element.getNumber();
  if (integer.isUnsigned() || integer.getWidth() == 1)
    return number >= 0 && llvm::isUIntN(integer.getWidth(), number);
  return llvm::isIntN(integer.getWidth(), number);
}

// `combine` on the elements of all operands, broadcast to the result.
std::optional<Elements> Evaluation::broadcast(Operation *op, Value value, int depth,
                                              function_ref<ShapeElement(ArrayRef<ShapeElement>)> combine) {
  SmallVector<Elements> operands;
  size_t count = 1;
  for (Value operand : op->getOperands()) {
    auto type = rankedType(operand);
    std::optional<Elements> elements = get(operand, depth);
    if (!elements || !type || type.getRank() > 1)
      return std::nullopt;
    if (elements->size() != 1) {
      if (count != 1 && count != elements->size())
        return std::nullopt;
      count = elements->size();
    }
    operands.push_back(std::move(*elements));
  }
  Elements result;
  for (size_t i = 0; i < count; ++i) {
    Elements values;
    for (Elements &operand : operands)
      values.push_back(operand[operand.size() == 1 ? 0 : i]);
    ShapeElement element = combine(values);
    result.push_back(fits(element, elementOf(value)) ? element : ShapeElement());
  }
  return result;
}

// One element of arithmetic; unknown where it is not defined.
static ShapeElement calculate(Operation *op, ArrayRef<ShapeElement> values) {
  ShapeElement unknown, a = values[0], b = values.size() > 1 ? values[1] : ShapeElement();
  auto number = [](int64_t value) { return ShapeElement::getNumber(value); };
  if (isa<AddOp, MulOp>(op) && a.isNumber() && !b.isNumber())
    std::swap(a, b);
  // A size is at least 0.
  auto less = [](ShapeElement a, ShapeElement b) -> std::optional<bool> {
    if (a.isNumber() && b.isNumber())
      return a.getNumber() < b.getNumber();
    if (a.isNumber() && b.isDim() && a.getNumber() < 0)
      return true;
    if (a.isSame(b) || (a.isDim() && b.isNumber() && b.getNumber() <= 0))
      return false;
    return std::nullopt;
  };
  auto boolean = [&](std::optional<bool> value) { return value ? number(*value) : unknown; };
  auto negated = [](std::optional<bool> value) { return value ? std::optional(!*value) : value; };
  if (isa<LessOp>(op))
    return boolean(less(a, b));
  if (isa<GreaterOp>(op))
    return boolean(less(b, a));
  if (isa<LessOrEqualOp>(op))
    return boolean(negated(less(b, a)));
  if (isa<GreaterOrEqualOp>(op))
    return boolean(negated(less(a, b)));
  if (isa<EqualOp>(op)) {
    if (a.isSame(b))
      return number(1);
    if (a.isNumber() && b.isNumber())
      return number(0);
    return less(a, b) == true || less(b, a) == true ? number(0) : unknown;
  }
  if (isa<WhereOp>(op)) {
    if (values[0].isNumber())
      return values[values[0].getNumber() ? 1 : 2];
    return values[1].isSame(values[2]) ? values[1] : unknown;
  }
  if (isa<MaxOp, MinOp>(op)) {
    ShapeElement best = a;
    for (ShapeElement value : values.drop_front()) {
      std::optional<bool> smaller = less(best, value);
      if (!smaller)
        return unknown;
      if (*smaller == isa<MaxOp>(op))
        best = value;
    }
    return best;
  }
  if (!b.isNumber() && values.size() > 1)
    return unknown;
  if (!a.isNumber()) {
    bool neutral = isa<AddOp, SubOp>(op) ? b.getNumber() == 0 : isa<MulOp, DivOp>(op) && b.getNumber() == 1;
    if (values.size() > 1 && neutral)
      return a;
    return isa<MulOp>(op) && values.size() > 1 && b.getNumber() == 0 ? number(0) : unknown;
  }
  int64_t x = a.getNumber(), y = b.isNumber() ? b.getNumber() : 0, result;
  if (isa<AddOp>(op))
    return llvm::AddOverflow(x, y, result) ? unknown : number(result);
  if (isa<SubOp>(op))
    return llvm::SubOverflow(x, y, result) ? unknown : number(result);
  if (isa<MulOp>(op))
    return llvm::MulOverflow(x, y, result) ? unknown : number(result);
  if (isa<NegOp, AbsOp>(op))
    return x == INT64_MIN ? unknown : number(isa<NegOp>(op) || x < 0 ? -x : x);
  if (isa<NotOp>(op))
    return number(!x);
  if (isa<XorOp>(op))
    return number(!x != !y);
  if (isa<AndOp>(op))
    return number(x && y);
  if (isa<OrOp>(op))
    return number(x || y);
  if (!isa<DivOp, ModOp>(op) || y == 0 || (x == INT64_MIN && y == -1))
    return unknown;
  if (isa<DivOp>(op))
    return number(x / y);
  result = x % y;
  if (!cast<ModOp>(op).getFmod() && result != 0 && (result < 0) != (y < 0))
    result += y;
  return number(result);
}

std::optional<Elements> Evaluation::slice(SliceOp op, Elements data, int depth) {
  auto type = rankedType(op.getData());
  if (!type || type.getRank() != 1)
    return std::nullopt;
  auto scalar = [&](Value value, int64_t otherwise) -> std::optional<int64_t> {
    if (!value)
      return otherwise;
    std::optional<Elements> elements = get(value, depth);
    if (!elements || elements->size() != 1 || !elements->front().isNumber())
      return std::nullopt;
    return elements->front().getNumber();
  };
  auto start = scalar(op.getStarts(), 0), end = scalar(op.getEnds(), 0), step = scalar(op.getSteps(), 1);
  int64_t size = data.size();
  if (!start || !end || !step || *step == 0 || size == 0)
    return std::nullopt;
  auto clamp = [&](int64_t at, int64_t low, int64_t high) {
    return std::clamp<int64_t>(at < 0 ? (at < -size ? -1 : at + size) : at, low, high);
  };
  Elements result;
  if (*step > 0) {
    int64_t last = clamp(*end, 0, size);
    for (int64_t i = clamp(*start, 0, size); i < last; i += std::min(*step, size))
      result.push_back(data[i]);
  } else {
    int64_t last = clamp(*end, -1, size - 1);
    for (int64_t i = clamp(*start, 0, size - 1); i > last; i += std::max(*step, -size))
      result.push_back(data[i]);
  }
  return result;
}

std::optional<Elements> Evaluation::compute(Operation *op, Value value, int depth) {
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    if (!smallCount(value))
      return std::nullopt;
    std::optional<SmallVector<int64_t>> integers = getIntegers(constant.getValue());
    bool wraps = elementOf(value).isUnsignedInteger(64);
    if (!integers || (wraps && llvm::any_of(*integers, [](int64_t number) { return number < 0; })))
      return std::nullopt;
    return llvm::map_to_vector(*integers, [](int64_t number) { return ShapeElement::getNumber(number); });
  }
  if (auto shape = dyn_cast<ShapeOp>(op)) {
    if (!rankedType(shape.getData()))
      return std::nullopt;
    auto [begin, end] = shape.getRange();
    Elements result;
    for (int64_t i = begin; i < end; ++i)
      result.push_back(ShapeElement::getDim(shape.getData(), i));
    return result;
  }
  if (auto size = dyn_cast<SizeOp>(op)) {
    auto type = rankedType(size.getData());
    if (!type || !type.hasStaticShape())
      return std::nullopt;
    std::optional<int64_t> count = 1;
    for (int64_t dim : type.getShape())
      if (!(count = multiply(*count, dim)))
        return std::nullopt;
    return Elements{ShapeElement::getNumber(*count)};
  }
  // The same elements in the same order.
  if (isa<IdentityOp, UnsqueezeOp, SqueezeOp, ReshapeOp, FlattenOp>(op))
    return get(op->getOperand(0), depth);
  if (auto castOp = dyn_cast<CastOp>(op)) {
    std::optional<Elements> elements = get(castOp.getInput(), depth);
    auto to = dyn_cast<IntegerType>(elementOf(value));
    if (!elements || !to)
      return std::nullopt;
    for (ShapeElement &element : *elements)
      if (element.isNumber() && to.getWidth() == 1)
        element = ShapeElement::getNumber(element.getNumber() != 0);
      else if (!fits(element, to))
        element = {};
    return elements;
  }
  if (auto gather = dyn_cast<GatherOp>(op)) {
    auto type = rankedType(gather.getData());
    std::optional<Elements> data = get(gather.getData(), depth), indices = get(gather.getIndices(), depth);
    if (!type || type.getRank() != 1 || !data || !indices)
      return std::nullopt;
    int64_t size = data->size();
    for (ShapeElement &index : *indices) {
      int64_t at = index.isNumber() ? index.getNumber() : size;
      at += at < 0 ? size : 0;
      index = at >= 0 && at < size ? (*data)[at] : ShapeElement();
    }
    return indices;
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    Elements result;
    for (Value input : concat.getInputs()) {
      auto type = rankedType(input);
      std::optional<Elements> elements = get(input, depth);
      if (!elements || !type || type.getRank() != 1 || result.size() > kMaxElements)
        return std::nullopt;
      llvm::append_range(result, *elements);
    }
    return result;
  }
  if (auto sliceOp = dyn_cast<SliceOp>(op)) {
    std::optional<Elements> data = get(sliceOp.getData(), depth);
    return data ? slice(sliceOp, std::move(*data), depth) : std::nullopt;
  }
  if (auto split = dyn_cast<SplitOp>(op)) {
    std::optional<Elements> data = get(split.getInput(), depth);
    auto type = rankedType(split.getInput());
    if (!data || !type || type.getRank() != 1)
      return std::nullopt;
    size_t offset = 0;
    for (Value result : split.getResults()) {
      std::optional<int64_t> count = smallCount(result);
      if (!count || offset + *count > data->size())
        return std::nullopt;
      if (result == value)
        return Elements(ArrayRef(*data).slice(offset, *count));
      offset += *count;
    }
    return std::nullopt;
  }
  if (isa<ConstantOfShapeOp, ExpandOp>(op)) {
    auto constantOfShape = dyn_cast<ConstantOfShapeOp>(op);
    std::optional<Elements> shape = get(op->getOperand(constantOfShape ? 0 : 1), depth);
    Elements filling(1);
    if (constantOfShape) {
      auto attr = constantOfShape.getValueAttr();
      std::optional<SmallVector<int64_t>> fill = attr ? getIntegers(attr) : std::nullopt;
      if (!fill || fill->size() != 1)
        return std::nullopt;
      filling[0] = ShapeElement::getNumber(fill->front());
    } else {
      std::optional<Elements> input = get(op->getOperand(0), depth);
      if (!input || input->size() != 1)
        return std::nullopt;
      filling = *input;
    }
    if (!shape || shape->size() > 1)
      return std::nullopt;
    int64_t count = shape->empty() ? 1 : shape->front().getSize();
    if (count < 0 || count > kMaxElements)
      return std::nullopt;
    return Elements(count, filling[0]);
  }
  if (auto range = dyn_cast<RangeOp>(op)) {
    auto start = get(range.getStart(), depth), delta = get(range.getDelta(), depth);
    std::optional<int64_t> count = smallCount(value);
    if (!count || !start || !delta || start->size() != 1 || delta->size() != 1 || !start->front().isNumber() ||
        !delta->front().isNumber())
      return std::nullopt;
    Elements result;
    for (int64_t i = 0, next = start->front().getNumber(); i < *count; ++i) {
      result.push_back(ShapeElement::getNumber(next));
      if (llvm::AddOverflow(next, delta->front().getNumber(), next) && i + 1 < *count)
        return std::nullopt;
    }
    return result;
  }
  if (isa<ReduceProdOp, ReduceSumOp, ReduceMaxOp, ReduceMinOp>(op)) {
    auto type = rankedType(op->getOperand(0));
    std::optional<Elements> data = get(op->getOperand(0), depth);
    if (!data || !type || type.getRank() != 1 || smallCount(value) != 1 || data->empty())
      return std::nullopt;
    std::optional<int64_t> total;
    for (ShapeElement element : *data) {
      if (!element.isNumber())
        return std::nullopt;
      int64_t next = element.getNumber();
      if (total && isa<ReduceProdOp>(op) && llvm::MulOverflow(*total, next, next))
        return std::nullopt;
      if (total && isa<ReduceSumOp>(op) && llvm::AddOverflow(*total, next, next))
        return std::nullopt;
      if (total && isa<ReduceMaxOp>(op))
        next = std::max(*total, next);
      if (total && isa<ReduceMinOp>(op))
        next = std::min(*total, next);
      total = next;
    }
    return Elements{ShapeElement::getNumber(*total)};
  }
  if (isa<AddOp, SubOp, MulOp, DivOp, ModOp, MaxOp, MinOp, NegOp, AbsOp, NotOp, AndOp, OrOp, XorOp, EqualOp, LessOp,
          LessOrEqualOp, GreaterOp, GreaterOrEqualOp, WhereOp>(op))
    return broadcast(op, value, depth, [&](ArrayRef<ShapeElement> values) { return calculate(op, values); });
  return std::nullopt;
}

std::optional<SmallVector<ShapeElement>> getKnownShapeValue(Value value) { return Evaluation().get(value); }

std::optional<SmallVector<int64_t>> getKnownIntegers(Value value) {
  std::optional<Elements> elements = getKnownShapeValue(value);
  if (!elements)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (ShapeElement element : *elements) {
    if (!element.isNumber())
      return std::nullopt;
    numbers.push_back(element.getNumber());
  }
  return numbers;
}

} // namespace quern::onnx
