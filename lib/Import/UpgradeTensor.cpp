// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upgrades of broadcasting, data movement and resizing.

#include "Upgrades.h"

#include "quern/Import/ElementType.h"

using namespace mlir;

namespace quern {

// Opset 6: B is laid against A from `axis` on, if `broadcast` is set; without an axis, against A's last axes.
LogicalResult alignBroadcastAxis(Upgrade &upgrade) {
  bool broadcast = upgrade.getInt("broadcast", 0) != 0;
  Attribute axisAttr = upgrade.node.attributes.erase("axis");
  upgrade.node.attributes.erase("broadcast");
  auto axis = dyn_cast_or_null<IntegerAttr>(axisAttr);
  if (!broadcast || !axis || !upgrade.getInput(0) || !upgrade.getInput(1))
    return success();
  FailureOr<RankedTensorType> a = upgrade.getRanked(0, "attribute 'axis' counts its axes");
  FailureOr<RankedTensorType> b = upgrade.getRanked(1, "it is laid along the axes of input 0");
  if (failed(a) || failed(b))
    return failure();
  int64_t first = axis.getInt() < 0 ? axis.getInt() + a->getRank() : axis.getInt();
  int64_t behind = a->getRank() - first - b->getRank();
  if (first < 0 || behind < 0)
    return upgrade.fail("expects input 1 of rank " + Twine(b->getRank()) + " to fit input 0 of rank " +
                        Twine(a->getRank()) + " from axis " + Twine(axis.getInt()) + " on");
  if (behind == 0)
    return success();
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < behind; ++i)
    axes.push_back(b->getRank() + i);
  Value aligned = upgrade.create("Unsqueeze", {upgrade.getInput(1), upgrade.constant(axes)});
  upgrade.setInput(1, aligned);
  return success(aligned != nullptr);
}

// Axes are a list. Writers leave a scalar, which runtimes take.
LogicalResult scalarAxesToList(Upgrade &upgrade) {
  Value axes = upgrade.getInput(1);
  auto type = axes ? dyn_cast<RankedTensorType>(axes.getType()) : RankedTensorType();
  if (!type || type.getRank() != 0)
    return success();
  Operation *constant = axes.getDefiningOp();
  auto value = constant ? constant->getAttrOfType<DenseIntElementsAttr>("value") : DenseIntElementsAttr();
  Value list = value ? upgrade.constant({(*value.begin()).getSExtValue()})
                     : upgrade.create("Reshape", {axes, upgrade.constant({1})});
  upgrade.setInput(1, list);
  return success(list != nullptr);
}

LogicalResult padsToInputs(Upgrade &upgrade) {
  auto pads = upgrade.get<DenseI64ArrayAttr>("pads");
  auto value = upgrade.get<FloatAttr>("value");
  if (!pads || !upgrade.getInput(0))
    return upgrade.fail("expects attribute 'pads' to be a list of integers, and an input");
  upgrade.setInput(1, upgrade.constant(pads.asArrayRef()));
  if (value && !value.getValue().isPosZero())
    upgrade.setInput(2, upgrade.scalarLike(upgrade.getInput(0), value.getValueAsDouble()));
  upgrade.node.attributes.erase("pads");
  upgrade.node.attributes.erase("value");
  return success();
}

LogicalResult sliceToInputs(Upgrade &upgrade) {
  for (auto [position, name] : {std::pair(1u, "starts"), std::pair(2u, "ends"), std::pair(3u, "axes")}) {
    Attribute value = upgrade.node.attributes.erase(name);
    auto list = dyn_cast_or_null<DenseI64ArrayAttr>(value);
    if (!list && (value || position != 3))
      return upgrade.fail(Twine("expects attribute '") + name + "' to be a list of integers");
    if (list)
      upgrade.setInput(position, upgrade.constant(list.asArrayRef()));
  }
  return success();
}

// Opset 18 wants to be told how many equal parts there are.
LogicalResult countOutputs(Upgrade &upgrade) {
  if (!upgrade.getInput(1))
    upgrade.set("num_outputs", upgrade.importer.builder.getI64IntegerAttr(upgrade.node.outputs.size()));
  return success();
}

LogicalResult castTypeByName(Upgrade &upgrade) {
  auto name = upgrade.get<StringAttr>("to");
  if (!name)
    return success();
  for (int32_t type = 1; type <= proto::BFloat16; ++type)
    if (name.getValue().equals_insensitive(getDataTypeName(type))) {
      upgrade.set("to", upgrade.importer.builder.getI64IntegerAttr(type));
      return success();
    }
  return upgrade.fail("expects attribute 'to' to name a data type, got '" + toPrintable(name) + "'");
}

LogicalResult topKToInput(Upgrade &upgrade) {
  auto k = dyn_cast_or_null<IntegerAttr>(upgrade.node.attributes.erase("k"));
  if (!k)
    return upgrade.fail("expects attribute 'k' to be an integer");
  upgrade.setInput(1, upgrade.constant({k.getInt()}));
  return success();
}

LogicalResult axisToScalarInput(Upgrade &upgrade) {
  int64_t axis = upgrade.getInt("axis", 1);
  upgrade.node.attributes.erase("axis");
  upgrade.setInput(2, upgrade.scalar(axis));
  return success();
}

LogicalResult upsampleScales(Upgrade &upgrade) {
  auto height = dyn_cast_or_null<FloatAttr>(upgrade.node.attributes.erase("height_scale"));
  auto width = dyn_cast_or_null<FloatAttr>(upgrade.node.attributes.erase("width_scale"));
  if (!height || !width)
    return upgrade.fail("expects attributes 'height_scale' and 'width_scale' to be floats");
  float scales[] = {1, 1, height.getValue().convertToFloat(), width.getValue().convertToFloat()};
  upgrade.set("scales", upgrade.importer.builder.getDenseF32ArrayAttr(scales));
  return success();
}

LogicalResult upsampleScalesToInput(Upgrade &upgrade) {
  auto scales = dyn_cast_or_null<DenseF32ArrayAttr>(upgrade.node.attributes.erase("scales"));
  if (!scales)
    return upgrade.fail("expects attribute 'scales' to be a list of floats");
  upgrade.setInput(1, upgrade.floats(scales.asArrayRef()));
  return success();
}

// Opset 10 maps x to x / scale; the nearest element is the one before when enlarging, the one after when shrinking.
LogicalResult resizeAsUpsample(Upgrade &upgrade) {
  Builder &builder = upgrade.importer.builder;
  Value scales = upgrade.getInput(1);
  upgrade.setInput(1, Value());
  upgrade.setInput(2, scales);
  upgrade.set("coordinate_transformation_mode", builder.getStringAttr("asymmetric"));

  bool shrinks = false;
  DenseFPElementsAttr values;
  if (scales && scales.getDefiningOp())
    values = scales.getDefiningOp()->getAttrOfType<DenseFPElementsAttr>("value");
  if (values) {
    bool enlarges = false;
    for (const APFloat &scale : values.getValues<APFloat>()) {
      shrinks |= scale.convertToDouble() < 1;
      enlarges |= scale.convertToDouble() > 1;
    }
    auto mode = upgrade.get<StringAttr>("mode");
    if (shrinks && enlarges && (!mode || mode == "nearest"))
      return upgrade.fail("expects scales that all enlarge or all shrink",
                          "export the model again with opset 11 or higher");
  }
  upgrade.set("nearest_mode", builder.getStringAttr(shrinks ? "ceil" : "floor"));
  return success();
}

// floor((x + 0.5) / scale) = round_half_up((x + 0.5) / scale - 0.5)
LogicalResult resizeHalfPixelForNN(Upgrade &upgrade) {
  auto transformation = upgrade.get<StringAttr>("coordinate_transformation_mode");
  if (!transformation || transformation != "tf_half_pixel_for_nn")
    return success();
  auto nearest = upgrade.get<StringAttr>("nearest_mode");
  if (!nearest || nearest != "floor")
    return upgrade.fail("expects 'tf_half_pixel_for_nn' with the nearest_mode 'floor'",
                        "export the model again with opset 13 or higher");
  upgrade.set("coordinate_transformation_mode", upgrade.importer.builder.getStringAttr("half_pixel"));
  upgrade.set("nearest_mode", upgrade.importer.builder.getStringAttr("round_prefer_ceil"));
  return success();
}

// An empty tensor stands for an absent one; the region matters to one mode only.
LogicalResult resizeEmptyInputs(Upgrade &upgrade) {
  for (unsigned i = 1; i < upgrade.node.inputs.size(); ++i)
    if (Value value = upgrade.getInput(i))
      if (auto type = dyn_cast<RankedTensorType>(value.getType()); type && type.hasStaticShape())
        if (type.getNumElements() == 0)
          upgrade.setInput(i, Value());
  auto transformation = upgrade.get<StringAttr>("coordinate_transformation_mode");
  if (upgrade.getInput(1) && (!transformation || transformation != "tf_crop_and_resize"))
    upgrade.setInput(1, Value());
  while (!upgrade.node.inputs.empty() && !upgrade.node.inputs.back())
    upgrade.node.inputs.pop_back();
  return success();
}

LogicalResult gridSampleMode(Upgrade &upgrade) {
  auto mode = upgrade.get<StringAttr>("mode");
  Builder &builder = upgrade.importer.builder;
  if (mode && mode == "bilinear")
    upgrade.set("mode", builder.getStringAttr("linear"));
  else if (mode && mode == "bicubic")
    upgrade.set("mode", builder.getStringAttr("cubic"));
  return success();
}

// com.microsoft's axis is a scalar, Unsqueeze's a list.
LogicalResult expandDims(Upgrade &upgrade) {
  if (!upgrade.getInput(1))
    return upgrade.fail("expects 2 inputs, got " + Twine(upgrade.node.inputs.size()));
  Value axes = upgrade.create("Reshape", {upgrade.getInput(1), upgrade.constant({1})});
  if (!axes)
    return failure();
  Type i64 = upgrade.importer.builder.getI64Type();
  if (getElementTypeOrSelf(axes.getType()) != i64) {
    auto to = upgrade.importer.builder.getNamedAttr("to", upgrade.importer.builder.getI64IntegerAttr(proto::Int64));
    axes = upgrade.create("Cast", axes, to);
  }
  upgrade.setInput(1, axes);
  upgrade.version = 13;
  return becomes("Unsqueeze", 13)(upgrade);
}

// com.microsoft has a step of 1 where there is none.
LogicalResult rangeStep(Upgrade &upgrade) {
  if (!upgrade.getInput(2) && upgrade.getInput(0))
    upgrade.setInput(2, upgrade.scalarLike(upgrade.getInput(0), 1));
  return becomes("Range", 11)(upgrade);
}

// The attribute's numbers, in a shape that is an attribute, that of the input or the numbers of the input.
LogicalResult givenTensorFill(Upgrade &upgrade) {
  auto values = upgrade.get<DenseF32ArrayAttr>("values");
  if (!values)
    return upgrade.fail("expects attribute 'values'");
  Value shape = upgrade.getInput(0);
  auto given = upgrade.get<DenseI64ArrayAttr>("shape"), extra = upgrade.get<DenseI64ArrayAttr>("extra_shape");
  if (!shape)
    shape = upgrade.constant(given ? given.asArrayRef() : ArrayRef<int64_t>());
  else if (upgrade.getInt("input_as_shape", 0) == 0)
    shape = upgrade.create("Shape", shape);
  else if (getElementTypeOrSelf(shape.getType()) != upgrade.importer.builder.getI64Type())
    shape = upgrade.create(
        "Cast", shape,
        upgrade.importer.builder.getNamedAttr("to", upgrade.importer.builder.getI64IntegerAttr(proto::Int64)));
  if (shape && extra)
    shape =
        upgrade.create("Concat", {shape, upgrade.constant(extra.asArrayRef())},
                       upgrade.importer.builder.getNamedAttr("axis", upgrade.importer.builder.getI64IntegerAttr(0)));
  if (!shape)
    return failure();
  upgrade.setInput(0, upgrade.floats(values.asArrayRef()));
  upgrade.setInput(1, shape);
  for (StringRef name : {"values", "shape", "extra_shape", "input_as_shape"})
    upgrade.node.attributes.erase(name);
  return becomes("Reshape", 14)(upgrade);
}

} // namespace quern
