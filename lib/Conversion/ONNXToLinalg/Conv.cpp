// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions of any spatial rank as one contraction over a padded input, and
// the windows that pooling shares.

#include "Contraction.h"

#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {

Window makeWindow(Builder &b, const WindowAttributes &attributes, ArrayRef<Size> spatial) {
  unsigned rank = spatial.size();
  Window window;
  window.kernel = staticShape(attributes.kernel);
  auto take = [&](std::optional<ArrayRef<int64_t>> values) {
    return values && values->size() == rank ? llvm::to_vector(*values) : SmallVector<int64_t>(rank, 1);
  };
  window.strides = take(attributes.strides);
  window.dilations = take(attributes.dilations);
  bool hasPads = attributes.autoPad == "NOTSET" && attributes.pads && attributes.pads->size() == 2 * rank;
  Size zero = size(b, 0), one = size(b, 1);
  for (unsigned i : llvm::seq(rank)) {
    Size in = spatial[i], stride = size(b, window.strides[i]);
    Size extent = add(b, mul(b, sub(b, attributes.kernel[i], one), size(b, window.dilations[i])), one);
    Size low = zero, high = zero, out;
    // What the last window reads beyond `in + low`.
    auto overhang = [&] { return sub(b, add(b, mul(b, sub(b, out, one), stride), extent), add(b, in, low)); };
    if (attributes.autoPad.starts_with("SAME")) {
      out = ceilDiv(b, in, stride);
      Size total = max(b, overhang(), zero);
      Size half = floorDiv(b, total, size(b, 2)), rest = sub(b, total, half);
      bool upper = attributes.autoPad == "SAME_UPPER";
      low = upper ? half : rest;
      high = upper ? rest : half;
    } else {
      if (hasPads) {
        low = size(b, (*attributes.pads)[i]);
        high = size(b, (*attributes.pads)[rank + i]);
      }
      Size room = sub(b, add(b, add(b, in, low), high), extent);
      if (attributes.ceilMode) {
        // A window that would start in the right padding is dropped.
        out = add(b, ceilDiv(b, room, stride), one);
        Size start = mul(b, sub(b, out, one), stride);
        out = selectNegative(b, sub(b, start, add(b, in, low)), out, sub(b, out, one));
        out = max(b, out, zero);
        high = max(b, overhang(), zero);
      } else {
        out = max(b, add(b, floorDiv(b, room, stride), one), zero);
        // Padding that no window reaches is not made.
        Size reached = overhang();
        if (known(reached) && known(high) && *known(high) > *known(reached))
          high = size(b, std::max<int64_t>(*known(reached), std::min<int64_t>(*known(high), 0)));
      }
    }
    window.low.push_back(low);
    window.high.push_back(high);
    window.out.push_back(out);
  }
  return window;
}

Value withKernelShape(Builder &b, Value weight, std::optional<ArrayRef<int64_t>> kernelShape) {
  auto type = cast<RankedTensorType>(weight.getType());
  if (!kernelShape || static_cast<int64_t>(kernelShape->size()) != type.getRank() - 2)
    return weight;
  SmallVector<int64_t> shape(type.getShape());
  for (auto [i, extent] : llvm::enumerate(*kernelShape)) {
    checkEqual(b, dimOf(b, weight, 2 + i), size(b, extent), "the weights are not of the size that kernel_shape names");
    shape[2 + i] = extent;
  }
  return castTo(b, weight, type.clone(shape));
}

Value padForWindow(Builder &b, Value input, const Window &window, Value value) {
  int64_t leading = cast<RankedTensorType>(input.getType()).getRank() - window.low.size();
  Sizes low(leading, size(b, 0)), high(leading, size(b, 0));
  llvm::append_range(low, window.low);
  llvm::append_range(high, window.high);
  return padTensor(b, input, low, high, value);
}

SmallVector<AffineExpr> windowExprs(Builder &b, const Window &window, unsigned o, unsigned k) {
  SmallVector<AffineExpr> exprs;
  for (unsigned i : llvm::seq<unsigned>(window.kernel.size()))
    exprs.push_back(b.getAffineDimExpr(o + i) * window.strides[i] + b.getAffineDimExpr(k + i) * window.dilations[i]);
  return exprs;
}

Value convolve(Builder &b, Value input, Value weight, const Window &window, int64_t group, Type accumulator,
               Signs signs) {
  unsigned spatial = window.kernel.size();
  weight = peelWidening(weight);
  Sizes weightShape = shapeOf(b, weight);
  input = padForWindow(b, input, window, scalar(b, getElementTypeOrSelf(input), 0));
  Size filters = weightShape[0], channels = dimOf(b, input, 1);
  checkEqual(b, channels, mul(b, weightShape[1], size(b, group)),
             "the channels of the input are not those that the weights expect");
  bool grouped = group != 1;
  Size groups = size(b, group), perGroup = floorDiv(b, filters, groups);
  if (grouped) {
    input = splitDim(b, input, 1, {groups, weightShape[1]});
    weight = splitDim(b, weight, 0, {groups, perGroup});
  }

  // Loops: n, [g,] f, o…, then c, k….
  Sizes shape = {dimOf(b, input, 0)};
  if (grouped)
    shape.push_back(groups);
  shape.push_back(perGroup);
  llvm::append_range(shape, window.out);
  unsigned f = grouped ? 2 : 1, o = f + 1, c = o + spatial, k = c + 1, loops = k + spatial;
  SmallVector<AffineExpr> in = {b.getAffineDimExpr(0)}, w;
  if (grouped) {
    in.push_back(b.getAffineDimExpr(1));
    w.push_back(b.getAffineDimExpr(1));
  }
  in.push_back(b.getAffineDimExpr(c));
  llvm::append_range(in, windowExprs(b, window, o, k));
  w.push_back(b.getAffineDimExpr(f));
  w.push_back(b.getAffineDimExpr(c));
  for (unsigned i : llvm::seq(spatial))
    w.push_back(b.getAffineDimExpr(k + i));
  Value result = contract(b, input, weight, AffineMap::get(loops, 0, in, b.getContext()),
                          AffineMap::get(loops, 0, w, b.getContext()), shape, accumulator, signs);
  return grouped ? mergeDims(b, result, 1, 2) : result;
}

Value addChannels(Builder &b, Value tensor, Value bias, Type element) {
  Type accumulator = getElementTypeOrSelf(tensor);
  if (!bias)
    return castElements(b, tensor, element);
  Sizes shape = shapeOf(b, tensor);
  checkEqual(b, dimOf(b, bias, 0), shape[1], "there is not a bias for each channel");
  AffineMap identity = b.getMultiDimIdentityMap(shape.size());
  AffineMap channel = AffineMap::get(shape.size(), 0, b.getAffineDimExpr(1));
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  return generic(b, {tensor, bias}, emptyTensor(b, shape, element), {identity, channel, identity}, iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   Value value = convertScalar(b, args[1], accumulator, false, false);
                   Value sum = isa<FloatType>(accumulator) ? Value(arith::AddFOp::create(b, args[0], value))
                                                           : Value(arith::AddIOp::create(b, args[0], value));
                   return {convertScalar(b, sum, element, false, false)};
                 })
      .front();
}

namespace {

struct LowerConv : Lowering<onnx::ConvOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConvOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto weightType = cast<RankedTensorType>(adaptor.getW().getType());
    if (weightType.getRank() < 3 || cast<RankedTensorType>(adaptor.getX().getType()).getRank() != weightType.getRank())
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    Type element = resultType(op).getElementType();
    Value weight = withKernelShape(b, adaptor.getW(), op.getKernelShape());
    Sizes spatial = shapeOf(b, adaptor.getX()), kernel = shapeOf(b, weight);
    Window window =
        makeWindow(b, windowAttributes(op, ArrayRef(kernel).drop_front(2)), ArrayRef(spatial).drop_front(2));
    Value result = convolve(b, adaptor.getX(), weight, window, op.getGroup(), accumulatorOf(b, element));
    replace(rewriter, op, b, addChannels(b, result, adaptor.getB(), element));
    return success();
  }
};

} // namespace

void addConvolutions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerConv>(converter, patterns.getContext());
}

} // namespace quern::lowering
