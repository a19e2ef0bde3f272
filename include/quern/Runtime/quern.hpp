// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compiled model from C++17: tensors that own their memory, and a function
// that runs a model or throws. Header only, on top of the C ABI of value.h.
//
//   #include "net.h"
//   quern::Tensor x({1, 3, 224, 224}, pixels);
//   std::vector<quern::Tensor> y = quern::run(net_run, {x}, NET_OUTPUT_COUNT);
#if !defined(QUERN_HPP) && __cplusplus >= 201703L
#define QUERN_HPP

#ifndef QUERN_VALUE_H
#include "quern/Runtime/value.h"
#endif

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace quern {

/// What a run that did not succeed throws.
class Error : public std::runtime_error {
public:
  Error(quern_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
  quern_status status() const { return status_; }

private:
  quern_status status_;
};

/// The element type that a C++ type stands for.
template <typename T>
constexpr int32_t dtypeOf() {
  if constexpr (std::is_same_v<T, float>)
    return QUERN_FLOAT32;
  else if constexpr (std::is_same_v<T, double>)
    return QUERN_FLOAT64;
  else if constexpr (std::is_same_v<T, bool>)
    return QUERN_BOOL;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 1)
    return std::is_signed_v<T> ? QUERN_INT8 : QUERN_UINT8;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 2)
    return std::is_signed_v<T> ? QUERN_INT16 : QUERN_UINT16;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 4)
    return std::is_signed_v<T> ? QUERN_INT32 : QUERN_UINT32;
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 8)
    return std::is_signed_v<T> ? QUERN_INT64 : QUERN_UINT64;
  else
    static_assert(!sizeof(T), "no tensor has elements of this type");
}

/// A tensor whose memory is its own, aligned to 64 bytes. Copies are deep.
class Tensor {
public:
  Tensor() = default;

  /// Zeroed elements of a C++ type.
  template <typename T>
  static Tensor zeros(std::vector<int64_t> shape) {
    return Tensor(dtypeOf<T>(), std::move(shape), sizeof(T));
  }

  /// A copy of `elements`, row by row.
  template <typename T>
  Tensor(std::vector<int64_t> shape, const T *elements) : Tensor(dtypeOf<T>(), std::move(shape), sizeof(T)) {
    if (bytes_)
      std::memcpy(data_.get(), elements, bytes_);
  }
  template <typename T>
  Tensor(std::vector<int64_t> shape, const std::vector<T> &elements)
      : Tensor(dtypeOf<T>(), std::move(shape), sizeof(T)) {
    if (elements.size() != static_cast<size_t>(size()))
      throw std::invalid_argument("expects " + std::to_string(size()) + " elements, got " +
                                  std::to_string(elements.size()));
    if (bytes_)
      std::memcpy(data_.get(), elements.data(), bytes_);
  }

  Tensor(const Tensor &other) : Tensor(other.dtype_, other.shape_, other.elementBytes_) {
    if (bytes_)
      std::memcpy(data_.get(), other.data_.get(), bytes_);
  }
  Tensor &operator=(const Tensor &other) { return *this = Tensor(other); }
  Tensor(Tensor &&) = default;
  Tensor &operator=(Tensor &&) = default;

  int32_t dtype() const { return dtype_; }
  const std::vector<int64_t> &shape() const { return shape_; }
  /// The number of elements.
  int64_t size() const { return count(shape_); }

  /// The elements; throws when they are of another type.
  template <typename T>
  T *data() {
    check<T>();
    return static_cast<T *>(data_.get());
  }
  template <typename T>
  const T *data() const {
    check<T>();
    return static_cast<const T *>(data_.get());
  }
  template <typename T>
  const T *begin() const {
    return data<T>();
  }
  template <typename T>
  const T *end() const {
    return data<T>() + size();
  }

  /// The C ABI's view; valid as long as this tensor is.
  quern_value view() const {
    quern_value value{};
    value.kind = QUERN_TENSOR;
    value.as.tensor.data = data_.get();
    value.as.tensor.dtype = dtype_;
    value.as.tensor.rank = static_cast<int32_t>(shape_.size());
    value.as.tensor.shape = const_cast<int64_t *>(shape_.data());
    return value;
  }

  /// Takes over an output whose memory came from malloc: numbers only.
  static Tensor adopt(quern_tensor &tensor, size_t elementBytes) {
    Tensor result;
    result.data_.reset(tensor.data);
    result.dtype_ = tensor.dtype;
    result.shape_.assign(tensor.shape, tensor.shape + tensor.rank);
    result.elementBytes_ = elementBytes;
    result.bytes_ = static_cast<size_t>(result.size()) * elementBytes;
    std::free(tensor.shape);
    tensor = quern_tensor{};
    return result;
  }

  static size_t bytesOf(int32_t dtype) {
    switch (dtype) {
    case QUERN_FLOAT64:
    case QUERN_INT64:
    case QUERN_UINT64:
    case QUERN_COMPLEX64:
      return 8;
    case QUERN_COMPLEX128:
      return 16;
    case QUERN_FLOAT32:
    case QUERN_INT32:
    case QUERN_UINT32:
      return 4;
    case QUERN_FLOAT16:
    case QUERN_BFLOAT16:
    case QUERN_INT16:
    case QUERN_UINT16:
      return 2;
    case QUERN_UINT4:
    case QUERN_INT4:
    case QUERN_FLOAT4E2M1:
    case QUERN_UINT2:
    case QUERN_INT2:
    case QUERN_STRING:
      throw std::invalid_argument("quern::Tensor holds no strings and no packed elements; use the C ABI");
    default:
      return 1;
    }
  }

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };

  Tensor(int32_t dtype, std::vector<int64_t> shape, size_t elementBytes)
      : shape_(std::move(shape)), dtype_(dtype), elementBytes_(elementBytes),
        bytes_(static_cast<size_t>(count(shape_)) * elementBytes) {
    size_t rounded = bytes_ ? (bytes_ + 63) / 64 * 64 : 64;
    data_.reset(std::aligned_alloc(64, rounded));
    if (!data_)
      throw std::bad_alloc();
    std::memset(data_.get(), 0, bytes_);
  }

  static int64_t count(const std::vector<int64_t> &shape) {
    int64_t result = 1;
    for (int64_t dim : shape) {
      if (dim < 0)
        throw std::invalid_argument("a shape has a negative size");
      result *= dim;
    }
    return result;
  }

  template <typename T>
  void check() const {
    if (dtypeOf<std::remove_cv_t<T>>() != dtype_)
      throw std::invalid_argument("the tensor's elements are of another type");
  }

  std::unique_ptr<void, Free> data_;
  std::vector<int64_t> shape_;
  int32_t dtype_ = QUERN_UNDEFINED;
  size_t elementBytes_ = 1;
  size_t bytes_ = 0;
};

/// An input of a run: any tensor, also a temporary one.
class Input {
public:
  Input(const Tensor &tensor) : tensor(&tensor) {}
  quern_value view() const { return tensor->view(); }

private:
  const Tensor *tensor;
};

/// A model's `NAME_run`.
using RunFunction = quern_status (*)(const quern_value *, quern_value *, const quern_options *);

/// Runs a model; throws quern::Error with the model's message.
inline std::vector<Tensor> run(RunFunction function, const std::vector<Input> &inputs, size_t numOutputs,
                               quern_options options = {}) {
  std::vector<quern_value> in, out(numOutputs);
  for (const Input &input : inputs)
    in.push_back(input.view());
  char message[1024] = "";
  options.message = message;
  options.message_size = sizeof message;
  options.alloc = nullptr; // adopt() frees with free()
  quern_status status = function(in.data(), out.data(), &options);
  if (status != QUERN_OK)
    throw Error(status, message);
  std::vector<Tensor> results;
  for (quern_value &value : out)
    results.push_back(Tensor::adopt(value.as.tensor, Tensor::bytesOf(value.as.tensor.dtype)));
  return results;
}

} // namespace quern

#endif // QUERN_HPP
