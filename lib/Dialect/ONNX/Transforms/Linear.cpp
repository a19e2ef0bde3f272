// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Linear.h"

using namespace mlir;

namespace quern::onnx {

Location fuse(Location first, Location second) { return FusedLoc::get(first.getContext(), {first, second}); }

static int64_t getGroup(Operation *op) {
  auto group = op->getAttrOfType<IntegerAttr>("group");
  return group ? group.getInt() : 1;
}

static bool isTransposed(GemmOp gemm) { return gemm.getTransB() != 0; }

// Output channels by the shape of the weights.
static int64_t countChannels(Operation *op, ArrayRef<int64_t> weights) {
  if (isa<ConvOp>(op))
    return weights[0];
  if (isa<ConvTransposeOp>(op))
    return weights[1] * getGroup(op);
  auto gemm = dyn_cast<GemmOp>(op);
  return gemm && isTransposed(gemm) ? weights.front() : weights.back();
}

std::optional<Linear> Linear::match(Value value, Operation *user, Constness &constness, std::string &whyNot) {
  auto no = [&](StringRef why) {
    whyNot = why.str();
    return std::nullopt;
  };
  Operation *op = value.getDefiningOp();
  if (!op || !isa<ConvOp, ConvTransposeOp, GemmOp, MatMulOp>(op))
    return no("it does not follow a Conv, ConvTranspose, Gemm or MatMul");
  if (!value.hasOneUse() || op->getBlock() != user->getBlock())
    return no("the result before it has other users");
  for (Value operand : op->getOperands().drop_front())
    if (!constness.isConstant(operand))
      return no("the weights before it are not constant");
  auto weights = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
  auto output = dyn_cast<RankedTensorType>(value.getType());
  if (!weights || !weights.hasStaticShape() || weights.getRank() < 2 || !output || output.getRank() < 2)
    return no("the shape of the weights before it is not known");
  if (isa<MatMulOp>(op) && weights.getRank() != 2)
    return no("the MatMul before it has several weight matrices");
  if (!isa<FloatType>(weights.getElementType()))
    return no("the weights before it are integers");
  return Linear(op, countChannels(op, weights.getShape()));
}

RankedTensorType Linear::outputType() const { return cast<RankedTensorType>(op->getResult(0).getType()); }

int64_t Linear::channelAxis() const { return isa<MatMulOp>(op) ? outputType().getRank() - 1 : 1; }

bool Linear::takesBias() const {
  auto input = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  return !isa<MatMulOp>(op) || (input && input.getRank() == 2);
}

Term Linear::channelVector(Formula &f, Value constant, std::string &whyNot) const {
  auto type = dyn_cast<RankedTensorType>(constant.getType());
  RankedTensorType output = outputType();
  auto no = [&](StringRef why) {
    whyNot = why.str();
    return Term();
  };
  if (!type || !type.hasStaticShape() || type.getRank() > output.getRank())
    return no("the constant widens the result");
  if (type.getElementType() != output.getElementType())
    return no("the constant has another element type");
  int64_t lead = output.getRank() - type.getRank();
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    bool isChannel = static_cast<int64_t>(i) + lead == channelAxis();
    if (size != 1 && !(isChannel && size == channels))
      return no("the constant varies along other dimensions than the channels");
  }
  return type.getRank() == 1 ? f(constant) : reshape(f(constant), {-1});
}

Term Linear::scaleWeights(Formula &f, Term a) const {
  Term w = weights(f);
  if (a.size(0) == 1)
    return w * a; // one for all: a vector of one element broadcasts to any rank
  if (isa<ConvOp>(op))
    return w * unsqueeze(a, axesFrom(1, w.rank()));
  if (isa<ConvTransposeOp>(op)) {
    int64_t group = getGroup(op), inputs = w.size(0), outputs = w.size(1);
    SmallVector<int64_t> grouped{group, inputs / group, outputs};
    SmallVector<int64_t> shape(w.type().getShape());
    llvm::append_range(grouped, ArrayRef<int64_t>(shape).drop_front(2));
    Term scale = reshape(a, {group, 1, outputs});
    return reshape(reshape(w, grouped) * unsqueeze(scale, axesFrom(3, grouped.size())), shape);
  }
  auto gemm = dyn_cast<GemmOp>(op);
  return gemm && isTransposed(gemm) ? w * unsqueeze(a, {1}) : w * a;
}

Term Linear::bias(Formula &f) const {
  if (op->getNumOperands() < 3)
    return {};
  Term b = f(op->getOperand(2));
  auto gemm = dyn_cast<GemmOp>(op);
  float beta = gemm ? gemm.getBeta().convertToFloat() : 1.0f;
  return beta == 1.0f ? b : b * beta;
}

Term Linear::rebuild(Formula &f, Term newWeights, Term newBias) const {
  SmallVector<Value> operands{op->getOperand(0), newWeights.value};
  if (newBias)
    operands.push_back(newBias.value);
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (attr.getName() != "beta") // is in the bias by now
      attributes.push_back(attr);
  Term result;
  if (isa<ConvOp>(op))
    result = f.node<ConvOp>(operands, attributes);
  else if (isa<ConvTransposeOp>(op))
    result = f.node<ConvTransposeOp>(operands, attributes);
  else if (isa<GemmOp>(op) || newBias)
    result = f.node<GemmOp>(operands, attributes);
  else
    result = f.node<MatMulOp>(operands, attributes);
  result.value.setType(outputType());
  return result;
}

} // namespace quern::onnx
