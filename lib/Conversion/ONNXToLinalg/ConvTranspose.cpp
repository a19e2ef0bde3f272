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
  SmallVector<int64_t> kernel, strides, dilations, taps;
  int64_t group, channelsPerGroup, filtersPerGroup;

  /// The shape [F * product(strides), C / group, taps…] of the weights by sub-pixels.
  SmallVector<int64_t> weightShape() const {
    int64_t filters = group * filtersPerGroup;
    for (int64_t stride : strides)
      filters *= stride;
    SmallVector<int64_t> shape = {filters, channelsPerGroup};
    llvm::append_range(shape, taps);
    return shape;
  }
};

/// Weights known now are rearranged now.
Value rearrangeConstant(Builder &b, ElementsAttr weights, ArrayRef<char> bytes, const SubPixels &sub) {
  auto from = cast<RankedTensorType>(weights.getType());
  auto to = RankedTensorType::get(sub.weightShape(), from.getElementType());
  size_t width = from.getElementTypeBitWidth() / 8;
  SmallVector<char, 0> result(to.getNumElements() * width, 0);
  unsigned rank = sub.kernel.size();
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
  unsigned rank = sub.kernel.size();
  return fromIndices(b, sizes(b, sub.weightShape()), element, [&](Builder &b, ValueRange indices) -> Value {
    auto number = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
    auto split = [&](Value &rest, int64_t by) -> Value {
      Value part = arith::RemUIOp::create(b, rest, number(by));
      rest = arith::DivUIOp::create(b, rest, number(by));
      return part;
    };
    Value filter = indices[0], valid = integer(b, b.getI1Type(), 1);
    SmallVector<Value> at(rank + 2);
    for (unsigned i = rank; i-- > 0;) {
      Value pixel = split(filter, sub.strides[i]);
      Value tap = arith::SubIOp::create(b, number(sub.taps[i] - 1), indices[2 + i]);
      Value position = arith::AddIOp::create(b, arith::MulIOp::create(b, tap, number(sub.strides[i])), pixel);
      Value remainder = split(position, sub.dilations[i]);
      Value isWhole = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, remainder, number(0));
      Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, position, number(sub.kernel[i]));
      Value both = arith::AndIOp::create(b, isWhole, isInside);
      valid = arith::AndIOp::create(b, valid, both);
      at[2 + i] = arith::SelectOp::create(b, both, position, number(0));
    }
    Value f = split(filter, sub.filtersPerGroup);
    Value channel = arith::MulIOp::create(b, filter, number(sub.channelsPerGroup));
    at[0] = arith::AddIOp::create(b, channel, indices[1]);
    at[1] = f;
    return arith::SelectOp::create(b, valid, extract(b, weights, at), scalar(b, element, 0));
  });
}

struct LowerConvTranspose : Lowering<onnx::ConvTransposeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConvTransposeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto weightType = cast<RankedTensorType>(adaptor.getW().getType());
    unsigned rank = weightType.getRank() - 2;
    if (weightType.getRank() < 3 || !weightType.hasStaticShape())
      return unsupported(rewriter, op, "expects weights of a shape known when compiling");
    auto take = [&](std::optional<ArrayRef<int64_t>> values, int64_t otherwise) {
      return values && values->size() == rank ? llvm::to_vector(*values) : SmallVector<int64_t>(rank, otherwise);
    };
    SubPixels sub;
    sub.kernel = llvm::to_vector(weightType.getShape().drop_front(2));
    sub.strides = take(op.getStrides(), 1);
    sub.dilations = take(op.getDilations(), 1);
    sub.group = op.getGroup();
    sub.channelsPerGroup = weightType.getDimSize(0) / sub.group;
    sub.filtersPerGroup = weightType.getDimSize(1);
    SmallVector<int64_t> outputPadding = take(op.getOutputPadding(), 0), extents;
    for (unsigned i : llvm::seq(rank)) {
      extents.push_back((sub.kernel[i] - 1) * sub.dilations[i] + 1);
      sub.taps.push_back(llvm::divideCeilSigned(extents[i] + outputPadding[i], sub.strides[i]));
    }

    // The convolution of stride one, padded so that all positions of all sub-pixels are made.
    Window window;
    window.kernel = sub.taps;
    window.strides = window.dilations = SmallVector<int64_t>(rank, 1);
    Sizes inputShape = shapeOf(b, adaptor.getX());
    for (unsigned i : llvm::seq(rank)) {
      window.low.push_back(size(b, sub.taps[i] - 1));
      window.high.push_back(size(b, sub.taps[i] - 1));
      window.out.push_back(add(b, inputShape[2 + i], size(b, sub.taps[i] - 1)));
    }
    Value weights = adaptor.getW();
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
    unsigned rank = sub.kernel.size();
    if (llvm::all_of(sub.strides, [](int64_t stride) { return stride == 1; }))
      return tensor;
    SmallVector<int64_t> parts = {sub.group * sub.filtersPerGroup};
    llvm::append_range(parts, sub.strides);
    tensor = splitDim(b, tensor, 1, sizes(b, parts));
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
                    ArrayRef<int64_t> extents, ArrayRef<int64_t> outputPadding) {
    unsigned rank = sub.kernel.size();
    Size zero = size(b, 0);
    Sizes low = {zero, zero}, high = {zero, zero}, out = {inputShape[0], dimOf(b, tensor, 1)};
    bool isKnownNow = true;
    for (unsigned i : llvm::seq(rank)) {
      Size stride = size(b, sub.strides[i]), in = inputShape[2 + i];
      Size made = mul(b, add(b, in, size(b, sub.taps[i] - 1)), stride);
      Size begin = zero, end = zero;
      auto whole = [&] {
        Size last = mul(b, lowering::sub(b, in, size(b, 1)), stride);
        return add(b, last, size(b, extents[i] + outputPadding[i]));
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
        end = size(b, sub.taps[i] * sub.strides[i] - extents[i] - outputPadding[i] + padHigh);
      }
      isKnownNow &= known(begin) && known(end);
      low.push_back(begin);
      high.push_back(end);
    }
    if (!isKnownNow)
      return sliceTensor(b, tensor, low, out);
    for (Sizes *amounts : {&low, &high})
      for (Size &amount : *amounts)
        amount = size(b, -*known(amount));
    return padTensor(b, tensor, low, high, scalar(b, getElementTypeOrSelf(tensor), 0));
  }

  static Size sub_(Builder &b, Size lhs, Size rhs) { return lowering::sub(b, lhs, rhs); }
};

} // namespace

void addTransposedConvolutions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerConvTranspose>(converter, patterns.getContext());
}

} // namespace quern::lowering
