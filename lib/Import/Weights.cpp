// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Weights.h"

#include "quern/Import/ElementType.h"
#include "quern/Support/Constants.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using llvm::Expected;

namespace quern {

/// Constants up to this size are attributes by value: shapes, axes, scales.
constexpr size_t kMaxInlineBytes = 64;
/// A sparse tensor may not unfold to more than this.
constexpr uint64_t kMaxUnfoldedBytes = uint64_t(1) << 32;

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::formatv(format, std::forward<Args>(args)...).str());
}

static StringRef toRef(std::string_view view) { return {view.data(), view.size()}; }

/// The number of elements, where all sizes are sensible.
static Expected<int64_t> countElements(ArrayRef<int64_t> dims) {
  int64_t count = 1;
  bool zero = llvm::is_contained(dims, 0);
  for (int64_t dim : dims) {
    if (dim < 0)
      return fail("expects sizes that are not negative, got {0}", dim);
    if (!zero && llvm::MulOverflow(count, dim, count))
      return fail("expects a number of elements that fits 64 bits");
  }
  return zero ? 0 : count;
}

Weights::Weights(std::shared_ptr<const MappedFile> model, MLIRContext *context)
    : model(std::move(model)), context(context) {}

/// A buffer that the returned bytes own.
static std::pair<TensorBytes, MutableArrayRef<char>> allocate(size_t size) {
  auto buffer = std::make_shared<std::vector<char>>(size);
  MutableArrayRef<char> bytes(*buffer);
  return {TensorBytes{bytes, std::move(buffer)}, bytes};
}

/// Each of `integers` in the low `width` bytes of an element, little-endian.
static TensorBytes narrow(ArrayRef<int64_t> integers, unsigned width) {
  auto [result, bytes] = allocate(integers.size() * width);
  for (auto [i, value] : llvm::enumerate(integers))
    std::memcpy(bytes.data() + i * width, &value, width);
  return result;
}

/// The field of TensorProto that holds the type's elements when `raw_data` does not.
static proto::Tensor::Field getTypedField(int32_t dataType) {
  switch (dataType) {
  case proto::Float:
  case proto::Complex64:
    return proto::Tensor::Floats;
  case proto::Double:
  case proto::Complex128:
    return proto::Tensor::Doubles;
  case proto::Int64:
    return proto::Tensor::Int64s;
  case proto::UInt32:
  case proto::UInt64:
    return proto::Tensor::UInt64s;
  default:
    return proto::Tensor::Int32s;
  }
}

Expected<TensorBytes> Weights::getBytes(const proto::Tensor &tensor, int64_t count) {
  unsigned bits = getDataTypeBits(tensor.dataType);
  // Elements below 8 bits are packed, low bits first, also in int32_data: there, a byte an entry.
  int64_t bitCount = 0;
  if (llvm::MulOverflow<int64_t>(count, bits, bitCount))
    return fail("expects a size in bytes that fits 64 bits");
  uint64_t size = llvm::divideCeil(bitCount, 8);

  TensorBytes result;
  if (tensor.external) {
    Expected<TensorBytes> bytes = getExternalBytes(tensor, size);
    if (!bytes)
      return bytes.takeError();
    result = *bytes;
  } else if (tensor.fields == proto::Tensor::Raw || tensor.fields == 0) {
    result = {ArrayRef(tensor.raw.data(), tensor.raw.size()), model};
  } else if (!llvm::isPowerOf2_32(tensor.fields)) {
    return fail("expects its data in one field, got several");
  } else if (tensor.fields != unsigned(getTypedField(tensor.dataType))) {
    return fail("holds its {0} elements in a field for other types", getDataTypeName(tensor.dataType));
  } else if (tensor.fields == proto::Tensor::Floats || tensor.fields == proto::Tensor::Doubles) {
    const proto::FixedWidthData &data = tensor.fields == proto::Tensor::Floats ? tensor.floats : tensor.doubles;
    if (data.owned.empty()) {
      result = {ArrayRef(data.view.data(), data.view.size()), model};
    } else {
      auto owned = std::make_shared<std::string>(data.owned);
      result = {ArrayRef(owned->data(), owned->size()), owned};
    }
  } else {
    result = narrow(tensor.integers, std::max(bits, 8u) / 8);
  }
  if (result.bytes.size() != size)
    return fail("holds {0} bytes of data, but its shape and type ({1}) take {2}", result.bytes.size(),
                getDataTypeName(tensor.dataType), size);

  if (tensor.dataType == proto::Bool && llvm::any_of(result.bytes, [](char c) { return c != 0 && c != 1; })) {
    auto [normal, bytes] = allocate(count);
    for (int64_t i = 0; i < count; ++i)
      bytes[i] = result.bytes[i] != 0;
    return normal;
  }
  return result;
}

ElementsAttr Weights::makeElements(RankedTensorType type, TensorBytes bytes, StringRef name) {
  if (bytes.bytes.size() <= kMaxInlineBytes)
    return getDenseConstant(type, bytes.bytes);
  // The alignment that the bytes happen to have, up to that of vectors.
  size_t alignment = 1;
  while (alignment < 64 && reinterpret_cast<uintptr_t>(bytes.bytes.data()) % (alignment * 2) == 0)
    alignment *= 2;
  AsmResourceBlob blob(
      bytes.bytes, alignment, [owner = std::move(bytes.owner)](void *, size_t, size_t) {}, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name.empty() ? "constant" : name, std::move(blob));
}

static Expected<ElementsAttr> makeStrings(const proto::Tensor &tensor, int64_t count, Type elementType) {
  if (tensor.external || (tensor.fields != 0 && tensor.fields != proto::Tensor::Strings))
    return fail("holds its strings in a field for other types");
  if (static_cast<int64_t>(tensor.strings.size()) != count)
    return fail("holds {0} strings, but its shape takes {1}", tensor.strings.size(), count);
  SmallVector<StringRef> strings(llvm::map_range(tensor.strings, toRef));
  return ElementsAttr(DenseStringElementsAttr::get(RankedTensorType::get(tensor.dims, elementType), strings));
}

Expected<ElementsAttr> Weights::convert(const proto::Tensor &tensor, StringRef name) {
  Type elementType = getElementType(tensor.dataType, context);
  if (!elementType)
    return fail("has an unknown data type ({0})", tensor.dataType);
  if (tensor.segmented)
    return fail("is stored in segments, which ONNX gave up; save the model again");
  Expected<int64_t> count = countElements(tensor.dims);
  if (!count)
    return count.takeError();
  if (tensor.dataType == proto::String)
    return makeStrings(tensor, *count, elementType);
  Expected<TensorBytes> bytes = getBytes(tensor, *count);
  if (!bytes)
    return bytes.takeError();
  return makeElements(RankedTensorType::get(tensor.dims, elementType), std::move(*bytes), name);
}

Expected<ElementsAttr> Weights::convert(const proto::SparseTensor &sparse, StringRef name) {
  Type elementType = getElementType(sparse.values.dataType, context);
  unsigned bits = getDataTypeBits(sparse.values.dataType);
  if (!elementType || bits < 8)
    return fail("is a sparse tensor of {0}, which is not supported", getDataTypeName(sparse.values.dataType));
  Expected<int64_t> count = countElements(sparse.dims);
  if (!count)
    return count.takeError();
  size_t width = bits / 8;
  if (static_cast<uint64_t>(*count) > kMaxUnfoldedBytes / width)
    return fail("is a sparse tensor that would take more than 4 GiB unfolded");
  if (sparse.values.dims.size() != 1 || sparse.indices.dataType != proto::Int64 || sparse.indices.dims.empty() ||
      sparse.indices.dims.size() > 2)
    return fail("expects sparse values of rank 1 and int64 indices of rank 1 or 2");
  int64_t nonzeros = sparse.values.dims[0];
  int64_t rank = sparse.dims.size(), perIndex = sparse.indices.dims.size() == 2 ? sparse.indices.dims[1] : 1;
  if (sparse.indices.dims[0] != nonzeros || (sparse.indices.dims.size() == 2 && perIndex != rank))
    return fail("expects an index for each of its {0} sparse values", nonzeros);
  Expected<int64_t> indexCount = countElements(sparse.indices.dims);
  Expected<int64_t> valueCount = countElements(sparse.values.dims);
  if (!indexCount || !valueCount)
    return llvm::joinErrors(indexCount.takeError(), valueCount.takeError());
  Expected<TensorBytes> indices = getBytes(sparse.indices, *indexCount);
  if (!indices)
    return indices.takeError();
  Expected<TensorBytes> values = getBytes(sparse.values, *valueCount);
  if (!values)
    return values.takeError();

  auto [result, bytes] = allocate(*count * width);
  for (int64_t i = 0; i < nonzeros; ++i) {
    int64_t at = 0;
    for (int64_t d = 0; d < perIndex; ++d) {
      int64_t index;
      std::memcpy(&index, indices->bytes.data() + (i * perIndex + d) * sizeof(index), sizeof(index));
      int64_t size = sparse.indices.dims.size() == 2 ? sparse.dims[d] : *count;
      if (index < 0 || index >= size)
        return fail("has the sparse index {0}, outside of [0, {1})", index, size);
      at = at * size + index;
    }
    std::memcpy(bytes.data() + at * width, values->bytes.data() + i * width, width);
  }
  return makeElements(RankedTensorType::get(sparse.dims, elementType), std::move(result), name);
}

} // namespace quern
