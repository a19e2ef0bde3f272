// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Calls.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace quern::lowering {

SmallVector<Value> callRuntime(Builder &b, StringRef name, ValueRange inputs, ArrayRef<CallResult> results) {
  SmallVector<Value> outputs;
  for (const CallResult &result : results)
    outputs.push_back(emptyTensor(b, result.shape, result.element));
  return llvm::to_vector(
      ValueRange(CallOp::create(b, ValueRange(outputs).getTypes(), name, inputs, outputs).getResults()));
}

Value callRuntime(Builder &b, StringRef name, ValueRange inputs, ArrayRef<Size> shape, Type element) {
  return callRuntime(b, name, inputs, CallResult{Sizes(shape), element})[0];
}

Size callForSize(Builder &b, StringRef name, ValueRange inputs) {
  Value count = callRuntime(b, name, inputs, {}, b.getI64Type());
  return Size(arith::IndexCastOp::create(b, b.getIndexType(), extract(b, count, {})).getResult());
}

Value number(Builder &b, int64_t value) { return integer(b, b.getI64Type(), value); }

//===--- Strings ----------------------------------------------------------===//

Value stringConstant(Builder &b, ArrayRef<int64_t> shape, ArrayRef<StringRef> strings) {
  OpBuilder::InsertionGuard guard(b);
  Operation *parent = b.getInsertionBlock()->getParentOp();
  auto function = dyn_cast<func::FuncOp>(parent);
  if (!function)
    function = parent->getParentOfType<func::FuncOp>();
  b.setInsertionPointToStart(&function.front());
  if (llvm::all_of(strings, [](StringRef string) { return string.empty(); }))
    return filledTensor(b, sizes(b, shape), number(b, 0));
  // Offsets, one more than there are strings, and the bytes.
  SmallVector<int64_t> offsets = {0};
  for (StringRef string : strings)
    offsets.push_back(offsets.back() + string.size());
  std::string blob(reinterpret_cast<const char *>(offsets.data()), offsets.size() * sizeof(int64_t));
  for (StringRef string : strings)
    blob += string;
  auto type = RankedTensorType::get(static_cast<int64_t>(blob.size()), b.getI8Type());
  return callRuntime(b, "strings", constantOf(b, type, blob), sizes(b, shape), b.getI64Type());
}

Value findAmong(Builder &b, Value x, Value keys) {
  return callRuntime(b, "find", {x, keys}, shapeOf(b, x), b.getI64Type());
}

//===--- Boxes ------------------------------------------------------------===//

namespace {
/// quern_kind of include/quern/Runtime/value.h.
enum Kind { Tensor, Sequence, Optional, Map };
} // namespace

static Value dtypeOf(Builder &b, Type type) {
  bool isTensor = isa<TensorType>(type);
  return number(b, onnx::getDataType(isTensor ? getElementTypeOrSelf(type) : Type(b.getI64Type())));
}

Value box(Builder &b, Value value, Type type) {
  int64_t kind = isa<onnx::SeqType>(type)   ? Sequence
                 : isa<onnx::OptType>(type) ? Optional
                 : isa<onnx::MapType>(type) ? Map
                                            : Tensor;
  Value handle = callRuntime(b, "box", {value, dtypeOf(b, type), number(b, kind)}, {}, b.getI64Type());
  return extract(b, handle, {});
}

Value unbox(Builder &b, Value handle, Type type) {
  auto tensor = cast<RankedTensorType>(toSignless(type));
  Sizes shape = sizes(b, tensor.getShape());
  if (!tensor.hasStaticShape()) {
    Value known = callRuntime(b, "unbox_shape", {handle, dtypeOf(b, type)}, size(b, tensor.getRank()), b.getI64Type());
    for (int64_t i = 0; i < tensor.getRank(); ++i)
      if (tensor.isDynamicDim(i)) {
        Value extent = extract(b, known, asValue(b, size(b, i)));
        shape[i] = Size(arith::IndexCastOp::create(b, b.getIndexType(), extent).getResult());
      }
  }
  return callRuntime(b, "unbox", handle, shape, tensor.getElementType());
}

} // namespace quern::lowering
