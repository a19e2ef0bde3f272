// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass convert-onnx-to-linalg: all families' patterns, the change of
// unsigned types to signless ones, and the errors for what has no lowering.

#include "Lowering.h"

#include "quern/Conversion/Passes.h"
#include "quern/Support/NodeName.h"

#include "mlir/Dialect/Func/Transforms/FuncConversions.h"

using namespace mlir;

namespace quern {
#define GEN_PASS_DEF_CONVERTONNXTOLINALG
#include "quern/Conversion/Passes.h.inc"

namespace {

void addConversions(TypeConverter &converter) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion([](Type type) -> std::optional<Type> {
    if (isa<TensorType, onnx::SeqType, onnx::OptType, onnx::MapType>(type))
      return lowering::toSignless(type);
    return std::nullopt;
  });
  auto cast = [](OpBuilder &builder, Type type, ValueRange inputs, Location loc) -> Value {
    return UnrealizedConversionCastOp::create(builder, loc, type, inputs).getResult(0);
  };
  converter.addSourceMaterialization(cast);
  converter.addTargetMaterialization(cast);
}

/// All patterns, but those that only change signatures.
void addLowerings(RewritePatternSet &patterns, const TypeConverter &converter) {
  using namespace lowering;
  for (auto add : {addPointwise,
                   addCasts,
                   addReductions,
                   addArgReductions,
                   addPooling,
                   addContractions,
                   addConvolutions,
                   addTransposedConvolutions,
                   addIntegerContractions,
                   addBlockQuantized,
                   addQuantization,
                   addNormalization,
                   addConstants,
                   addShapes,
                   addReshapes,
                   addMovement,
                   addSlices,
                   addPads,
                   addGathers,
                   addScatters,
                   addResizes,
                   addGenerators,
                   addSampling,
                   addRegionPooling,
                   addUnpooling,
                   addSelections,
                   addRandom,
                   addDeterminants,
                   addFourier,
                   addScans,
                   addSorts,
                   addRecurrences,
                   addTrees,
                   addLookups,
                   addMaps,
                   addCoupledProbabilities,
                   addStrings,
                   addSequences,
                   addControlFlow})
    add(patterns, converter);
}

/// A handle may be moved and compared for equality: an operator that computes with elements would make an address of
/// it.
bool takesStrings(Operation *op) {
  using namespace onnx;
  return isa<CastOp, CompressOp, ConcatFromSequenceOp, ConcatOp, ConstantOp, DepthToSpaceOp, EqualOp, ExpandOp,
             FlattenOp, GatherElementsOp, GatherNDOp, GatherOp, IdentityOp, IfOp, LoopOp, NonZeroOp, OneHotOp,
             OptionalGetElementOp, OptionalHasElementOp, OptionalOp, PadOp, ReshapeOp, ReverseSequenceOp, ScanOp,
             SequenceAtOp, SequenceConstructOp, SequenceInsertOp, ShapeOp, SizeOp, SliceOp, SpaceToDepthOp, SplitOp,
             SplitToSequenceOp, SqueezeOp, StringConcatOp, StringNormalizerOp, StringSplitOp, TfIdfVectorizerOp, TileOp,
             TransposeOp, TriluOp, UniqueOp, UnsqueezeOp, WhereOp, YieldOp>(op) ||
         (isa<ScatterElementsOp, ScatterNDOp>(op) && op->getAttrOfType<StringAttr>("reduction").getValue() == "none") ||
         cast<ONNXOpInterface>(op).getOnnxDomain() == "ai.onnx.ml";
}

LogicalResult checkStrings(ModuleOp module) {
  auto isString = [](Type type) { return isa<onnx::StringType>(getElementTypeOrSelf(type)); };
  bool good = true;
  module.walk([&](onnx::ONNXOpInterface op) {
    if ((!llvm::any_of(op->getOperandTypes(), isString) && !llvm::any_of(op->getResultTypes(), isString)) ||
        takesStrings(op))
      return;
    op->emitOpError("expects numbers, and this form of the operator has strings");
    good = false;
  });
  return success(good);
}

struct ConvertONNXToLinalg : impl::ConvertONNXToLinalgBase<ConvertONNXToLinalg> {
  LogicalResult initialize(MLIRContext *context) override {
    converter = std::make_shared<TypeConverter>();
    addConversions(*converter);
    RewritePatternSet set(context);
    addLowerings(set, *converter);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(set, *converter);
    populateReturnOpTypeConversionPattern(set, *converter);
    populateCallOpTypeConversionPattern(set, *converter);
    patterns = std::make_shared<FrozenRewritePatternSet>(std::move(set));

    target = std::make_shared<ConversionTarget>(*context);
    target->markUnknownOpDynamicallyLegal([this](Operation *op) -> std::optional<bool> {
      if (auto function = dyn_cast<func::FuncOp>(op))
        return converter->isSignatureLegal(function.getFunctionType()) && converter->isLegal(&function.getBody());
      if (isa<func::ReturnOp, func::CallOp>(op))
        return converter->isLegal(op);
      // Not illegal but unknown, so that the conversion goes on and all failures are seen.
      if (isa<onnx::ONNXDialect>(op->getDialect()))
        return std::nullopt;
      return true;
    });
    return success();
  }

  void runOnOperation() override {
    // What a node becomes remembers its operator, for messages and profiles of the compiled model.
    getOperation()->walk([](onnx::ONNXOpInterface op) { op->setLoc(withNodeOp(op->getLoc(), op.getOnnxName())); });
    if (llvm::failed(checkStrings(getOperation())))
      return signalPassFailure();
    DenseSet<Operation *> failed;
    ConversionConfig config;
    config.unlegalizedOps = &failed;
    config.foldingMode = DialectConversionFoldingMode::Never;
    if (llvm::failed(applyPartialConversion(getOperation(), *target, *patterns, config)))
      return signalPassFailure();

    bool complete = true;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isa_and_nonnull<onnx::ONNXDialect>(op->getDialect()))
        return WalkResult::advance();
      auto reason = dyn_cast_or_null<StringAttr>(op->removeDiscardableAttr(lowering::kDeclined));
      op->emitOpError() << (reason ? reason.getValue() : "has no lowering yet");
      complete = false;
      return WalkResult::skip();
    });
    if (!complete)
      signalPassFailure();
  }

  std::shared_ptr<TypeConverter> converter;
  std::shared_ptr<FrozenRewritePatternSet> patterns;
  std::shared_ptr<ConversionTarget> target;
};

} // namespace

std::vector<std::string> getLoweredONNXOps() {
  MLIRContext context;
  context.loadDialect<onnx::ONNXDialect, QuernDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                      math::MathDialect, scf::SCFDialect, tensor::TensorDialect>();
  TypeConverter converter;
  addConversions(converter);
  RewritePatternSet patterns(&context);
  addLowerings(patterns, converter);
  std::vector<std::string> names;
  for (const std::unique_ptr<RewritePattern> &pattern : patterns.getNativePatterns())
    if (auto root = pattern->getRootKind())
      if (root->getDialectNamespace() == onnx::ONNXDialect::getDialectNamespace())
        names.push_back(root->getStringRef().str());
  llvm::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

} // namespace quern
