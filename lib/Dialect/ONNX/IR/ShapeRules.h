// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape rules that op families share. Each appends the result types, or fails
// with an op error that says which rule the operands break.

#ifndef QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H
#define QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/IR/ShapeValue.h"

#include "llvm/ADT/STLExtras.h"

namespace quern::onnx {

using Types = llvm::SmallVectorImpl<mlir::Type>;
using Shape = llvm::SmallVector<int64_t>;
constexpr int64_t kDynamic = mlir::ShapedType::kDynamic;

//===--- Bricks -----------------------------------------------------------===//

inline mlir::Type elementOf(mlir::Value value) { return mlir::getElementTypeOrSelf(value); }
/// The type of a value whose rank is known, else null.
inline mlir::RankedTensorType rankedType(mlir::Value value) {
  return llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
}
inline mlir::Type unranked(mlir::Type element) { return mlir::UnrankedTensorType::get(element); }
inline mlir::Type ranked(llvm::ArrayRef<int64_t> shape, mlir::Type element) {
  return mlir::RankedTensorType::get(shape, element);
}
/// A shape of unknown sizes.
inline Shape unknownShape(int64_t rank) { return Shape(rank, kDynamic); }

/// a * b, dynamic where one is (unless the other is 0); nothing on overflow.
std::optional<int64_t> multiply(int64_t a, int64_t b);
/// The product of sizes, dynamic where one is; an error on overflow.
llvm::FailureOr<int64_t> product(mlir::Operation *op, llvm::ArrayRef<int64_t> sizes);

/// The axis counted from the front; an error where it is none of a tensor of that rank.
llvm::FailureOr<int64_t> checkAxis(mlir::Operation *op, int64_t axis, int64_t rank, llvm::StringRef name = "axis");
/// The axes from the front, sorted; an error where one is out of range or given twice.
llvm::FailureOr<Shape> checkAxes(mlir::Operation *op, llvm::ArrayRef<int64_t> axes, int64_t rank,
                                 llvm::StringRef name = "axes");
/// Both may be dynamic; the more precise of the two, or an error.
llvm::FailureOr<int64_t> mergeSizes(mlir::Operation *op, int64_t a, int64_t b, const llvm::Twine &what);
/// An error where the value has a known rank that is another one.
llvm::LogicalResult checkRank(mlir::Operation *op, mlir::Value value, int64_t rank, llvm::StringRef name);
llvm::LogicalResult checkMinRank(mlir::Operation *op, mlir::Value value, int64_t rank, llvm::StringRef name);
/// A scalar, or a vector of one element.
llvm::LogicalResult checkScalar(mlir::Operation *op, mlir::Value value, llvm::StringRef name);
/// A vector of `size` elements, where that is known.
llvm::LogicalResult checkVector(mlir::Operation *op, mlir::Value value, int64_t size, llvm::StringRef name);
llvm::LogicalResult checkSameElements(mlir::Operation *op, mlir::ValueRange values);
/// An attribute's text must be one of these.
llvm::LogicalResult checkOneOf(mlir::Operation *op, llvm::StringRef name, llvm::StringRef value,
                               llvm::ArrayRef<llvm::StringRef> allowed);
/// The element type of a TensorProto data type, or an error.
llvm::FailureOr<mlir::Type> checkDataType(mlir::Operation *op, int64_t dataType, llvm::StringRef name);

/// The shape that the elements of a shape operand describe, as far as they are known; an error where one is less than
/// `least`. Nothing where not even the rank is known.
llvm::FailureOr<std::optional<Shape>> readShape(mlir::Operation *op, mlir::Value value, llvm::StringRef name,
                                                int64_t least = 0);

/// The broadcast of two shapes, or an error.
llvm::FailureOr<Shape> broadcast(mlir::Operation *op, llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// `value` must broadcast to `shape` without changing it.
llvm::LogicalResult checkBroadcastsTo(mlir::Operation *op, mlir::Value value, llvm::ArrayRef<int64_t> shape,
                                      llvm::StringRef name);

//===--- Families ---------------------------------------------------------===//

/// The result has the first operand's type.
llvm::LogicalResult inferSameType(mlir::Operation *op, Types &types);
/// The result has the first operand's shape, and this element type.
llvm::LogicalResult inferSameShape(mlir::Operation *op, Types &types, mlir::Type element);
/// The same, the element type being a TensorProto data type; that of the operand where there is none.
llvm::LogicalResult inferSameShapeAs(mlir::Operation *op, std::optional<int64_t> dataType, Types &types);
/// The result has the first operand's type; `axis` is one of its axes.
llvm::LogicalResult inferAlongAxis(mlir::Operation *op, int64_t axis, Types &types);
/// The operands' broadcast shape, with this element type or that of the first operand.
llvm::LogicalResult inferBroadcast(mlir::Operation *op, Types &types, mlir::Type element = {},
                                   bool sameElements = true);
llvm::LogicalResult inferBroadcastOf(mlir::Operation *op, mlir::ValueRange values, Types &types,
                                     mlir::Type element = {});
llvm::LogicalResult inferReduce(mlir::Operation *op, mlir::Value axes, bool keepDims, bool noopWithEmptyAxes,
                                Types &types);
llvm::LogicalResult inferArgReduce(mlir::Operation *op, int64_t axis, bool keepDims, Types &types);

/// NumPy's matmul; elements as given, or those of a, with which b must agree.
llvm::LogicalResult inferMatMul(mlir::Operation *op, mlir::Value a, mlir::Value b, mlir::Type element, Types &types);
llvm::LogicalResult inferMatMul(mlir::Operation *op, mlir::RankedTensorType a, mlir::RankedTensorType b,
                                mlir::Type element, Types &types);
llvm::LogicalResult inferGemm(mlir::Operation *op, mlir::Value a, mlir::Value b, mlir::Value c, bool transA,
                              bool transB, Types &types);

/// The first operand's type; the others are one number a channel (dimension 1).
llvm::LogicalResult inferPerChannel(mlir::Operation *op,
                                    llvm::ArrayRef<std::pair<mlir::Value, llvm::StringRef>> perChannel, Types &types);
/// Spatial sizes become 1.
llvm::LogicalResult inferGlobalPool(mlir::Operation *op, Types &types, bool channelsLast = false);
llvm::LogicalResult inferLoss(mlir::Operation *op, mlir::Value scores, mlir::Value target, llvm::StringRef reduction,
                              Types &types);
llvm::LogicalResult inferRecurrent(mlir::Operation *op, int64_t gates, std::optional<int64_t> hiddenSize,
                                   llvm::StringRef direction, int64_t layout, Types &types);
llvm::LogicalResult inferWindow(mlir::Operation *op, int64_t dataType, Types &types);

//===--- com.microsoft ----------------------------------------------------===//

llvm::LogicalResult inferSkipNormalization(mlir::Operation *op, Types &types);
llvm::LogicalResult inferEmbedding(mlir::Operation *op, mlir::Value ids, mlir::Value words, mlir::Type element,
                                   bool hasIndex, bool hasSum, Types &types);
llvm::LogicalResult inferSelfAttention(mlir::Operation *op, mlir::Value input, mlir::Value weights, mlir::Value past,
                                       int64_t heads, std::optional<llvm::ArrayRef<int64_t>> hiddenSizes,
                                       bool sharesBuffer, mlir::Type element, Types &types);

//===--- Windows: convolution and pooling ---------------------------------===//

struct Window {
  llvm::ArrayRef<int64_t> kernel, strides, dilations, pads;
  llvm::StringRef autoPad = "NOTSET";
  int64_t group = 1;
  bool ceilMode = false;
};

template <typename Op>
Window getDeformWindow(Op op) {
  Window window;
  window.kernel = op.getKernelShape().value_or(llvm::ArrayRef<int64_t>());
  window.strides = op.getStrides().value_or(llvm::ArrayRef<int64_t>());
  window.dilations = op.getDilations().value_or(llvm::ArrayRef<int64_t>());
  window.pads = op.getPads().value_or(llvm::ArrayRef<int64_t>());
  window.group = op.getGroup();
  return window;
}
template <typename Op>
Window getConvWindow(Op op) {
  Window window = getDeformWindow(op);
  window.autoPad = op.getAutoPad();
  return window;
}
template <typename Op>
Window getPoolWindow(Op op) {
  Window window;
  window.kernel = op.getKernelShape();
  window.strides = op.getStrides().value_or(llvm::ArrayRef<int64_t>());
  window.dilations = op.getDilations().value_or(llvm::ArrayRef<int64_t>());
  window.pads = op.getPads().value_or(llvm::ArrayRef<int64_t>());
  window.autoPad = op.getAutoPad();
  window.ceilMode = op.getCeilMode();
  return window;
}

/// Attribute sizes and ranges, for `spatial` dimensions.
llvm::LogicalResult checkWindow(mlir::Operation *op, const Window &window, int64_t spatial);
/// The output size of one spatial dimension, or an error.
llvm::FailureOr<int64_t> windowOutput(mlir::Operation *op, const Window &window, int64_t spatial, int64_t dim,
                                      int64_t input, int64_t kernel);
llvm::LogicalResult inferConv(mlir::Operation *op, mlir::Value x, mlir::Value w, mlir::Value b, const Window &window,
                              mlir::Type element, Types &types);
/// All results of a pool: values, and indices where asked for.
llvm::LogicalResult inferPool(mlir::Operation *op, const Window &window, Types &types);
/// The same of [batch, spatial…, channels]; W may have its channels last, too.
llvm::LogicalResult inferNhwcConv(mlir::Operation *op, mlir::Value x, mlir::Value w, const Window &window,
                                  mlir::Type element, Types &types);
llvm::LogicalResult inferNhwcPool(mlir::Operation *op, mlir::Value x, const Window &window, Types &types);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H
