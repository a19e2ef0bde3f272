// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Support/Constants.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern {

std::optional<unsigned> getStorageBits(Type element) {
  if (element.isInteger(1))
    return 8;
  if (element.isIndex())
    return 64;
  if (element.isIntOrFloat())
    return element.getIntOrFloatBitWidth();
  if (auto complex = dyn_cast<ComplexType>(element))
    if (std::optional<unsigned> part = getStorageBits(complex.getElementType()))
      return 2 * *part;
  return std::nullopt;
}

std::optional<int64_t> getStorageBytes(ShapedType type) {
  std::optional<unsigned> bits = getStorageBits(type.getElementType());
  if (!bits || !type.hasStaticShape())
    return std::nullopt;
  int64_t total = *bits;
  if (llvm::is_contained(type.getShape(), 0))
    return 0;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(total, size, total))
      return std::nullopt;
  return total / 8 + (total % 8 != 0);
}

std::optional<ArrayRef<char>> getConstantBytes(ElementsAttr attr) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  auto dense = dyn_cast<DenseIntOrFPElementsAttr>(attr);
  std::optional<unsigned> bits = getStorageBits(attr.getElementType());
  if (!dense || !bits || *bits % 8 || attr.getElementType().isInteger(1))
    return std::nullopt;
  ArrayRef<char> data = dense.getRawData();
  if (static_cast<int64_t>(data.size()) != getStorageBytes(dense.getType()))
    return std::nullopt;
  return data;
}

std::optional<ArrayRef<char>> getConstantBytes(ElementsAttr attr, SmallVectorImpl<char> &storage) {
  if (auto bytes = getConstantBytes(attr))
    return bytes;
  auto dense = dyn_cast<DenseIntOrFPElementsAttr>(attr);
  std::optional<int64_t> size = dense ? getStorageBytes(dense.getType()) : std::nullopt;
  if (!size)
    return std::nullopt;
  unsigned bits = *getStorageBits(dense.getElementType());
  storage.assign(*size, 0);
  if (bits % 8 == 0 && !dense.getElementType().isInteger(1)) { // a splat
    ArrayRef<char> data = dense.getRawData();
    for (int64_t i = 0; i < *size; i += data.size())
      std::copy(data.begin(), data.end(), storage.begin() + i);
    return ArrayRef<char>(storage);
  }
  if (dense.getElementType().isInteger(1)) {
    for (auto [i, value] : llvm::enumerate(dense.getValues<bool>()))
      storage[i] = value;
    return ArrayRef<char>(storage);
  }
  auto put = [&](int64_t i, const APInt &value) {
    storage[i * bits / 8] |= static_cast<char>((value.getZExtValue() & ((1u << bits) - 1)) << (i * bits % 8));
  };
  if (isa<FloatType>(dense.getElementType()))
    for (auto [i, value] : llvm::enumerate(dense.getValues<APFloat>()))
      put(i, value.bitcastToAPInt());
  else
    for (auto [i, value] : llvm::enumerate(dense.getValues<APInt>()))
      put(i, value);
  return ArrayRef<char>(storage);
}

// Calls `visit` with each element's bits.
DenseElementsAttr getDenseConstant(ShapedType type, ArrayRef<char> bytes) {
  int64_t count = type.getNumElements();
  if (count == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char byte : bytes)
      values.push_back(byte != 0);
    return DenseElementsAttr::get(type, ArrayRef<bool>(values));
  }
  // Attributes have a byte for each element.
  SmallVector<char> unpacked;
  if (unsigned bits = *getStorageBits(type.getElementType()); bits < 8) {
    for (int64_t i = 0; i < count; ++i)
      unpacked.push_back(static_cast<unsigned char>(bytes[i * bits / 8]) >> (i * bits % 8) & ((1u << bits) - 1));
    bytes = unpacked;
  }
  size_t width = bytes.size() / count;
  bool isSplat = bytes.take_front(bytes.size() - width) == bytes.drop_front(width);
  SmallVector<char, 64> aligned(isSplat ? bytes.take_front(width) : bytes);
  return DenseElementsAttr::getFromRawBuffer(type, aligned);
}

static bool visitElements(ElementsAttr attr, function_ref<void(const APInt &)> visit) {
  if (!attr.getShapedType().hasStaticShape() || attr.getNumElements() > kMaxSmallConstant)
    return false;
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(attr)) {
    if (isa<FloatType>(dense.getElementType()))
      for (const APFloat &value : dense.getValues<APFloat>())
        visit(value.bitcastToAPInt());
    else if (dense.getElementType().isIntOrIndex())
      for (const APInt &value : dense.getValues<APInt>())
        visit(value);
    else
      return false;
    return true;
  }
  std::optional<ArrayRef<char>> bytes = getConstantBytes(attr);
  std::optional<unsigned> bits = getStorageBits(attr.getElementType());
  if (!bytes || !bits || *bits > 64 || static_cast<int64_t>(bytes->size()) != getStorageBytes(attr.getShapedType()))
    return false;
  for (int64_t i = 0, e = attr.getNumElements(); i < e; ++i) {
    uint64_t value = 0;
    if (*bits % 8 == 0)
      memcpy(&value, bytes->data() + i * (*bits / 8), *bits / 8);
    else
      value = static_cast<uint8_t>((*bytes)[i * *bits / 8]) >> (i * *bits % 8);
    visit(APInt(attr.getElementType().getIntOrFloatBitWidth(), value, /*isSigned=*/false, /*implicitTrunc=*/true));
  }
  return true;
}

std::optional<SmallVector<int64_t>> getIntegers(Attribute attr) {
  auto elements = dyn_cast_or_null<ElementsAttr>(attr);
  auto type = elements ? dyn_cast<IntegerType>(elements.getElementType()) : IntegerType();
  if (!type || type.getWidth() > 64)
    return std::nullopt;
  SmallVector<int64_t> values;
  bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
  if (!visitElements(elements, [&](const APInt &bits) {
        values.push_back(isUnsigned ? static_cast<int64_t>(bits.getZExtValue()) : bits.getSExtValue());
      }))
    return std::nullopt;
  return values;
}

std::optional<SmallVector<double>> getFloats(Attribute attr) {
  auto elements = dyn_cast_or_null<ElementsAttr>(attr);
  if (!elements)
    return std::nullopt;
  auto type = dyn_cast<FloatType>(elements.getElementType());
  if (!type) {
    std::optional<SmallVector<int64_t>> integers = getIntegers(attr);
    if (!integers)
      return std::nullopt;
    return SmallVector<double>(integers->begin(), integers->end());
  }
  if (type.getWidth() > 64)
    return std::nullopt;
  SmallVector<double> values;
  if (!visitElements(elements, [&](const APInt &bits) {
        APFloat value(type.getFloatSemantics(), bits);
        bool losesInfo;
        value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
        values.push_back(value.convertToDouble());
      }))
    return std::nullopt;
  return values;
}

DenseElementsAttr getIntegerConstant(ShapedType type, ArrayRef<int64_t> values) {
  unsigned width = type.getElementType().getIntOrFloatBitWidth();
  SmallVector<APInt> elements;
  for (int64_t value : values)
    elements.emplace_back(width, static_cast<uint64_t>(value), /*isSigned=*/true, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, elements);
}

DenseElementsAttr getFloatConstant(ShapedType type, ArrayRef<double> values) {
  const llvm::fltSemantics &semantics = cast<FloatType>(type.getElementType()).getFloatSemantics();
  SmallVector<APFloat> elements;
  for (double value : values) {
    APFloat element(value);
    bool losesInfo;
    element.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
    elements.push_back(element);
  }
  return DenseElementsAttr::get(type, elements);
}

DenseElementsAttr getI64Constant(MLIRContext *context, ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()), IntegerType::get(context, 64));
  return DenseElementsAttr::get(type, values);
}

} // namespace quern
