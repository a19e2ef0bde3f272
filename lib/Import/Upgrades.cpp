// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of upgrades and the rules that several operators share.

#include "Upgrades.h"

using namespace mlir;

namespace quern {

UpgradeRule dropAttr(StringRef name) {
  return [name](Upgrade &upgrade) {
    upgrade.node.attributes.erase(name);
    return success();
  };
}

UpgradeRule defaultInt(StringRef name, int64_t value) {
  return [=](Upgrade &upgrade) {
    upgrade.setDefault(name, upgrade.importer.builder.getI64IntegerAttr(value));
    return success();
  };
}

UpgradeRule defaultFloat(StringRef name, float value) {
  return [=](Upgrade &upgrade) {
    upgrade.setDefault(name, upgrade.importer.builder.getF32FloatAttr(value));
    return success();
  };
}

UpgradeRule defaultString(StringRef name, StringRef value) {
  return [=](Upgrade &upgrade) {
    upgrade.setDefault(name, upgrade.importer.builder.getStringAttr(value));
    return success();
  };
}

UpgradeRule renameAttr(StringRef from, StringRef to) {
  return [=](Upgrade &upgrade) {
    if (Attribute value = upgrade.node.attributes.erase(from))
      upgrade.set(to, value);
    return success();
  };
}

UpgradeRule attrToInput(StringRef name, unsigned position) {
  return [=](Upgrade &upgrade) -> LogicalResult {
    Attribute value = upgrade.node.attributes.erase(name);
    if (!value)
      return success();
    auto list = dyn_cast<DenseI64ArrayAttr>(value);
    if (!list)
      return upgrade.fail("expects attribute '" + name + "' to be a list of integers");
    upgrade.setInput(position, upgrade.constant(list.asArrayRef()));
    return success();
  };
}

UpgradeRule floatToInt(StringRef name) {
  return [=](Upgrade &upgrade) {
    if (auto value = upgrade.get<FloatAttr>(name)) {
      auto rounded = llvm::APSInt(64, /*isUnsigned=*/false);
      bool exact;
      value.getValue().convertToInteger(rounded, llvm::APFloat::rmTowardZero, &exact);
      upgrade.set(name, upgrade.importer.builder.getI64IntegerAttr(rounded.getSExtValue()));
    }
    return success();
  };
}

UpgradeRule becomes(StringRef op, int64_t version) {
  return [=](Upgrade &upgrade) {
    upgrade.node.op = op.str();
    upgrade.node.domain = "";
    if (version != 0)
      upgrade.version = version;
    return success();
  };
}

UpgradeRule renames(StringRef op) {
  return [op](Upgrade &upgrade) {
    upgrade.node.op = op.str();
    return success();
  };
}

UpgradeRule refuse(StringRef reason) {
  return [=](Upgrade &upgrade) { return upgrade.fail(reason); };
}

FailureOr<RankedTensorType> Upgrade::getRanked(unsigned input, const Twine &why) {
  Value value = getInput(input);
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type)
    return fail("expects input " + Twine(input) + " to have a known rank: " + why);
  return type;
}

Value Upgrade::constant(ArrayRef<int64_t> values) {
  return importer.createConstant(node.loc, importer.builder.getI64TensorAttr(values));
}

Value Upgrade::scalar(int64_t value) {
  auto type = RankedTensorType::get({}, importer.builder.getI64Type());
  return importer.createConstant(node.loc, DenseElementsAttr::get(type, value));
}

Value Upgrade::floats(ArrayRef<float> values) {
  auto type = RankedTensorType::get(values.size(), importer.builder.getF32Type());
  return importer.createConstant(node.loc, DenseElementsAttr::get(type, values));
}

Value Upgrade::scalarLike(Value like, double value) {
  Type element = getElementTypeOrSelf(like.getType());
  auto type = RankedTensorType::get({}, element);
  Attribute number;
  if (isa<FloatType>(element))
    number = FloatAttr::get(element, value);
  else
    number = IntegerAttr::get(element, APInt(element.getIntOrFloatBitWidth(), static_cast<int64_t>(value),
                                             /*isSigned=*/true, /*implicitTrunc=*/true));
  return importer.createConstant(node.loc, DenseElementsAttr::get(type, number));
}

namespace {
struct Row {
  StringRef op;
  int64_t from, to;
  UpgradeRule rule;
};
} // namespace

using Rows = llvm::StringMap<SmallVector<Row, 1>>;

static const Rows &getRows(StringRef domain) {
  static const llvm::StringMap<Rows> tables = [] {
    llvm::StringMap<Rows> tables;
#define UPGRADE(OP, FROM, TO, ...) tables[""][#OP].push_back({#OP, FROM, TO, __VA_ARGS__});
#define UPGRADE_MS(OP, FROM, TO, ...) tables["com.microsoft"][#OP].push_back({#OP, FROM, TO, __VA_ARGS__});
#define UPGRADE_ML(OP, FROM, TO, ...) tables["ai.onnx.ml"][#OP].push_back({#OP, FROM, TO, __VA_ARGS__});
#include "Upgrades.def"
    return tables;
  }();
  static const Rows none;
  auto rows = tables.find(domain);
  return rows == tables.end() ? none : rows->second;
}

LogicalResult upgradeNode(NodeDraft &node, Importer &importer) {
  Upgrade upgrade(node, importer, node.opset);
  // In-place hints of opset 1.
  if (node.domain.empty() && upgrade.version < 6)
    node.attributes.erase("consumed_inputs");
  // A rule may hand over to another operator, whose rows then go on from the version that it sets.
  for (bool renamed = true; renamed;) {
    renamed = false;
    const Rows &table = getRows(node.domain);
    auto rows = table.find(node.op);
    if (rows == table.end())
      return success();
    int64_t form = upgrade.version;
    for (const Row &row : rows->second) {
      if (form >= row.to || upgrade.version < row.from)
        continue;
      upgrade.version = row.to;
      StringRef domain = node.domain;
      if (failed(row.rule(upgrade)))
        return failure();
      renamed = node.op != row.op || node.domain != domain;
      if (renamed)
        break;
    }
  }
  return success();
}

} // namespace quern
