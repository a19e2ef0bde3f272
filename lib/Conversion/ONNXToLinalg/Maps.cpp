// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps: two handles, of a vector of keys and one of values.

#include "Calls.h"
#include "Loops.h"

#include <map>

using namespace mlir;

namespace quern::lowering {
namespace {

SmallVector<StringRef> stringsOf(std::optional<ArrayAttr> list) {
  return list ? llvm::to_vector(list->getAsValueRange<StringAttr>()) : SmallVector<StringRef>();
}

Value keysOf(Builder &b, ArrayRef<int64_t> integers) {
  auto type = RankedTensorType::get(static_cast<int64_t>(integers.size()), b.getI64Type());
  return constantOf(b, type, {reinterpret_cast<const char *>(integers.data()), integers.size() * sizeof(int64_t)});
}
Value keysOf(Builder &b, ArrayRef<StringRef> strings) {
  return stringConstant(b, static_cast<int64_t>(strings.size()), strings);
}

/// The keys in their order, and in `columns` where the value of each is: the last of equal ones counts.
template <typename Key>
Value sortedKeys(Builder &b, ArrayRef<Key> keys, SmallVectorImpl<int64_t> &columns) {
  std::map<Key, int64_t> sorted;
  for (auto [i, key] : llvm::enumerate(keys))
    sorted[key] = i;
  SmallVector<Key> order;
  for (auto &[key, column] : sorted) {
    order.push_back(key);
    columns.push_back(column);
  }
  return keysOf(b, order);
}

struct LowerZipMap : Lowering<onnx::MLZipMapOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MLZipMapOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX();
    if (cast<RankedTensorType>(x.getType()).getRank() == 1)
      x = splitDim(b, x, 0, {size(b, 1), dimOf(b, x, 0)});
    SmallVector<StringRef> strings = stringsOf(op.getClasslabelsStrings());
    ArrayRef<int64_t> integers = op.getClasslabelsInt64s().value_or(ArrayRef<int64_t>());
    SmallVector<int64_t> columns;
    Value keys =
        strings.empty() ? sortedKeys<int64_t>(b, integers, columns) : sortedKeys<StringRef>(b, strings, columns);
    int64_t given = strings.empty() ? integers.size() : strings.size();
    checkEqual(b, dimOf(b, x, 1), size(b, given), "expects a label for each column");
    Size rows = dimOf(b, x, 0), width = size(b, columns.size());
    if (!llvm::equal(columns, llvm::seq<int64_t>(given))) {
      Value places = indexTable(b, columns), all = x;
      x = fromIndices(b, {rows, width}, getElementTypeOrSelf(x),
                      [&](Builder &b, ValueRange at) { return extract(b, all, {at[0], extract(b, places, {at[1]})}); });
    }
    auto map = cast<onnx::MapType>(cast<onnx::SeqType>(op.getZ().getType()).getElement());
    Value handles =
        callRuntime(b, "zip_map",
                    {keys, x, number(b, onnx::getDataType(map.getKey())), number(b, onnx::getDataType(map.getValue()))},
                    rows, b.getI64Type());
    replace(rewriter, op, b, handles);
    return success();
  }
};

/// What a map holds, as vectors.
std::pair<Value, Value> unboxMap(Builder &b, Value map, onnx::MapType type) {
  auto part = [&](int64_t i, Type element) {
    Value handle = extract(b, map, asValue(b, size(b, i)));
    return unbox(b, handle, RankedTensorType::get(ShapedType::kDynamic, element));
  };
  return {part(0, type.getKey()), part(1, type.getValue())};
}

struct LowerDictVectorizer : Lowering<onnx::MLDictVectorizerOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MLDictVectorizerOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto [keys, values] = unboxMap(b, adaptor.getX(), cast<onnx::MapType>(op.getX().getType()));
    SmallVector<StringRef> strings = stringsOf(op.getStringVocabulary());
    Value vocabulary = strings.empty() ? keysOf(b, *op.getInt64Vocabulary()) : keysOf(b, strings);
    Value places = findAmong(b, vocabulary, keys), numbers = values;
    auto type = resultType(op);
    Type element = type.getElementType();
    Value row = fromIndices(b, sizes(b, type.getShape()), element, [&](Builder &b, ValueRange at) -> Value {
      Value place = extract(b, places, {at[1]});
      Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, place, integer(b, b.getI64Type(), 0));
      auto ifOp = scf::IfOp::create(
          b, isThere,
          [&](OpBuilder &nested, Location loc) {
            Builder b(loc, nested);
            Value index = arith::IndexCastOp::create(b, b.getIndexType(), place);
            scf::YieldOp::create(b, extract(b, numbers, {index}));
          },
          [&](OpBuilder &nested, Location loc) {
            Builder b(loc, nested);
            scf::YieldOp::create(b, scalar(b, element, 0));
          });
      return ifOp.getResult(0);
    });
    replace(rewriter, op, b, row);
    return success();
  }
};

struct LowerCastMap : Lowering<onnx::MLCastMapOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MLCastMapOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto [keys, values] = unboxMap(b, adaptor.getX(), cast<onnx::MapType>(op.getX().getType()));
    Type from = cast<onnx::MapType>(op.getX().getType()).getValue(), to = getElementTypeOrSelf(op.getY().getType());
    bool fromStrings = isa<onnx::StringType>(from), toStrings = isa<onnx::StringType>(to);
    Type element = resultType(op).getElementType();
    Size count = dimOf(b, keys, 0);
    checkEqual(b, count, dimOf(b, values, 0), "expects a value for each key");
    if (fromStrings != toStrings)
      values = callRuntime(b, fromStrings ? "string_parse" : "string_print", {values, number(b, 0)}, count, element);
    else if (!fromStrings)
      values = mapTensor(b, values, element,
                         [&](Builder &b, Value value) { return convertScalar(b, value, element, false, false); });
    bool isSparse = op.getMapForm() == "SPARSE";
    Value zero = scalar(b, element, 0), row = asValue(b, size(b, 0));
    Size width = isSparse ? size(b, op.getMaxMap()) : count;
    Value places = keys, numbers = values, one = integer(b, b.getI64Type(), 1), none = integer(b, b.getI64Type(), 0);
    auto compare = [](Builder &b, arith::CmpIPredicate predicate, Value x, Value y) -> Value {
      return arith::CmpIOp::create(b, predicate, x, y);
    };
    Value result =
        loop(b, count, filledTensor(b, {size(b, 1), width}, zero),
             [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
               // A key's place: the key itself, or how many are smaller.
               Value key = extract(b, places, {i}), place = key;
               if (isSparse)
                 check(b, compare(b, arith::CmpIPredicate::sge, key, none), "expects keys that are not negative");
               else
                 place = loop(b, count, none, [&](Builder &b, Value j, ValueRange smaller) -> SmallVector<Value> {
                           Value isSmaller = compare(b, arith::CmpIPredicate::slt, extract(b, places, {j}), key);
                           Value more = arith::AddIOp::create(b, smaller[0], one);
                           return {arith::SelectOp::create(b, isSmaller, more, smaller[0])};
                         }).front();
               Value column = arith::IndexCastOp::create(b, b.getIndexType(), place);
               Value fits = compare(b, arith::CmpIPredicate::ult, column, asValue(b, width));
               auto ifOp = scf::IfOp::create(
                   b, fits,
                   [&](OpBuilder &nested, Location loc) {
                     Builder b(loc, nested);
                     scf::YieldOp::create(b, insert(b, state[0], extract(b, numbers, {i}), {row, column}));
                   },
                   [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, state[0]); });
               return {ifOp.getResult(0)};
             })
            .front();
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addMaps(Patterns &patterns, Converter &converter) {
  patterns.add<LowerZipMap, LowerDictVectorizer, LowerCastMap>(converter, patterns.getContext());
}

} // namespace quern::lowering
