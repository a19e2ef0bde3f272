// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {

/// Dimension `dim` of `shape` when it is one of `rank` dimensions aligned at the end.
static std::optional<Size> aligned(ArrayRef<Size> shape, int64_t rank, int64_t dim) {
  int64_t at = dim - (rank - static_cast<int64_t>(shape.size()));
  return at < 0 ? std::nullopt : std::optional(shape[at]);
}

Sizes broadcastShapes(Builder &b, ArrayRef<Sizes> shapes) {
  int64_t rank = 0;
  for (const Sizes &shape : shapes)
    rank = std::max<int64_t>(rank, shape.size());
  Sizes result;
  for (int64_t dim : llvm::seq(rank)) {
    // A known size other than one decides; else the sizes are combined at run time.
    SmallVector<Size> candidates;
    std::optional<Size> decided;
    for (const Sizes &shape : shapes) {
      auto extent = aligned(shape, rank, dim);
      if (!extent || isKnown(*extent, 1))
        continue;
      if (known(*extent) && !decided)
        decided = *extent;
      if (llvm::none_of(candidates, [&](Size other) { return same(*extent, other); }))
        candidates.push_back(*extent);
    }
    Size one = size(b, 1);
    Size combined = decided.value_or(one);
    if (!decided)
      for (Size candidate : candidates)
        combined = isKnown(combined, 1) ? candidate : selectEqual(b, combined, one, candidate, combined);
    for (Size candidate : candidates) {
      if (same(candidate, combined))
        continue;
      auto equals = [&](Size lhs, Size rhs) -> Value {
        return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, asValue(b, lhs), asValue(b, rhs));
      };
      check(b, arith::OrIOp::create(b, equals(candidate, combined), equals(candidate, one)),
            "the sizes of the operands do not broadcast");
    }
    result.push_back(combined);
  }
  return result;
}

AffineMap broadcastMap(Builder &b, RankedTensorType tensor, ArrayRef<Size> shape) {
  int64_t rank = shape.size(), offset = rank - tensor.getRank();
  SmallVector<AffineExpr> exprs;
  for (auto [i, extent] : llvm::enumerate(tensor.getShape())) {
    bool broadcasts = extent == 1 && !isKnown(shape[offset + i], 1);
    exprs.push_back(broadcasts ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(offset + i));
  }
  return AffineMap::get(rank, 0, exprs, b.getContext());
}

/// A copy of `tensor` of the last dimensions of `shape`; ambiguous dimensions are indexed by 0 where they are one.
static Value expand(Builder &b, Value tensor, ArrayRef<Size> shape, ArrayRef<int64_t> ambiguous) {
  Sizes from = shapeOf(b, tensor);
  SmallVector<Value> isOne(from.size());
  for (int64_t dim : ambiguous)
    isOne[dim] = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, asValue(b, from[dim]), asValue(b, size(b, 1)));
  return fromIndices(b, shape, getElementTypeOrSelf(tensor), [&](Builder &b, ValueRange indices) -> Value {
    SmallVector<Value> source(indices);
    Value zero = arith::ConstantIndexOp::create(b, 0);
    for (auto [dim, condition] : llvm::enumerate(isOne)) {
      if (condition)
        source[dim] = arith::SelectOp::create(b, condition, zero, source[dim]);
      else if (isKnown(from[dim], 1))
        source[dim] = zero;
    }
    return extract(b, tensor, source);
  });
}

Value alignTo(Builder &b, Value tensor, ArrayRef<Size> shape) {
  Sizes from = shapeOf(b, tensor);
  Sizes target(shape.take_back(from.size()));
  SmallVector<int64_t> ambiguous;
  for (auto [dim, extent] : llvm::enumerate(from)) {
    if (isKnown(extent, 1))
      target[dim] = extent;
    else if (!same(extent, target[dim]))
      ambiguous.push_back(dim);
  }
  // A size may be known of the value that its type does not show; what is stretched is told by the type.
  if (ambiguous.empty())
    return castTo(b, tensor, RankedTensorType::get(staticShape(from), getElementTypeOrSelf(tensor)));
  Value equal;
  for (int64_t dim : ambiguous) {
    Value pair = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, asValue(b, from[dim]), asValue(b, target[dim]));
    equal = equal ? Value(arith::AndIOp::create(b, equal, pair)) : pair;
  }
  auto type = RankedTensorType::get(staticShape(target), getElementTypeOrSelf(tensor));
  auto choice = scf::IfOp::create(
      b, equal,
      [&](OpBuilder &nested, Location loc) {
        Builder inner(loc, nested);
        scf::YieldOp::create(inner, castTo(inner, tensor, type));
      },
      [&](OpBuilder &nested, Location loc) {
        Builder inner(loc, nested);
        scf::YieldOp::create(inner, castTo(inner, expand(inner, tensor, target, ambiguous), type));
      });
  return choice.getResult(0);
}

Value broadcastTo(Builder &b, Value tensor, ArrayRef<Size> shape) {
  Type element = getElementTypeOrSelf(tensor);
  Value source = alignTo(b, tensor, shape);
  SmallVector<AffineMap> maps = {broadcastMap(b, cast<RankedTensorType>(source.getType()), shape),
                                 b.getMultiDimIdentityMap(shape.size())};
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  return generic(b, source, emptyTensor(b, shape, element), maps, iterators,
                 [](Builder &, ValueRange args) -> SmallVector<Value> { return {args[0]}; })
      .front();
}

/// The one value of all elements of a constant, as an op outside the body can state it.
static Attribute splatOf(Value tensor) {
  DenseElementsAttr constant;
  if (!matchPattern(tensor, m_Constant(&constant)) || !constant.isSplat() ||
      !constant.getElementType().isIntOrIndexOrFloat())
    return {};
  return constant.getSplatValue<Attribute>();
}

/// Element by element, where all inputs are known as scalars.
static std::optional<SmallVector<Value>> pointwiseOnScalars(Builder &b, ValueRange inputs,
                                                            ArrayRef<RankedTensorType> resultTypes, Body body) {
  RankedTensorType shape = resultTypes.front();
  if (inputs.empty() || shape.getRank() > 1 || !shape.hasStaticShape() || !llvm::all_of(inputs, hasKnownScalars))
    return std::nullopt;
  SmallVector<SmallVector<Value>> scalars;
  for (Value input : inputs)
    scalars.push_back(*knownScalars(b, input));
  SmallVector<SmallVector<Value>> results(resultTypes.size());
  for (int64_t i : llvm::seq(shape.getNumElements())) {
    SmallVector<Value> args;
    for (auto &elements : scalars)
      args.push_back(elements[elements.size() == 1 ? 0 : i]);
    for (auto [at, value] : llvm::enumerate(body(b, args))) {
      // Fold now, so that what depends on it sees the constant.
      Value result = value;
      SmallVector<Value> folded;
      if (Operation *op = value.getDefiningOp(); op && succeeded(b.tryFold(op, folded)) && folded.size() == 1)
        result = folded.front();
      results[at].push_back(result);
    }
  }
  SmallVector<Value> tensors;
  for (auto [type, elements] : llvm::zip_equal(resultTypes, results))
    tensors.push_back(fromScalars(b, type, elements));
  return tensors;
}

SmallVector<Value> pointwise(Builder &b, ValueRange inputs, ArrayRef<RankedTensorType> resultTypes, Body body) {
  if (auto results = pointwiseOnScalars(b, inputs, resultTypes, body))
    return *results;

  // The inferred type may know sizes that the operands do not show: they must agree.
  SmallVector<Sizes> shapes;
  for (Value input : inputs)
    shapes.push_back(shapeOf(b, input));
  Sizes shape = broadcastShapes(b, shapes);
  for (auto [dim, extent] : llvm::enumerate(resultTypes.front().getShape())) {
    if (ShapedType::isDynamic(extent) || known(shape[dim]))
      continue;
    checkEqual(b, shape[dim], size(b, extent), "the size is not the one that the model declares");
    shape[dim] = size(b, extent);
  }

  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  SmallVector<Attribute> splats;
  for (Value input : inputs) {
    Attribute splat = inputs.size() > 1 ? splatOf(input) : Attribute();
    splats.push_back(splat);
    if (splat)
      continue;
    Value operand = alignTo(b, input, shape);
    operands.push_back(operand);
    maps.push_back(broadcastMap(b, cast<RankedTensorType>(operand.getType()), shape));
  }
  SmallVector<Value> inits;
  for (RankedTensorType type : resultTypes) {
    inits.push_back(emptyTensor(b, shape, type.getElementType()));
    maps.push_back(b.getMultiDimIdentityMap(shape.size()));
  }
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  SmallVector<Value> results = generic(b, operands, inits, maps, iterators, [&](Builder &b, ValueRange args) {
    SmallVector<Value> elements;
    for (Attribute splat : splats) {
      if (splat) {
        elements.push_back(arith::ConstantOp::create(b, cast<TypedAttr>(splat)));
      } else {
        elements.push_back(args.front());
        args = args.drop_front();
      }
    }
    return body(b, elements);
  });
  for (auto [result, type] : llvm::zip_equal(results, resultTypes))
    result = castTo(b, result, type);
  return results;
}

Value pointwise(Builder &b, ValueRange inputs, RankedTensorType resultType,
                function_ref<Value(Builder &, ValueRange)> body) {
  return pointwise(b, inputs, ArrayRef(resultType),
                   [&](Builder &b, ValueRange args) -> SmallVector<Value> { return {body(b, args)}; })
      .front();
}

} // namespace quern::lowering
