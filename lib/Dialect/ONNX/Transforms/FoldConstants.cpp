// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-fold-constants: what depends on constants only is outlined, compiled and
// run; its results become constants.

#include "Constness.h"
#include "TypeMeet.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Constants.h"
#include "quern/Support/Evaluator.h"
#include "quern/Support/Remark.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

// Larger constants are resources: docs/contracts.md.
constexpr int64_t kInlineBytes = 64;
constexpr StringLiteral kBlobName = "folded";

/// Connected nodes that are folded together, in program order, and those of their results that others use.
struct Group {
  SmallVector<Operation *> nodes;
  SmallVector<Value> results;
};

// What a node needs: its operands, and what its regions take from outside.
SetVector<Value> getNeeded(Operation *op) {
  SetVector<Value> needed;
  needed.insert(op->operand_begin(), op->operand_end());
  if (op->getNumRegions())
    getUsedValuesDefinedAbove(op->getRegions(), needed);
  return needed;
}

ElementsAttr getConstant(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant ? constant.getValue() : ElementsAttr();
}

/// The same bytes under another type. Null where the attribute has none.
ElementsAttr reinterpret(ElementsAttr value, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return {};
}

ElementsAttr toAttribute(HostTensor &tensor) {
  ArrayRef<char> bytes = tensor.data.getData();
  // All elements alike: one is enough.
  size_t size = std::max(1u, getStorageBits(tensor.type.getElementType()).value_or(8) / 8);
  bool isSplat = bytes.size() > size && std::equal(bytes.begin() + size, bytes.end(), bytes.begin());
  if (!isSplat && static_cast<int64_t>(bytes.size()) > kInlineBytes)
    return DenseResourceElementsAttr::get(tensor.type, kBlobName, std::move(tensor.data));
  return getDenseConstant(tensor.type, bytes);
}

struct FoldConstantsPass : impl::FoldConstantsPassBase<FoldConstantsPass> {
  using FoldConstantsPassBase::FoldConstantsPassBase;
  FoldConstantsPass(std::shared_ptr<Evaluator> evaluator, const FoldConstantsPassOptions &options)
      : FoldConstantsPassBase(options), evaluator(std::move(evaluator)) {}
  FoldConstantsPass(const FoldConstantsPass &other) : FoldConstantsPassBase(other), evaluator(other.evaluator) {}

  void runOnOperation() override {
    SmallVector<Operation *> nodes = findFoldable();
    if (nodes.empty())
      return markAllAnalysesPreserved();
    if (!evaluator)
      return remarkMissed(nodes.front(), getArgument(), "{0} nodes not folded: there is nothing to run them on",
                          nodes.size());

    // All at once, so that equal kernels are compiled once; one by one where that fails.
    SmallVector<Group> groups = makeGroups(nodes);
    std::string whyNot;
    SmallVector<const Group *> all;
    for (const Group &group : groups)
      all.push_back(&group);
    if (!fold(all, whyNot))
      for (const Group &group : groups)
        if (groups.size() == 1 || !fold(&group, whyNot))
          for (Operation *op : group.nodes)
            remarkMissed(op, getArgument(), "not folded: {0}", whyNot);
    for (Group &group : groups)
      for (Operation *op : llvm::reverse(group.nodes))
        if (op->use_empty())
          op->erase();
    dropUnusedConstants();
    followReturnedTypes(getOperation());
  }

private:
  //===--- What is folded -------------------------------------------------===//

  SmallVector<Operation *> findFoldable() {
    SmallVector<Operation *> nodes;
    llvm::DenseSet<Operation *> folded;
    auto isConstant = [&](Value value) {
      Operation *op = value.getDefiningOp();
      return op && (isa<ConstantOp>(op) || folded.contains(op));
    };
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isa<ONNXOpInterface>(op) || isa<ConstantOp>(op) || !isMemoryEffectFree(op))
        return WalkResult::advance();
      SetVector<Value> needed = getNeeded(op);
      if (!llvm::all_of(needed, isConstant) || foldView(op))
        return WalkResult::advance();
      if (std::string whyNot = decline(op, needed.getArrayRef()); !whyNot.empty()) {
        remarkMissed(op, getArgument(), "not folded: {0}", whyNot);
        return WalkResult::advance();
      }
      nodes.push_back(op);
      folded.insert(op);
      return WalkResult::skip();
    });
    return nodes;
  }

  // The same bytes in another shape need not be run.
  bool foldView(Operation *op) {
    if (!isa<ReshapeOp, SqueezeOp, UnsqueezeOp, FlattenOp, IdentityOp>(op))
      return false;
    ElementsAttr value = getConstant(op->getOperand(0));
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!value || !type || !type.hasStaticShape() || type.getNumElements() != value.getNumElements())
      return false;
    ElementsAttr view = reinterpret(value, type);
    if (!view)
      return false;
    OpBuilder builder(op);
    op->getResult(0).replaceAllUsesWith(ConstantOp::create(builder, op->getLoc(), type, view));
    return true;
  }

  // Empty where `op` is folded.
  std::string decline(Operation *op, ArrayRef<Value> needed) {
    if (unpacksWeights(op))
      return "weights are unpacked at run time";
    auto isNumeric = [](Type type) {
      auto tensor = dyn_cast<TensorType>(type);
      return tensor && !isa<StringType>(tensor.getElementType());
    };
    if (!llvm::all_of(op->getResultTypes(), isNumeric) || !llvm::all_of(ValueRange(needed).getTypes(), isNumeric))
      return "strings and sequences are made at run time";
    if (auto loop = dyn_cast<LoopOp>(op)) {
      std::optional<SmallVector<int64_t>> trips;
      if (ElementsAttr count = loop.getM() ? getConstant(loop.getM()) : ElementsAttr())
        trips = getIntegers(count);
      if (!trips || trips->size() != 1 || trips->front() > maxTrips)
        return llvm::formatv("its trip count is not a constant of at most {0}", maxTrips.getValue());
    }
    int64_t inputs = 0;
    for (Value value : needed)
      inputs += getBytes(value.getType()).value_or(0);
    for (Value result : op->getResults()) {
      std::optional<int64_t> bytes = getBytes(result.getType());
      if (isa<LoopOp, ScanOp>(op) && !bytes)
        return "the size of its result is not known";
      // The size of a result that depends on values is bounded by that of the operands.
      if (bytes.value_or(0) > maxBytes && bytes.value_or(0) / maxGrowth > inputs)
        return llvm::formatv("its result takes {0} bytes, its operands {1}", *bytes, inputs);
    }
    return {};
  }

  static std::optional<int64_t> getBytes(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return std::nullopt;
    std::optional<int64_t> bytes = getStorageBytes(tensor);
    return bytes ? *bytes : std::numeric_limits<int64_t>::max(); // does not fit 63 bits
  }

  static SmallVector<Group> makeGroups(ArrayRef<Operation *> nodes) {
    llvm::DenseSet<Operation *> folded(nodes.begin(), nodes.end());
    llvm::EquivalenceClasses<Operation *> connected;
    for (Operation *op : nodes) {
      connected.insert(op);
      for (Value value : getNeeded(op))
        if (folded.contains(value.getDefiningOp()))
          connected.unionSets(op, value.getDefiningOp());
    }
    SmallVector<Group> groups;
    llvm::DenseMap<Operation *, size_t> groupOf;
    for (Operation *op : nodes) {
      auto [place, isNew] = groupOf.try_emplace(connected.getLeaderValue(op), groups.size());
      if (isNew)
        groups.emplace_back();
      Group &group = groups[place->second];
      group.nodes.push_back(op);
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !isInside(user, folded); }))
          group.results.push_back(result);
    }
    return groups;
  }

  // The user is a folded node, or stands in the region of one.
  static bool isInside(Operation *user, const llvm::DenseSet<Operation *> &folded) {
    for (; user; user = user->getParentOp())
      if (folded.contains(user))
        return true;
    return false;
  }

  //===--- Outlined, run, replaced ----------------------------------------===//

  bool fold(ArrayRef<const Group *> groups, std::string &whyNot) {
    SmallVector<Value> results;
    for (const Group *group : groups)
      llvm::append_range(results, group->results);
    if (results.empty())
      return true;
    OwningOpRef<ModuleOp> module = outline(groups, results);
    FailureOr<SmallVector<HostTensor>> tensors = evaluator->evaluate(*module, {}, whyNot);
    if (failed(tensors))
      return false;
    for (auto [result, tensor] : llvm::zip_equal(results, *tensors)) {
      OpBuilder builder(result.getDefiningOp());
      ElementsAttr value = toAttribute(tensor);
      result.replaceAllUsesWith(
          ConstantOp::create(builder, result.getLoc(), cast<RankedTensorType>(value.getType()), value));
    }
    return true;
  }

  // A module as `import` leaves one, without inputs.
  OwningOpRef<ModuleOp> outline(ArrayRef<const Group *> groups, ArrayRef<Value> results) {
    OwningOpRef<ModuleOp> module = ModuleOp::create(getOperation().getLoc());
    OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
    (*module)->setAttr(kModelNameAttr, builder.getStringAttr(kBlobName));
    auto type = FunctionType::get(&getContext(), {}, TypeRange(ValueRange(results)));
    auto main = func::FuncOp::create(builder, module->getLoc(), "main", type);
    builder.setInsertionPointToStart(main.addEntryBlock());
    IRMapping copies;
    for (const Group *group : groups)
      for (Operation *op : group->nodes) {
        for (Value value : getNeeded(op))
          if (auto constant = value.getDefiningOp<ConstantOp>(); constant && !copies.contains(value))
            builder.clone(*constant, copies);
        builder.clone(*op, copies);
      }
    SmallVector<Value> returned;
    for (Value result : results)
      returned.push_back(copies.lookup(result));
    func::ReturnOp::create(builder, module->getLoc(), returned);
    for (auto [i, result] : llvm::enumerate(results)) {
      main.setResultAttr(i, kNameAttr, builder.getStringAttr(("r" + Twine(i)).str()));
      int32_t elementType = getDataType(cast<TensorType>(result.getType()).getElementType());
      main.setResultAttr(i, kElemTypeAttr, builder.getI32IntegerAttr(elementType));
    }
    return module;
  }

  // What was folded here before, and is not used any more, is freed at once; the
  // weights of the file are mapped, and take no memory until they are read.
  void dropUnusedConstants() {
    llvm::DenseSet<DialectResourceBlobManager::BlobEntry *> kept;
    SmallVector<DenseResourceElementsHandle> superseded;
    getOperation().walk([&](ConstantOp constant) {
      auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
      if (resource && !constant.use_empty())
        kept.insert(resource.getRawHandle().getResource());
      else if (resource && resource.getRawHandle().getKey().starts_with(kBlobName))
        superseded.push_back(resource.getRawHandle());
      if (constant.use_empty())
        constant.erase();
    });
    for (DenseResourceElementsHandle handle : superseded)
      if (!kept.contains(handle.getResource()))
        handle.getResource()->setBlob(AsmResourceBlob());
  }

  std::shared_ptr<Evaluator> evaluator;
};

} // namespace

std::unique_ptr<Pass> createFoldConstantsPass(std::shared_ptr<Evaluator> evaluator, FoldConstantsPassOptions options) {
  return std::make_unique<FoldConstantsPass>(std::move(evaluator), options);
}

} // namespace quern::onnx
