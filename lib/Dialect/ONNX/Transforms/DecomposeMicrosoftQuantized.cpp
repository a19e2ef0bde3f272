// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of com.microsoft on quantized numbers: dequantize, compute, quantize.

#include "MicrosoftParts.h"

using namespace mlir;

namespace quern::onnx {

static double get(llvm::APFloat value) { return value.convertToFloat(); }

static Term dequantize(Formula &f, Value x, Value scale, Value zero) {
  return f.node<DequantizeLinearOp>({x, scale, zero});
}
static Term quantize(Term x, Value scale, Value zero) {
  return x.formula->node<QuantizeLinearOp>({x.value, scale, zero});
}

//===--- Elementwise, reductions, movement --------------------------------===//

static void addElementwise(Rules &rules) {
  rules.add([](MSQLinearAddOp op, Formula &f) -> Answer {
    return quantize(dequantize(f, op.getA(), op.getAScale(), op.getAZeroPoint()) +
                        dequantize(f, op.getB(), op.getBScale(), op.getBZeroPoint()),
                    op.getCScale(), op.getCZeroPoint());
  });
  rules.add([](MSQLinearMulOp op, Formula &f) -> Answer {
    return quantize(dequantize(f, op.getA(), op.getAScale(), op.getAZeroPoint()) *
                        dequantize(f, op.getB(), op.getBScale(), op.getBZeroPoint()),
                    op.getCScale(), op.getCZeroPoint());
  });
  rules.add([](MSQLinearSigmoidOp op, Formula &f) -> Answer {
    return quantize(sigmoid(dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint())), op.getYScale(),
                    op.getYZeroPoint());
  });
  rules.add([](MSQLinearLeakyReluOp op, Formula &f) -> Answer {
    Term x = dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint());
    Term y = f.node<LeakyReluOp>({x.value}, {f.attr("alpha", float(get(op.getAlpha())))});
    return quantize(y, op.getYScale(), op.getYZeroPoint());
  });
  rules.add([](MSQLinearWhereOp op, Formula &f) -> Answer {
    return quantize(select(f(op.getCondition()), dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint()),
                           dequantize(f, op.getY(), op.getYScale(), op.getYZeroPoint())),
                    op.getZScale(), op.getZZeroPoint());
  });
  rules.add([](MSQLinearSoftmaxOp op, Formula &f) -> Answer {
    Term x = dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Term y = op.getOpset() < 13 ? flatSoftmax(x, op.getAxis())
                                : f.node<SoftmaxOp>({x.value}, {f.attr("axis", op.getAxis())});
    return quantize(y, op.getYScale(), op.getYZeroPoint());
  });
}

static void addReductions(Rules &rules) {
  rules.add([](MSQLinearReduceMeanOp op, Formula &f) -> Answer {
    Term x = dequantize(f, op.getData(), op.getDataScale(), op.getDataZeroPoint());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    SmallVector<int64_t> axes = op.getAxes().empty() ? axesFrom(0, x.rank()) : llvm::to_vector(op.getAxes());
    return quantize(reduceMean(x, axes, op.getKeepdims() != 0), op.getReducedScale(), op.getReducedZeroPoint());
  });
  rules.add([](MSQLinearAveragePoolOp op, Formula &f) -> Answer {
    Term x = dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    SmallVector<NamedAttribute> attributes;
    for (NamedAttribute attr : op->getAttrs())
      if (attr.getName() != op.getChannelsLastAttrName() && !attr.getName().getValue().ends_with("SegmentSizes"))
        attributes.push_back(attr);
    Term y = f.node<AveragePoolOp>({op.getChannelsLast() ? channelsFirst(x).value : x.value}, attributes);
    return quantize(op.getChannelsLast() ? channelsLast(y) : y, op.getYScale(), op.getYZeroPoint());
  });
}

static void addMovement(Rules &rules) {
  // Inputs of the result's very scale and zero point would come out as they are.
  rules.add([](MSQLinearConcatOp op, Formula &f) -> Answer {
    SmallVector<Term> parts;
    OperandRange inputs = op.getInputs();
    for (size_t i = 0; i + 2 < inputs.size(); i += 3)
      parts.push_back(dequantize(f, inputs[i], inputs[i + 1], inputs[i + 2]));
    return quantize(concat(parts, op.getAxis()), op.getYScale(), op.getYZeroPoint());
  });
}

//===--- Contractions -----------------------------------------------------===//

static void addContractions(Rules &rules) {
  // (A - a_zero_point) * (B - b_zero_point) * a_scale * b_scale + bias
  rules.add([](MSMatMulIntegerToFloatOp op, Formula &f) -> Answer {
    Term product = f.node<MatMulIntegerOp>({op.getA(), op.getB(), op.getAZeroPoint(), op.getBZeroPoint()});
    Type f32 = f.builder.getF32Type();
    Term scale = convert(f(op.getAScale()), f32) * convert(f(op.getBScale()), f32);
    Term y = convert(product, f32) * scale;
    if (op.getBias())
      y = y + convert(f(op.getBias()), f32);
    return convert(y, f(op.getAScale()).element());
  });

  // MatMulIntegerToFloat of A, quantized on the way
  rules.add([](MSDynamicQuantizeMatMulOp op, Formula &f) -> Answer {
    ResultRange a = f.nodes<DynamicQuantizeLinearOp>(3, {op.getA()});
    Term product = f.node<MatMulIntegerOp>({a[0], op.getB(), a[2], op.getBZeroPoint()});
    Term y = convert(product, f(op.getA()).element()) * (f(a[1]) * f(op.getBScale()));
    return op.getBias() ? y + f(op.getBias()) : y;
  });

  // alpha * a_scale * b_scale * (A' * B' + C), quantized where asked for
  rules.add([](MSQGemmOp op, Formula &f) -> Answer {
    auto turned = [&](Value x, bool swap) { return swap ? transpose(f(x), {1, 0}) : f(x); };
    Term product =
        f.node<MatMulIntegerOp>({turned(op.getA(), op.getTransA()).value, turned(op.getB(), op.getTransB()).value,
                                 op.getAZeroPoint(), op.getBZeroPoint()});
    if (op.getC())
      product = product + f(op.getC());
    Term y = convert(product, f.builder.getF32Type()) * (f(op.getAScale()) * f(op.getBScale()) * get(op.getAlpha()));
    return op.getYScale() ? quantize(y, op.getYScale(), op.getYZeroPoint()) : y;
  });

  rules.add([](MSQLinearConvOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    bool isLast = op.getChannelsLast() != 0;
    auto type = dyn_cast<RankedTensorType>(op.getX().getType()),
         filters = dyn_cast<RankedTensorType>(op.getW().getType());
    Value w = op.getW();
    if (isLast && filters && hasLastChannels(type, filters, op.getGroup()))
      w = channelsFirst(f(w));
    SmallVector<NamedAttribute> attributes;
    for (NamedAttribute attr : op->getAttrs())
      if (attr.getName() != op.getChannelsLastAttrName())
        attributes.push_back(attr);
    Term y = f.node<QLinearConvOp>({isLast ? channelsFirst(x).value : x.value, op.getXScale(), op.getXZeroPoint(), w,
                                    op.getWScale(), op.getWZeroPoint(), op.getYScale(), op.getYZeroPoint(), op.getB()},
                                   attributes);
    return isLast ? channelsLast(y) : y;
  });
}

//===--- Transformers, recurrent networks -----------------------------------===//

// Bytes that hold several numbers, the first in the low bits, as one byte each: the last dimension grows.
static Term unpackBytes(Term x, int64_t bits) {
  if (bits == 8)
    return x;
  Formula &f = *x.formula;
  int64_t count = 8 / bits, last = x.rank() - 1;
  SmallVector<uint8_t> shifts;
  for (int64_t i = 0; i < count; ++i)
    shifts.push_back(static_cast<uint8_t>(i * bits));
  Type byte = x.element();
  Term amounts = f.constant(DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get({count}, byte), ArrayRef(reinterpret_cast<const char *>(shifts.data()), shifts.size())));
  Term shifted =
      f.node<BitShiftOp>({unsqueeze(x, {last + 1}).value, amounts.value}, {f.attr("direction", StringRef("RIGHT"))});
  Term numbers = f.node<BitwiseAndOp>({shifted.value, f.number(static_cast<double>((1 << bits) - 1), byte).value});
  return reshape(numbers, concat({shapeOf(x, 0, last), shapeOf(x, last, last + 1) * f.integers({count})}, 0));
}

// What is gathered is dequantized: all else stays packed.
static Answer gatherBlocks(MSGatherBlockQuantizedOp op, Formula &f) {
  Term data = f(op.getData()), indices = f(op.getIndices());
  if (!data.ranked() || !indices.ranked())
    return Answer::no("expects known ranks");
  int64_t rank = data.rank();
  auto fromFront = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
  int64_t from = fromFront(op.getGatherAxis()), axis = fromFront(op.getQuantizeAxis());
  Term x = gather(data, indices, from), scales = gather(f(op.getScales()), indices, from);
  Term zeros = op.getZeroPoints() ? gather(f(op.getZeroPoints()), indices, from) : Term();
  if (axis > from)
    axis += indices.rank() - 1;
  if (data.element().isUnsignedInteger(8)) {
    x = unpackBytes(x, op.getBits());
    if (!zeros)
      zeros = expand(f.number(static_cast<double>(1 << (op.getBits() - 1)), x.element()), shapeOf(scales));
    else if (op.getBits() < 8) // the last byte may be half full
      zeros = f.node<SliceOp>({unpackBytes(zeros, op.getBits()).value, f.integers({0}).value,
                               shapeOf(scales, axis, axis + 1).value, f.integers({axis}).value});
  }
  return f.node<DequantizeLinearOp>({x.value, scales.value, zeros.value},
                                    {f.attr("axis", axis), f.attr("block_size", op.getBlockSize())});
}

// LSTM of dequantized weights, of which W is [directions, inputs, columns].
static Answer expandLSTM(MSDynamicQuantizeLSTMOp op, Formula &f) {
  bool isKnown = true;
  auto weights = [&](Value quantized, Value scale, Value zero) {
    Term x = f(quantized), s = f(scale), z = f(zero);
    if (!x.ranked() || !s.ranked() || !z.ranked() || ShapedType::isDynamic(x.size(1)) || x.size(1) == 0) {
      isKnown = false;
      return x;
    }
    // A scale for each column is one for each block of a whole column.
    bool perColumn = s.rank() == 2;
    Term y = perColumn ? f.node<DequantizeLinearOp>({x.value, unsqueeze(s, {1}).value, unsqueeze(z, {1}).value},
                                                    {f.attr("axis", int64_t(1)), f.attr("block_size", x.size(1))})
                       : f.node<DequantizeLinearOp>({x.value, s.value, z.value}, {f.attr("axis", int64_t(0))});
    return transpose(y, {0, 2, 1});
  };
  Term w = weights(op.getW(), op.getWScale(), op.getWZeroPoint());
  Term r = weights(op.getR(), op.getRScale(), op.getRZeroPoint());
  if (!isKnown)
    return Answer::no("expects weights of a known size");
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (!attr.getName().getValue().ends_with("SegmentSizes"))
      attributes.push_back(attr);
  ResultRange all = f.nodes<LSTMOp>(
      3, {op.getX(), w.value, r.value, op.getB(), op.getSequenceLens(), op.getInitialH(), op.getInitialC(), op.getP()},
      attributes);
  SmallVector<Term> results;
  Value given[] = {op.getY(), op.getYH(), op.getYC()};
  for (auto [asked, result] : llvm::zip(given, all))
    if (asked)
      results.push_back(f(result));
  return results;
}

static Answer embedQuantized(MSQEmbedLayerNormalizationOp op, Formula &f) {
  auto optional = [&](Value value) { return value ? f(value) : Term(); };
  Term segments;
  if (op.getSegmentEmbedding())
    segments =
        dequantize(f, op.getSegmentEmbedding(), op.getSegmentEmbeddingScale(), op.getSegmentEmbeddingZeroPoint());
  return embed(
      f,
      {f(op.getInputIds()),
       optional(op.getSegmentIds()),
       dequantize(f, op.getWordEmbedding(), op.getWordEmbeddingScale(), op.getWordEmbeddingZeroPoint()),
       dequantize(f, op.getPositionEmbedding(), op.getPositionEmbeddingScale(), op.getPositionEmbeddingZeroPoint()),
       segments,
       dequantize(f, op.getGamma(), op.getGammaScale(), op.getGammaZeroPoint()),
       dequantize(f, op.getBeta(), op.getBetaScale(), op.getBetaZeroPoint()),
       optional(op.getMask()),
       {}},
      f.attr("epsilon", static_cast<float>(get(op.getEpsilon()))), /*wantsIndex=*/true, /*wantsSum=*/false);
}

void addMicrosoftQuantizedRules(Rules &rules) {
  addElementwise(rules);
  addReductions(rules);
  addMovement(rules);
  addContractions(rules);
  rules.add(gatherBlocks);
  rules.add(expandLSTM);
  rules.add(embedQuantized);
}

} // namespace quern::onnx
