// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values by their keys: a binary search in a sorted table of numbers, or the
// runtime's search of strings. Values that are strings are handles.

#include "Calls.h"

#include "quern/Support/Constants.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// The bytes of one element.
std::string bytesOf(Type type, double number) {
  auto pack = [](auto value) { return std::string(reinterpret_cast<const char *>(&value), sizeof(value)); };
  return type.isF64() ? pack(number) : pack(static_cast<float>(number));
}
std::string bytesOf(Type type, int64_t number) {
  return std::string(reinterpret_cast<const char *>(&number), type.getIntOrFloatBitWidth() / 8);
}

template <typename Number>
Value makeTable(Builder &b, Type element, ArrayRef<Number> numbers) {
  std::string bytes;
  for (Number number : numbers)
    bytes += bytesOf(element, number);
  return constantOf(b, RankedTensorType::get(static_cast<int64_t>(numbers.size()), element), bytes);
}

/// The keys and values of an encoder; each pair of lists is one of floats and one of integers, of which one is used.
struct Numbers {
  Type element;
  SmallVector<double> floats;
  SmallVector<int64_t> integers;

  size_t size() const { return isFloat() ? floats.size() : integers.size(); }
  bool isFloat() const { return isa<FloatType>(element); }
  /// Nothing where they are neither.
  static std::optional<Numbers> get(std::optional<ElementsAttr> tensor, std::optional<ArrayRef<float>> floats,
                                    std::optional<ArrayRef<int64_t>> integers, MLIRContext *context) {
    Numbers numbers;
    if (tensor) {
      numbers.element = tensor->getElementType();
      auto asFloats = numbers.isFloat() ? getFloats(*tensor) : std::nullopt;
      auto asIntegers = isa<IntegerType>(numbers.element) ? getIntegers(*tensor) : std::nullopt;
      if (!asFloats && !asIntegers)
        return std::nullopt;
      if (asFloats)
        numbers.floats = *asFloats;
      else
        numbers.integers = *asIntegers;
      return numbers;
    }
    if (floats && !floats->empty()) {
      numbers.element = Float32Type::get(context);
      numbers.floats.assign(floats->begin(), floats->end());
      return numbers;
    }
    if (!integers || integers->empty())
      return std::nullopt;
    numbers.element = IntegerType::get(context, 64);
    numbers.integers.assign(integers->begin(), integers->end());
    return numbers;
  }
  Value makeTable(Builder &b, ArrayRef<unsigned> order) const {
    if (isFloat()) {
      auto picked = llvm::to_vector(llvm::map_range(order, [&](unsigned i) { return floats[i]; }));
      return lowering::makeTable<double>(b, element, picked);
    }
    auto picked = llvm::to_vector(llvm::map_range(order, [&](unsigned i) { return integers[i]; }));
    return lowering::makeTable<int64_t>(b, element, picked);
  }
};

/// The order of the keys, each once: the first of equal ones counts. A NaN, which is no smaller than anything, is last.
SmallVector<unsigned> sortKeys(const Numbers &keys) {
  SmallVector<unsigned> order = llvm::to_vector(llvm::seq<unsigned>(keys.size()));
  auto less = [&](unsigned i, unsigned j) {
    if (!keys.isFloat())
      return keys.integers[i] < keys.integers[j];
    return keys.floats[i] < keys.floats[j] || (!std::isnan(keys.floats[i]) && std::isnan(keys.floats[j]));
  };
  llvm::stable_sort(order, less);
  auto isSame = [&](unsigned i, unsigned j) { return !less(i, j); };
  order.erase(std::unique(order.begin(), order.end(), isSame), order.end());
  return order;
}

/// The place of `key` in a sorted table, or `size` where it is not there.
Value search(Builder &b, Value table, int64_t size, Value key, bool isNaNLast) {
  auto index = [](Builder &b, int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
  bool isFloat = isa<FloatType>(key.getType());
  auto compare = [&](Builder &b, Value x, Value y, bool equal) -> Value {
    if (isFloat)
      return arith::CmpFOp::create(b, equal ? arith::CmpFPredicate::OEQ : arith::CmpFPredicate::ULT, x, y);
    return arith::CmpIOp::create(b, equal ? arith::CmpIPredicate::eq : arith::CmpIPredicate::slt, x, y);
  };
  // The last element that is not greater, in halving steps whose number is known.
  Value at = index(b, 0);
  for (int64_t step = llvm::PowerOf2Ceil(size + 1) / 2; step > 0; step /= 2) {
    Value probe = arith::AddIOp::create(b, at, index(b, step));
    Value last = arith::MinUIOp::create(b, probe, index(b, size - 1));
    Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, probe, index(b, size));
    Value isGreater = compare(b, key, extract(b, table, {last}), /*equal=*/false);
    Value one = integer(b, b.getI1Type(), 1);
    Value moves = arith::AndIOp::create(b, isInside, arith::XOrIOp::create(b, isGreater, one));
    at = arith::SelectOp::create(b, moves, probe, at);
  }
  Value found = compare(b, key, extract(b, table, {at}), /*equal=*/true);
  at = arith::SelectOp::create(b, found, at, index(b, size));
  if (!isNaNLast)
    return at;
  Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, key, key);
  return arith::SelectOp::create(b, isNaN, index(b, size - 1), at);
}

/// Strings from a list or a tensor; nothing where there are none.
std::optional<SmallVector<StringRef>> getStrings(std::optional<ArrayAttr> list, std::optional<ElementsAttr> tensor) {
  if (tensor) {
    auto strings = dyn_cast<DenseStringElementsAttr>(*tensor);
    return strings ? std::optional(llvm::to_vector(strings.getValues<StringRef>())) : std::nullopt;
  }
  return list && !list->empty() ? std::optional(llvm::to_vector(list->getAsValueRange<StringAttr>())) : std::nullopt;
}

struct LowerLabelEncoder : Lowering<onnx::MLLabelEncoderOp> {
  using Lowering::Lowering;
  using Op = onnx::MLLabelEncoderOp;

  LogicalResult lower(Op op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    // The order of the keys' places in the tables; one past them is the place of the default value.
    SmallVector<unsigned> order;
    Value x = adaptor.getX(), places;
    std::optional<Numbers> keys;
    if (auto strings = getStrings(op.getKeysStrings(), op.getKeysTensor())) {
      order = llvm::to_vector(llvm::seq<unsigned>(strings->size()));
      places = findAmong(b, x, stringConstant(b, static_cast<int64_t>(strings->size()), *strings));
    } else {
      keys = Numbers::get(op.getKeysTensor(), op.getKeysFloats(), op.getKeysInt64s(), b.getContext());
      if (!keys)
        return unsupported(rewriter, op, "expects keys that are numbers or strings");
      order = sortKeys(*keys);
    }
    int64_t count = order.size();
    bool isNaNLast = keys && keys->isFloat() && std::isnan(keys->floats[order.back()]);
    Value keyTable = keys ? keys->makeTable(b, order) : Value();
    Value valueTable = makeValues(op, b, order);
    if (!valueTable)
      return unsupported(rewriter, op, "expects values that are numbers or strings");
    Type element = getElementTypeOrSelf(valueTable);
    Value result = mapTensor(b, keys ? x : places, element, [&](Builder &b, Value key) {
      return extract(b, valueTable, {keys ? search(b, keyTable, count, key, isNaNLast) : placeOf(b, key, count)});
    });
    replace(rewriter, op, b, result);
    return success();
  }

  /// What the runtime did not find is one past the others.
  static Value placeOf(Builder &b, Value found, int64_t count) {
    Value place = arith::IndexCastOp::create(b, b.getIndexType(), found);
    return arith::MinUIOp::create(b, place, arith::ConstantIndexOp::create(b, count));
  }

  /// The values in the order of their keys, and the default. Null where they are neither numbers nor strings.
  static Value makeValues(Op op, Builder &b, ArrayRef<unsigned> order) {
    if (auto values = getStrings(op.getValuesStrings(), op.getValuesTensor())) {
      auto other = getStrings(std::nullopt, op.getDefaultTensor());
      SmallVector<StringRef> strings(llvm::map_range(order, [&](unsigned i) { return (*values)[i]; }));
      strings.push_back(other ? other->front() : op.getDefaultString());
      return stringConstant(b, static_cast<int64_t>(strings.size()), strings);
    }
    auto values = Numbers::get(op.getValuesTensor(), op.getValuesFloats(), op.getValuesInt64s(), b.getContext());
    if (!values)
      return {};
    SmallVector<unsigned> all(order);
    all.push_back(values->size());
    auto other = Numbers::get(op.getDefaultTensor(), std::nullopt, std::nullopt, b.getContext());
    if (values->isFloat())
      values->floats.push_back(other ? other->floats.front() : op.getDefaultFloat().convertToFloat());
    else
      values->integers.push_back(other ? other->integers.front() : op.getDefaultInt64());
    return values->makeTable(b, all);
  }
};

} // namespace

void addLookups(Patterns &patterns, Converter &converter) {
  patterns.add<LowerLabelEncoder>(converter, patterns.getContext());
}

} // namespace quern::lowering
