// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders of shape arithmetic.

#include "ShapeRules.h"

using namespace mlir;

namespace quern::onnx {

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }
OpFoldResult GatherOp::fold(FoldAdaptor) { return {}; }
OpFoldResult AndOp::fold(FoldAdaptor) { return {}; }
OpFoldResult OrOp::fold(FoldAdaptor) { return {}; }
OpFoldResult XorOp::fold(FoldAdaptor) { return {}; }
OpFoldResult NotOp::fold(FoldAdaptor) { return {}; }
OpFoldResult EqualOp::fold(FoldAdaptor) { return {}; }
OpFoldResult LessOp::fold(FoldAdaptor) { return {}; }
OpFoldResult LessOrEqualOp::fold(FoldAdaptor) { return {}; }
OpFoldResult GreaterOp::fold(FoldAdaptor) { return {}; }
OpFoldResult GreaterOrEqualOp::fold(FoldAdaptor) { return {}; }
OpFoldResult WhereOp::fold(FoldAdaptor) { return {}; }
OpFoldResult AbsOp::fold(FoldAdaptor) { return {}; }
OpFoldResult NegOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SqrtOp::fold(FoldAdaptor) { return {}; }
OpFoldResult FloorOp::fold(FoldAdaptor) { return {}; }
OpFoldResult CeilOp::fold(FoldAdaptor) { return {}; }
OpFoldResult RoundOp::fold(FoldAdaptor) { return {}; }
OpFoldResult AddOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SubOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MulOp::fold(FoldAdaptor) { return {}; }
OpFoldResult DivOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ModOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MaxOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MinOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReduceSumOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReduceMaxOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReduceMinOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReduceProdOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ShapeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SizeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ConstantOfShapeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult RangeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult CastOp::fold(FoldAdaptor) { return {}; }
OpFoldResult IdentityOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReshapeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SqueezeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult UnsqueezeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult TransposeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ConcatOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SliceOp::fold(FoldAdaptor) { return {}; }
OpFoldResult PadOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ExpandOp::fold(FoldAdaptor) { return {}; }
OpFoldResult TileOp::fold(FoldAdaptor) { return {}; }
void IfOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void SumOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void ClipOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void DropoutOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void CastOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void CastLikeOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void FlattenOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void SqueezeOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void UnsqueezeOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
void SplitOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}

} // namespace quern::onnx
