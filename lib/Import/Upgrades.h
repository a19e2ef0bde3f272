// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Steps from an older form of an operator to the next: rows of Upgrades.def.

#ifndef QUERN_LIB_IMPORT_UPGRADES_H
#define QUERN_LIB_IMPORT_UPGRADES_H

#include "Importer.h"

namespace quern {

/// A node in the middle of its upgrade.
class Upgrade {
public:
  Upgrade(NodeDraft &node, Importer &importer, int64_t version) : node(node), importer(importer), version(version) {}

  NodeDraft &node;
  Importer &importer;
  int64_t version; // the form that the node has; a rule may set one other than its row's

  mlir::LogicalResult fail(const llvm::Twine &reason, const llvm::Twine &advice = "") {
    return importer.fail(node, reason, advice);
  }
  mlir::Value getInput(unsigned i) const { return i < node.inputs.size() ? node.inputs[i] : mlir::Value(); }
  void setInput(unsigned i, mlir::Value value) {
    node.inputs.resize(std::max<size_t>(node.inputs.size(), i + 1));
    node.inputs[i] = value;
  }
  template <typename Attr>
  Attr get(llvm::StringRef name) const {
    return mlir::dyn_cast_or_null<Attr>(node.attributes.get(name));
  }
  /// The integer attribute, or its default.
  int64_t getInt(llvm::StringRef name, int64_t absent) const {
    auto attribute = get<mlir::IntegerAttr>(name);
    return attribute ? attribute.getInt() : absent;
  }
  void set(llvm::StringRef name, mlir::Attribute value) { node.attributes.set(name, value); }
  void setDefault(llvm::StringRef name, mlir::Attribute value) {
    if (!node.attributes.get(name))
      set(name, value);
  }
  /// The type of an input, where its rank is known; else an error that names what it is needed for.
  mlir::FailureOr<mlir::RankedTensorType> getRanked(unsigned input, const llvm::Twine &why);

  mlir::Value constant(llvm::ArrayRef<int64_t> values);
  mlir::Value scalar(int64_t value);
  mlir::Value floats(llvm::ArrayRef<float> values);
  /// A scalar of the element type of `like`.
  mlir::Value scalarLike(mlir::Value like, double value);
  mlir::Value create(llvm::StringRef op, mlir::ValueRange inputs,
                     llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    return importer.create(node, op, inputs, attributes);
  }
};

using UpgradeRule = std::function<mlir::LogicalResult(Upgrade &)>;

// Rules of several operators; those of one are in the .def's own families.
/// The attribute is gone, and was of no consequence for inference.
UpgradeRule dropAttr(llvm::StringRef name);
/// The attribute has the given value where it is absent.
UpgradeRule defaultInt(llvm::StringRef name, int64_t value);
UpgradeRule defaultFloat(llvm::StringRef name, float value);
UpgradeRule defaultString(llvm::StringRef name, llvm::StringRef value);
UpgradeRule renameAttr(llvm::StringRef from, llvm::StringRef to);
/// A list of integers becomes an input at position 1 (or another): Squeeze, Split, ReduceSum …
UpgradeRule attrToInput(llvm::StringRef name, unsigned position = 1);
/// A float attribute becomes an integer one.
UpgradeRule floatToInt(llvm::StringRef name);
/// The operator goes on as another one, in its form of `version` (0: the version of the model).
UpgradeRule becomes(llvm::StringRef op, int64_t version = 0);
/// The operator has another name in its own domain.
UpgradeRule renames(llvm::StringRef op);
/// No rule: the sentence says what to do.
UpgradeRule refuse(llvm::StringRef reason);

// UpgradeNN.cpp
mlir::LogicalResult splitSpatial(Upgrade &upgrade);         // BatchNormalization of single elements
mlir::LogicalResult inferenceOnly(Upgrade &upgrade);        // BatchNormalization with training outputs
mlir::LogicalResult flattenAroundAxis(Upgrade &upgrade);    // Softmax over all axes from one on
mlir::LogicalResult groupScaleToChannels(Upgrade &upgrade); // GroupNormalization
mlir::LogicalResult clipBoundsToInputs(Upgrade &upgrade);
mlir::LogicalResult dropoutRatio(Upgrade &upgrade);
mlir::LogicalResult channelSlope(Upgrade &upgrade); // PRelu
// UpgradeTensor.cpp
mlir::LogicalResult alignBroadcastAxis(Upgrade &upgrade); // Add, Mul … with `axis`
mlir::LogicalResult scalarAxesToList(Upgrade &upgrade);   // Squeeze, Unsqueeze
mlir::LogicalResult padsToInputs(Upgrade &upgrade);
mlir::LogicalResult sliceToInputs(Upgrade &upgrade);
mlir::LogicalResult countOutputs(Upgrade &upgrade); // Split
mlir::LogicalResult castTypeByName(Upgrade &upgrade);
mlir::LogicalResult topKToInput(Upgrade &upgrade);
mlir::LogicalResult axisToScalarInput(Upgrade &upgrade); // DFT
mlir::LogicalResult upsampleScales(Upgrade &upgrade);
mlir::LogicalResult upsampleScalesToInput(Upgrade &upgrade);
mlir::LogicalResult resizeAsUpsample(Upgrade &upgrade);     // Resize of opset 10
mlir::LogicalResult resizeHalfPixelForNN(Upgrade &upgrade); // Resize of opset 11
mlir::LogicalResult resizeEmptyInputs(Upgrade &upgrade);
mlir::LogicalResult gridSampleMode(Upgrade &upgrade);
mlir::LogicalResult givenTensorFill(Upgrade &upgrade);
mlir::LogicalResult expandDims(Upgrade &upgrade); // com.microsoft
// UpgradeML.cpp
mlir::LogicalResult labelClassesToKeys(Upgrade &upgrade); // LabelEncoder
mlir::LogicalResult rangeStep(Upgrade &upgrade);          // com.microsoft
// Subgraphs.cpp
mlir::LogicalResult scanOfBatches(Upgrade &upgrade); // Scan of opset 8

} // namespace quern

#endif // QUERN_LIB_IMPORT_UPGRADES_H
