// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposed convolutions as one convolution by sub-pixels: the output at
// `h * stride + r` depends on the inputs from `h - J + 1` to `h` only, so that
// each r is a set of filters of J taps. They are computed as channels of one
// convolution of stride one, and then moved to their places:
//   w'[(f, r), c, j] = w[c, f, k]  where k * dilation = (J - 1 - j) * stride + r
// and zero where no such k exists.

#include "Contraction.h"

#include "Broadcast.h"

#include "quern/Support/Constants.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// The numbers of one transposed convolution.
struct SubPixels {
  SmallVector<int64_t> strides, dilations;
  Sizes kernel, taps;
  int64_t group;
  Size channelsPerGroup, filtersPerGroup;

  unsigned rank() const { return strides.size(); }

  /// The shape [F * product(strides), C / group, taps…] of the weights by sub-pixels.
  Sizes weightShape(Builder &b) const {
    Size filters = mul(b, size(b, group), filtersPerGroup);
    for (int64_t stride : strides)
      filters = mul(b, filters, size(b, stride));
    Sizes shape = {filters, channelsPerGroup};
    llvm::append_range(shape, taps);
    return shape;
  }
};

/// Weights known now are rearranged now.
Value rearrangeConstant(Builder &b, ElementsAttr weights, ArrayRef<char> bytes, const SubPixels &numbers) {
  auto from = cast<RankedTensorType>(weights.getType());
  auto to = RankedTensorType::get(staticShape(numbers.weightShape(b)), from.getElementType());
  size_t width = from.getElementTypeBitWidth() / 8;
  SmallVector<char, 0> result(to.getNumElements() * width, 0);
  unsigned rank = numbers.rank();
  ArrayRef<int64_t> shape = from.getShape();
  struct {
    ArrayRef<int64_t> kernel, strides, dilations, taps;
    int64_t group, channelsPerGroup, filtersPerGroup;
  } sub = {shape.drop_front(2), numbers.strides,          numbers.dilations, to.getShape().drop_front(2),
           numbers.group,       shape[0] / numbers.group, shape[1]};
  int64_t pixels = 1, taps = 1, kernel = 1;
  for (unsigned i : llvm::seq(rank))
    pixels *= sub.strides[i], taps *= sub.taps[i], kernel *= sub.kernel[i];
  // Where each (pixel, tap) comes from, in one plane of the kernel.
  SmallVector<int64_t> source(pixels * taps, -1);
  for (int64_t r = 0; r < pixels; ++r)
    for (int64_t j = 0; j < taps; ++j) {
      int64_t offset = 0, stride = 1, restR = r, restJ = j;
      bool valid = true;
      for (unsigned i = rank; i-- > 0;) {
        int64_t at = (sub.taps[i] - 1 - restJ % sub.taps[i]) * sub.strides[i] + restR % sub.strides[i];
        valid &= at % sub.dilations[i] == 0 && at / sub.dilations[i] < sub.kernel[i];
        offset += at / sub.dilations[i] * stride;
        stride *= sub.kernel[i];
        restR /= sub.strides[i], restJ /= sub.taps[i];
      }
      if (valid)
        source[r * taps + j] = offset;
    }
  char *out = result.data();
  for (int64_t g = 0; g < sub.group; ++g)
    for (int64_t f = 0; f < sub.filtersPerGroup; ++f)
      for (int64_t r = 0; r < pixels; ++r)
        for (int64_t c = 0; c < sub.channelsPerGroup; ++c)
          for (int64_t j = 0; j < taps; ++j, out += width)
            if (int64_t at = source[r * taps + j]; at >= 0) {
              int64_t plane = (g * sub.channelsPerGroup + c) * sub.filtersPerGroup + f;
              std::memcpy(out, bytes.data() + (plane * kernel + at) * width, width);
            }
  return constantOf(b, to, result);
}

/// Weights of the run are gathered.
Value rearrange(Builder &b, Value weights, const SubPixels &sub) {
  Type element = getElementTypeOrSelf(weights);
  unsigned rank = sub.rank();
  return fromIndices(b, sub.weightShape(b), element, [&](Builder &b, ValueRange indices) -> Value {
    auto number = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
    auto split = [&](Value &rest, Size by) -> Value {
      Value part = arith::RemUIOp::create(b, rest, asValue(b, by));
      rest = arith::DivUIOp::create(b, rest, asValue(b, by));
      return part;
    };
    Value filter = indices[0], valid = integer(b, b.getI1Type(), 1);
    SmallVector<Value> at(rank + 2);
    for (unsigned i = rank; i-- > 0;) {
      Value pixel = split(filter, size(b, sub.strides[i]));
      Value tap = arith::SubIOp::create(b, asValue(b, lowering::sub(b, sub.taps[i], size(b, 1))), indices[2 + i]);
      Value position = arith::AddIOp::create(b, arith::MulIOp::create(b, tap, number(sub.strides[i])), pixel);
      Value remainder = split(position, size(b, sub.dilations[i]));
      Value isWhole = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, remainder, number(0));
      Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, position, asValue(b, sub.kernel[i]));
      Value both = arith::AndIOp::create(b, isWhole, isInside);
      valid = arith::AndIOp::create(b, valid, both);
      at[2 + i] = arith::SelectOp::create(b, both, position, number(0));
    }
    Value f = split(filter, sub.filtersPerGroup);
    Value channel = arith::MulIOp::create(b, filter, asValue(b, sub.channelsPerGroup));
    at[0] = arith::AddIOp::create(b, channel, indices[1]);
    at[1] = f;
    return arith::SelectOp::create(b, valid, extract(b, weights, at), scalar(b, element, 0));
  });
}

struct LowerConvTranspose : Lowering<onnx::ConvTransposeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConvTransposeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value weights = withKernelShape(b, adaptor.getW(), op.getKernelShape());
    Sizes weightShape = shapeOf(b, weights);
    if (weightShape.size() < 3)
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    unsigned rank = weightShape.size() - 2;
    auto take = [&](std::optional<ArrayRef<int64_t>> values, int64_t otherwise) {
      return values && values->size() == rank ? llvm::to_vector(*values) : SmallVector<int64_t>(rank, otherwise);
    };
    SubPixels sub;
    sub.kernel.append(weightShape.begin() + 2, weightShape.end());
    sub.strides = take(op.getStrides(), 1);
    sub.dilations = take(op.getDilations(), 1);
    sub.group = op.getGroup();
    sub.channelsPerGroup = floorDiv(b, weightShape[0], size(b, sub.group));
    sub.filtersPerGroup = weightShape[1];
    SmallVector<int64_t> outputPadding = take(op.getOutputPadding(), 0);
    Size one = size(b, 1);
    Sizes extents;
    for (unsigned i : llvm::seq(rank)) {
      if (!known(sub.kernel[i]))
        check(b, isPositive(b, sub.kernel[i]), "the weights have a dimension of size 0");
      extents.push_back(add(b, mul(b, lowering::sub(b, sub.kernel[i], one), size(b, sub.dilations[i])), one));
      sub.taps.push_back(ceilDiv(b, add(b, extents[i], size(b, outputPadding[i])), size(b, sub.strides[i])));
    }

    // The convolution of stride one, padded so that all positions of all sub-pixels are made.
    Window window;
    window.kernel = staticShape(sub.taps);
    window.strides = window.dilations = SmallVector<int64_t>(rank, 1);
    Sizes inputShape = shapeOf(b, adaptor.getX());
    for (unsigned i : llvm::seq(rank)) {
      Size margin = lowering::sub(b, sub.taps[i], one);
      window.low.push_back(margin);
      window.high.push_back(margin);
      window.out.push_back(add(b, inputShape[2 + i], margin));
    }
    // The convolution counts channels by groups, of which these must be whole ones.
    checkEqual(b, mul(b, sub.channelsPerGroup, size(b, sub.group)), weightShape[0],
               "the weights are not a whole number of channels for each group");
    ElementsAttr constant;
    std::optional<ArrayRef<char>> bytes;
    SmallVector<char, 0> storage;
    if (matchPattern(weights, m_Constant(&constant)))
      bytes = getConstantBytes(constant, storage);
    weights = bytes ? rearrangeConstant(b, constant, *bytes, sub) : rearrange(b, weights, sub);
    Type element = resultType(op).getElementType(), accumulator = accumulatorOf(b, element);
    Value pixels = convolve(b, adaptor.getX(), weights, window, sub.group, accumulator);
    pixels = moveToPlaces(b, pixels, sub);
    replace(rewriter, op, b,
            addChannels(b, crop(b, op, pixels, sub, inputShape, extents, outputPadding), adaptor.getB(), element));
    return success();
  }

  /// [N, F * product(strides), h…] becomes [N, F, h * stride…].
  static Value moveToPlaces(Builder &b, Value tensor, const SubPixels &sub) {
    unsigned rank = sub.rank();
    if (llvm::all_of(sub.strides, [](int64_t stride) { return stride == 1; }))
      return tensor;
    Sizes parts = {mul(b, size(b, sub.group), sub.filtersPerGroup)};
    llvm::append_range(parts, sizes(b, sub.strides));
    tensor = splitDim(b, tensor, 1, parts);
    SmallVector<int64_t> permutation = {0, 1};
    for (unsigned i : llvm::seq(rank)) {
      permutation.push_back(2 + rank + i);
      permutation.push_back(2 + i);
    }
    tensor = transposeTensor(b, tensor, permutation);
    for (unsigned i : llvm::seq(rank))
      tensor = mergeDims(b, tensor, 2 + i, 2);
    return tensor;
  }

  /// Cuts the pads off, and adds zeros where the output is to be larger.
  static Value crop(Builder &b, onnx::ConvTransposeOp op, Value tensor, const SubPixels &sub, ArrayRef<Size> inputShape,
                    ArrayRef<Size> extents, ArrayRef<int64_t> outputPadding) {
    unsigned rank = sub.rank();
    Size zero = size(b, 0);
    Sizes low = {zero, zero}, high = {zero, zero}, out = {inputShape[0], dimOf(b, tensor, 1)};
    bool isKnownNow = true;
    for (unsigned i : llvm::seq(rank)) {
      Size stride = size(b, sub.strides[i]), in = inputShape[2 + i];
      Size made = mul(b, add(b, in, lowering::sub(b, sub.taps[i], size(b, 1))), stride);
      Size begin = zero, end = zero;
      auto whole = [&] {
        Size last = mul(b, lowering::sub(b, in, size(b, 1)), stride);
        return add(b, last, add(b, extents[i], size(b, outputPadding[i])));
      };
      bool isSame = op.getAutoPad().starts_with("SAME");
      if (op.getOutputShape() || isSame) {
        Size wanted = op.getOutputShape() ? size(b, op.getOutputShape()->take_back(rank)[i]) : mul(b, in, stride);
        Size total = max(b, lowering::sub(b, whole(), wanted), zero);
        Size half = floorDiv(b, total, size(b, 2)), rest = lowering::sub(b, total, half);
        begin = op.getAutoPad() == "SAME_UPPER" ? half : rest;
        out.push_back(wanted);
        end = lowering::sub(b, lowering::sub(b, made, begin), wanted);
      } else {
        int64_t padLow = 0, padHigh = 0;
        if (auto pads = op.getPads(); pads && pads->size() == 2 * rank && op.getAutoPad() == "NOTSET") {
          padLow = (*pads)[i];
          padHigh = (*pads)[rank + i];
        }
        begin = size(b, padLow);
        out.push_back(lowering::sub(b, whole(), size(b, padLow + padHigh)));
        end = lowering::sub(b, add(b, mul(b, sub.taps[i], stride), size(b, padHigh - outputPadding[i])), extents[i]);
      }
      isKnownNow &= known(begin) && known(end);
      low.push_back(begin);
      high.push_back(end);
    }
    if (!isKnownNow) {
      // Zeros first where the output may be larger than what was made: a slice reads inside of its tensor.
      auto lacking = [&](Size amount) {
        bool isEnough = known(amount) ? *known(amount) >= 0 : !op.getOutputShape() && !op.getPads();
        return isEnough ? zero : max(b, lowering::sub(b, zero, amount), zero);
      };
      Sizes before, after;
      for (auto [first, last] : llvm::zip(low, high)) {
        before.push_back(lacking(first));
        after.push_back(lacking(last));
        first = add(b, first, before.back());
      }
      auto isZero = [](Size extent) { return isKnown(extent, 0); };
      if (!llvm::all_of(before, isZero) || !llvm::all_of(after, isZero))
        tensor = padTensor(b, tensor, before, after, scalar(b, getElementTypeOrSelf(tensor), 0));
      return sliceTensor(b, tensor, low, out);
    }
    for (Sizes *amounts : {&low, &high})
      for (Size &amount : *amounts)
        amount = size(b, -*known(amount));
    return padTensor(b, tensor, low, high, scalar(b, getElementTypeOrSelf(tensor), 0));
  }

  static Value isPositive(Builder &b, Size extent) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, asValue(b, extent), asValue(b, size(b, 0)));
  }
};

} // namespace

void addTransposedConvolutions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerConvTranspose>(converter, patterns.getContext());
}

} // namespace quern::lowering
