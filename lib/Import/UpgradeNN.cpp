// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upgrades of activations, normalizations and pooling.

#include "Upgrades.h"

#include <cfloat>

using namespace mlir;

namespace quern {

// Opset 6 limits by attributes, of which the type's own bounds are none.
LogicalResult clipBoundsToInputs(Upgrade &upgrade) {
  for (auto [position, name] : {std::pair(1u, "min"), std::pair(2u, "max")}) {
    Attribute value = upgrade.node.attributes.erase(name);
    if (!value)
      continue;
    auto bound = dyn_cast<FloatAttr>(value);
    if (!bound || !upgrade.getInput(0))
      return upgrade.fail(Twine("expects attribute '") + name + "' to be a float, and an input");
    double number = bound.getValueAsDouble();
    if (number == (position == 1 ? -FLT_MAX : FLT_MAX))
      continue;
    upgrade.setInput(position, upgrade.scalarLike(upgrade.getInput(0), number));
  }
  return success();
}

// Opset 6 gives PRelu a slope for each channel, which broadcasting would put on the last axis.
LogicalResult channelSlope(Upgrade &upgrade) {
  Value slope = upgrade.getInput(1);
  auto slopeType = slope ? dyn_cast<RankedTensorType>(slope.getType()) : RankedTensorType();
  if (!slopeType || slopeType.getRank() != 1 || slopeType.getDimSize(0) == 1)
    return success();
  FailureOr<RankedTensorType> type = upgrade.getRanked(0, "its slopes are those of the channels");
  if (failed(type) || type->getRank() <= 2)
    return success(succeeded(type));
  SmallVector<int64_t> axes;
  for (int64_t i = 1; i < type->getRank() - 1; ++i)
    axes.push_back(i);
  Value aligned = upgrade.create("Unsqueeze", {slope, upgrade.constant(axes)});
  upgrade.setInput(1, aligned);
  return success(aligned != nullptr);
}

// Before opset 13, the axes from `axis` on are one: softmax(x) = reshape(softmax(flatten(x, axis)), shape(x)).
LogicalResult flattenAroundAxis(Upgrade &upgrade) {
  int64_t axis = upgrade.getInt("axis", 1);
  upgrade.set("axis", upgrade.importer.builder.getI64IntegerAttr(-1));
  Value input = upgrade.getInput(0);
  if (!input)
    return success(); // creating the op says what is missing
  if (auto type = dyn_cast<RankedTensorType>(input.getType())) {
    int64_t rank = type.getRank();
    if (axis < -rank || axis >= std::max<int64_t>(rank, 2))
      return upgrade.fail("expects attribute 'axis' to be in [" + Twine(-rank) + ", " + Twine(rank) + "), got " +
                          Twine(axis));
    axis = axis < 0 ? axis + rank : axis;
    // What is flattened may be one axis, others of size 1.
    bool single = true;
    for (int64_t i = axis; i < rank - 1; ++i)
      single &= type.getDimSize(i) == 1;
    if (single && axis < rank)
      return success();
  }
  auto axisAttr = upgrade.importer.builder.getNamedAttr("axis", upgrade.importer.builder.getI64IntegerAttr(axis));
  Value flat = upgrade.create("Flatten", input, axisAttr);
  if (!flat)
    return failure();
  upgrade.setInput(0, flat);
  NodeDraft node = upgrade.node;
  upgrade.node.finish = [node, input, &importer = upgrade.importer](Value result) -> Value {
    Value shape = importer.create(node, "Shape", input);
    return shape ? importer.create(node, "Reshape", {result, shape}) : Value();
  };
  return success();
}

// Statistics of single elements broadcast as they are:
// y = (x - mean) / sqrt(var + epsilon) * scale + bias.
LogicalResult splitSpatial(Upgrade &upgrade) {
  bool spatial = upgrade.getInt("spatial", 1) != 0;
  upgrade.node.attributes.erase("spatial");
  if (spatial)
    return success();
  if (upgrade.node.inputs.size() != 5 || llvm::is_contained(upgrade.node.inputs, Value()))
    return upgrade.fail("expects 5 inputs, got " + Twine(upgrade.node.inputs.size()));
  auto epsilonAttr = upgrade.get<FloatAttr>("epsilon");
  Value epsilon = upgrade.scalarLike(upgrade.getInput(0), epsilonAttr ? epsilonAttr.getValueAsDouble() : 1e-5);
  Value x = upgrade.getInput(0), scale = upgrade.getInput(1), bias = upgrade.getInput(2);
  Value mean = upgrade.getInput(3), var = upgrade.getInput(4);
  Value shifted = upgrade.create("Sub", {x, mean});
  Value biased = upgrade.create("Add", {var, epsilon});
  Value deviation = biased ? upgrade.create("Sqrt", biased) : Value();
  Value normal = shifted && deviation ? upgrade.create("Div", {shifted, deviation}) : Value();
  Value scaled = normal ? upgrade.create("Mul", {normal, scale}) : Value();
  if (!scaled)
    return failure();
  upgrade.node.op = "Add";
  upgrade.node.inputs = {scaled, bias};
  upgrade.node.attributes = NamedAttrList();
  upgrade.node.outputs.resize(1);
  return success();
}

// Further outputs are those of training. Exporters list them for inference too, and nobody reads them.
LogicalResult inferenceOnly(Upgrade &upgrade) {
  upgrade.node.outputs.resize(1);
  upgrade.node.dropsOutputs = true;
  return success();
}

// Without training, the ratio is of no consequence.
LogicalResult dropoutRatio(Upgrade &upgrade) {
  upgrade.node.attributes.erase("ratio");
  upgrade.node.attributes.erase("is_test");
  return success();
}

// Opset 18 scales groups, opset 21 channels: each group's scale is repeated for its channels.
LogicalResult groupScaleToChannels(Upgrade &upgrade) {
  FailureOr<RankedTensorType> type = upgrade.getRanked(0, "its scales are those of groups of channels");
  if (failed(type))
    return failure();
  int64_t groups = upgrade.getInt("num_groups", 0);
  int64_t channels = type->getRank() > 1 ? type->getDimSize(1) : ShapedType::kDynamic;
  if (groups < 1 || ShapedType::isDynamic(channels) || channels % groups != 0)
    return upgrade.fail("expects a known number of channels that is a multiple of its " + Twine(groups) + " groups");
  for (unsigned input : {1u, 2u}) {
    Value value = upgrade.getInput(input);
    if (!value)
      return upgrade.fail("expects an input at position " + Twine(input));
    Value column = upgrade.create("Unsqueeze", {value, upgrade.constant({1})});
    Value rows = column ? upgrade.create("Expand", {column, upgrade.constant({groups, channels / groups})}) : Value();
    Value repeated = rows ? upgrade.create("Reshape", {rows, upgrade.constant({channels})}) : Value();
    if (!repeated)
      return failure();
    upgrade.setInput(input, repeated);
  }
  return success();
}

} // namespace quern
