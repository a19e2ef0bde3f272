// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Kernels/Constants.h"

#include "quern/Support/Constants.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace quern {
namespace {

/// Copies the elements of all but the leading `depth` dims.
struct Copier {
  const char *source;
  char *target;
  size_t width;
  ArrayRef<RearrangedDim> dims;
  int64_t limit;

  void copy(unsigned depth, int64_t from, int64_t bounded) {
    const RearrangedDim &dim = dims[depth];
    if (depth + 1 < dims.size()) {
      for (int64_t i = 0; i < dim.size; ++i)
        copy(depth + 1, from + i * dim.stride, bounded + i * dim.unit);
      return;
    }
    int64_t count = dim.size;
    if (bounded >= limit)
      count = 0;
    else if (dim.unit != 0)
      count = std::min(count, (limit - bounded + dim.unit - 1) / dim.unit);
    if (dim.stride == 1) {
      memcpy(target, source + from * width, count * width);
    } else {
      for (int64_t i = 0; i < count; ++i)
        memcpy(target + i * width, source + (from + i * dim.stride) * width, width);
    }
    target += dim.size * width; // the rest stays zero
  }
};

} // namespace

FailureOr<ElementsAttr> rearrangeConstant(ElementsAttr source, ArrayRef<RearrangedDim> dims, int64_t limit) {
  auto type = cast<RankedTensorType>(source.getShapedType());
  SmallVector<int64_t> shape(llvm::map_range(dims, [](const RearrangedDim &dim) { return dim.size; }));
  auto newType = RankedTensorType::get(shape, type.getElementType());
  if (source.isSplat() && limit == INT64_MAX)
    return ElementsAttr(DenseElementsAttr::get(newType, source.getSplatValue<Attribute>()));

  if (!type.getElementType().isIntOrFloat() || type.getElementTypeBitWidth() % 8 != 0)
    return failure();
  size_t width = type.getElementTypeBitWidth() / 8;
  if (width != 1 && width != 2 && width != 4 && width != 8)
    return failure();
  std::vector<char> splat;
  ArrayRef<char> bytes;
  if (auto dense = dyn_cast<DenseElementsAttr>(source); dense && dense.isSplat()) {
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      splat.insert(splat.end(), dense.getRawData().begin(), dense.getRawData().end());
    bytes = splat;
  } else if (auto raw = getConstantBytes(source)) {
    bytes = *raw;
  } else {
    return failure();
  }

  auto blob = HeapAsmResourceBlob::allocate(newType.getNumElements() * width, /*align=*/64, /*dataIsMutable=*/true);
  memset(blob.getMutableData().data(), 0, blob.getData().size());
  if (newType.getNumElements() != 0)
    Copier{bytes.data(), blob.getMutableData().data(), width, dims, limit}.copy(0, 0, 0);
  return ElementsAttr(DenseResourceElementsAttr::get(newType, "packed", std::move(blob)));
}

FailureOr<ElementsAttr> transposeConstant(ElementsAttr source, ArrayRef<int64_t> permutation) {
  ArrayRef<int64_t> shape = source.getShapedType().getShape();
  SmallVector<int64_t> strides = computeStrides(shape);
  SmallVector<RearrangedDim> dims;
  for (int64_t dim : permutation)
    dims.push_back({shape[dim], strides[dim]});
  return rearrangeConstant(source, dims);
}

} // namespace quern
