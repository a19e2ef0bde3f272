// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fourier transforms of known length as products with constant matrices: of the
// whole length where that is short, else of factors of the length (Cooley and Tukey),
// so that the fast transform is made of a few small contractions.

#include "DecomposeRules.h"

#include "quern/Dialect/ONNX/IR/ShapeValue.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {
namespace {

/// The elements of a whole transform's matrix, at most: where the length has factors of at most kMaxFactor, and where
/// not.
constexpr int64_t kMaxMatrix = int64_t(1) << 20, kMaxUnsplitMatrix = int64_t(1) << 22;
constexpr int64_t kMaxFactor = 128;
/// Beyond, the constants of the factors would be larger than most models.
constexpr int64_t kMaxLength = int64_t(1) << 22;
/// What is left of a length when it is not split any further.
constexpr int64_t kMaxLeaf = 256;

/// A transform along one axis of its length `n`: y[k] = scale * sum over j of x[j] e^(sign 2 pi i j k / n).
struct Transform {
  int64_t n;
  double sign; ///< -1, or 1 for the inverse
  double scale = 1;
};

Term constantOf(Formula &f, ArrayRef<int64_t> shape, Type real, ArrayRef<double> values) {
  auto type = RankedTensorType::get(shape, real);
  if (real.isF64())
    return f.constant(DenseElementsAttr::get(type, values));
  SmallVector<float> narrow(values.begin(), values.end());
  return f.constant(DenseElementsAttr::get(type, ArrayRef<float>(narrow)));
}

/// The angle 2 pi i / n, exact for any i.
double angleOf(int64_t i, int64_t n) { return 2 * M_PI * static_cast<double>(i % n) / static_cast<double>(n); }

/// The matrix of (real, imaginary) parts: [rows * inParts, columns * 2].
Term matrixOf(Formula &f, const Transform &t, int64_t rows, int64_t inParts, int64_t columns, Type real) {
  SmallVector<double> values(rows * inParts * columns * 2);
  for (int64_t j = 0; j < rows; ++j)
    for (int64_t k = 0; k < columns; ++k) {
      double c = t.scale * std::cos(angleOf(j * k, t.n)), s = t.scale * t.sign * std::sin(angleOf(j * k, t.n));
      double *at = &values[(j * inParts * columns + k) * 2];
      at[0] = c, at[1] = s;
      if (inParts == 2)
        at[columns * 2] = -s, at[columns * 2 + 1] = c;
    }
  return constantOf(f, {rows * inParts, columns * 2}, real, values);
}

/// [n, 2] to n real numbers, from the first half of a spectrum that is symmetric: [rows * inParts, n].
Term realMatrixOf(Formula &f, const Transform &t, int64_t rows, int64_t inParts, Type real) {
  SmallVector<double> values(rows * inParts * t.n);
  for (int64_t k = 0; k < rows; ++k)
    for (int64_t j = 0; j < t.n; ++j) {
      bool isAlone = k == 0 || 2 * k == t.n;
      double weight = t.scale * (isAlone ? 1 : 2);
      values[k * inParts * t.n + j] = weight * std::cos(angleOf(j * k, t.n));
      if (inParts == 2)
        values[(k * inParts + 1) * t.n + j] = isAlone ? 0 : -weight * t.sign * std::sin(angleOf(j * k, t.n));
    }
  return constantOf(f, {rows * inParts, t.n}, real, values);
}

/// x with its last `count` dimensions made `sizes`.
Term reshapeLast(Term x, int64_t count, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> shape(x.rank() - count, 0);
  llvm::append_range(shape, sizes);
  return reshape(x, shape);
}

/// x with the dimensions before its last exchanged: [.., a, b, c] to [.., b, a, c].
Term exchange(Term x) {
  SmallVector<int64_t> perm = axesFrom(0, x.rank());
  std::swap(perm[x.rank() - 3], perm[x.rank() - 2]);
  return transpose(x, perm);
}

/// The largest factor of n up to `limit`.
int64_t factorOf(int64_t n, int64_t limit) {
  for (int64_t factor = std::min(n, limit); factor > 1; --factor)
    if (n % factor == 0)
      return factor;
  return 1;
}

/// True where factors of at most kMaxFactor leave a length that one matrix can transform.
bool canSplit(int64_t n) {
  if (n > kMaxLength)
    return false;
  while (n > kMaxLeaf) {
    int64_t factor = factorOf(n, kMaxFactor);
    if (factor == 1)
      return false;
    n /= factor;
  }
  return true;
}

/// All of the transform of [.., n, parts], as [.., n, 2].
Term transform(Term x, const Transform &t, Type real) {
  Formula &f = *x.formula;
  int64_t parts = x.size(-1);
  if (t.n <= kMaxLeaf)
    return reshapeLast(matmul(reshapeLast(x, 2, {t.n * parts}), matrixOf(f, t, t.n, parts, t.n, real)), 1, {t.n, 2});
  // x[j1 n2 + j2], y[k1 + n1 k2]: transforms over j1, factors e^(2 pi i j2 k1 / n), transforms over j2.
  int64_t n1 = factorOf(t.n, kMaxFactor), n2 = t.n / n1;
  Term columns = exchange(reshapeLast(x, 2, {n1, n2, parts}));
  Term first = transform(columns, {n1, t.sign, t.scale}, real); // [.., n2, n1, 2]
  SmallVector<double> cosines, sines;
  for (int64_t j = 0; j < n2; ++j)
    for (int64_t k = 0; k < n1; ++k) {
      double s = t.sign * std::sin(angleOf(j * k, t.n));
      cosines.push_back(std::cos(angleOf(j * k, t.n)));
      sines.append({-s, s});
    }
  Term exchanged = gather(first, f.integers({1, 0}), first.rank() - 1);
  Term turned = first * constantOf(f, {n2, n1, 1}, real, cosines) + exchanged * constantOf(f, {n2, n1, 2}, real, sines);
  Term second = transform(exchange(turned), {n2, t.sign}, real); // [.., n1, n2, 2]
  return reshapeLast(exchange(second), 3, {t.n, 2});
}

/// The first `count` elements along an axis, with zeros after the last where there are fewer.
Term fit(Term x, int64_t axis, int64_t count) {
  Formula &f = *x.formula;
  if (x.size(axis) == count)
    return x;
  Term cut = slice(x, {0}, {count}, {axis});
  if (cut.size(axis) != count) {
    Term missing = f.integers({count}) - shapeOf(cut, axis, axis + 1);
    Term pads = concat({f.integers({0}), missing}, 0);
    cut = f.node<PadOp>({cut.value, pads.value, Value(), f.integers({axis}).value});
  }
  SmallVector<int64_t> shape(cut.rank(), 0);
  shape[axis] = count;
  return cut.size(axis) == count ? cut : reshape(cut, shape);
}

std::optional<int64_t> knownNumber(Value value) {
  auto known = getKnownIntegers(value);
  return known && known->size() == 1 ? std::optional(known->front()) : std::nullopt;
}

/// A number in a tensor of rank 0 or 1, as i64 in one of rank `rank`.
Term numberOf(Formula &f, Value value, int64_t rank) {
  Term number = convert(f(value), f.builder.getI64Type());
  return rank == 0 ? reshape(number, ArrayRef<int64_t>()) : reshape(number, {1});
}

Type computedIn(Formula &f, Type element) { return element.isF64() ? element : f.builder.getF32Type(); }

//===--- Rules ------------------------------------------------------------===//

/// Of known length, along a known axis.
Answer transformAlong(DFTOp op, Formula &f) {
  Term x = f(op.getInput());
  if (!x.ranked() || x.rank() < 2)
    return Answer::no("expects a known rank");
  std::optional<int64_t> axis = op.getAxis() ? knownNumber(op.getAxis()) : -2;
  if (!axis)
    return Answer::no("expects a known axis");
  int64_t rank = x.rank(), along = *axis < 0 ? *axis + rank : *axis;
  bool isReal = op.getInverse() && op.getOnesided();
  std::optional<int64_t> length;
  if (op.getDftLength())
    length = knownNumber(op.getDftLength());
  else if (!ShapedType::isDynamic(x.size(along)))
    length = isReal ? 2 * (x.size(along) - 1) : x.size(along);
  if (!length || *length < 1 || along < 0 || along >= rank - 1)
    return Answer::no("expects a known length");
  Transform t{*length, op.getInverse() ? 1.0 : -1.0, op.getInverse() ? 1.0 / *length : 1.0};
  int64_t half = t.n / 2 + 1, rows = isReal ? half : t.n, columns = op.getOnesided() && !isReal ? half : t.n;
  bool splits = canSplit(t.n);
  bool isWhole = t.n <= (splits ? kMaxMatrix : kMaxUnsplitMatrix) / 4 / (isReal ? rows : columns);
  if (!isWhole && !splits)
    return Answer::no("expects a length that factors");

  Type real = computedIn(f, x.element());
  Term y = convert(x, real);
  if (ShapedType::isDynamic(y.size(rank - 1)))
    y = fit(y, rank - 1, 2);
  int64_t parts = y.size(rank - 1);
  if (parts < 1 || parts > 2)
    return Answer::no("expects 1 or 2 parts in the last dimension");
  // The axis last but one; no zeros where the matrix can be cut instead.
  SmallVector<int64_t> perm;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != along && dim != rank - 1)
      perm.push_back(dim);
  perm.append({along, rank - 1});
  y = transpose(y, perm);
  int64_t have = y.size(rank - 2);
  if (isWhole && !ShapedType::isDynamic(have) && have < rows)
    rows = have;
  y = fit(y, rank - 2, rows);

  if (isWhole) {
    Term flat = reshapeLast(y, 2, {rows * parts});
    Term matrix = isReal ? realMatrixOf(f, t, rows, parts, real) : matrixOf(f, t, rows, parts, columns, real);
    y = reshapeLast(matmul(flat, matrix), 1, {columns, isReal ? 1 : 2});
  } else {
    if (isReal) {
      // The other half is the first one's mirror image, conjugated.
      if (parts == 1)
        y = fit(y, rank - 1, 2);
      SmallVector<int64_t> mirrored;
      for (int64_t k = half; k < t.n; ++k)
        mirrored.push_back(t.n - k);
      Term conjugate =
          f.constant(DenseElementsAttr::get(RankedTensorType::get({2}, f.builder.getF32Type()), {1.0f, -1.0f}));
      Term others = gather(y, f.integers(mirrored), rank - 2) * convert(conjugate, real);
      y = concat({y, others}, rank - 2);
    }
    y = transform(y, t, real);
    y = fit(fit(y, rank - 2, columns), rank - 1, isReal ? 1 : 2);
  }
  SmallVector<int64_t> back(rank);
  for (auto [to, from] : llvm::enumerate(perm))
    back[from] = to;
  return convert(transpose(y, back), x.element());
}

/// Along an axis that only the run knows: [before, axis, after, parts] has it at 1.
Answer transformAlongAny(DFTOp op, Formula &f) {
  Term x = f(op.getInput());
  if (!x.ranked() || !op.getAxis() || knownNumber(op.getAxis()))
    return Answer::no("expects an axis that is not known, and a known rank");
  int64_t rank = x.rank();
  Term axis = numberOf(f, op.getAxis(), 1), sizes = shapeOf(x);
  axis = select(axis < 0, axis + static_cast<double>(rank), axis);
  Term dims = f.integers(axesFrom(0, rank)), one = f.integers({1});
  Term last = f.integers({rank - 1});
  auto count = [&](Term condition) {
    Term chosen = select(condition, sizes, one);
    return f.node<ReduceProdOp>({chosen.value, f.integers({0}).value}, {f.attr("keepdims", int64_t(1))});
  };
  Term before = count(dims < axis), length = gather(sizes, axis, 0), after = count(dims > axis && dims < last);
  Term canonical = reshape(x, concat({before, length, after, shapeOf(x, rank - 1, rank)}, 0));
  // The result's sizes there, for those of the result as it was.
  Term y = f.node<DFTOp>({canonical.value, op.getDftLength(), f.number(1, f.builder.getI64Type()).value},
                         {f.attr("inverse", op.getInverse()), f.attr("onesided", op.getOnesided())});
  Term shape = select(dims == axis, shapeOf(y, 1, 2), select(dims == last, shapeOf(y, 3, 4), sizes));
  return reshape(y, shape);
}

/// The DFT of frames times a window.
Answer shortTime(STFTOp op, Formula &f) {
  Term x = f(op.getSignal());
  if (!x.ranked() || x.rank() != 3)
    return Answer::no("expects a known rank");
  Type i64 = f.builder.getI64Type();
  Term signalLength = reshape(shapeOf(x, 1, 2), ArrayRef<int64_t>());
  Term step = numberOf(f, op.getFrameStep(), 0), length = signalLength;
  if (op.getFrameLength())
    length = numberOf(f, op.getFrameLength(), 0);
  else if (op.getWindow())
    length = reshape(shapeOf(f(op.getWindow()), 0, 1), ArrayRef<int64_t>());
  Term count = (signalLength - length) / step + f.number(1, i64);
  Term frames = gather(x, unsqueeze(range(count) * step, {1}) + unsqueeze(range(length), {0}), 1);
  if (op.getWindow())
    frames = frames * unsqueeze(f(op.getWindow()), {1});
  return f.node<DFTOp>({frames.value, Value(), f.number(2, i64).value}, {f.attr("onesided", op.getOnesided())});
}

/// Triangles between points that are equally far apart on the mel scale, 2595 log10(1 + f / 700).
Answer melWeights(MelWeightMatrixOp op, Formula &f) {
  Type i64 = f.builder.getI64Type(), f64 = f.builder.getF64Type(),
       element = getElementType(op.getContext(), op.getOutputDatatype());
  if (!element || !element.isIntOrFloat())
    return Answer::no("expects an output_datatype of numbers");
  auto real = [&](Value value) { return reshape(convert(f(value), f64), ArrayRef<int64_t>()); };
  const double perMel = M_LN10 / 2595;
  auto melOf = [&](Value hertz) { return log(1.0 + real(hertz) / 700) / perMel; };
  Term bins = numberOf(f, op.getNumMelBins(), 0), low = melOf(op.getLowerEdgeHertz());
  Term step = (melOf(op.getUpperEdgeHertz()) - low) / (convert(bins, f64) + 2.0);
  Term column = convert(range(bins), f64);
  // Of the spectrum's bins, where the triangle of a column starts, peaks and ends.
  auto point = [&](double i) {
    Term hertz = (exp(((column + i) * step + low) * perMel) - 1.0) * 700;
    Term at = (real(op.getDftLength()) + 1.0) * hertz / real(op.getSampleRate());
    return unsqueeze(f.node<FloorOp>({at.value}), {0});
  };
  Term left = point(0), center = point(1), right = point(2);
  Term two = f.number(2, i64), rows = numberOf(f, op.getDftLength(), 0) / two + f.number(1, i64);
  Term row = unsqueeze(convert(range(rows), f64), {1});
  Term zero = f.number(0, f64), one = f.number(1, f64);
  Term rising = select(center == left, select(row == center, one, zero),
                       select(row >= left && center >= row, (row - left) / max(center - left, one), zero));
  Term falls = row >= center && right > row;
  return convert(select(falls, (right - row) / max(right - center, one), rising), element);
}

} // namespace

void addSpectrumRules(Rules &rules) {
  rules.addForm([](DFTOp op, Formula &f) -> Answer { return transformAlong(op, f); });
  rules.addForm([](DFTOp op, Formula &f) -> Answer { return transformAlongAny(op, f); });
  rules.add([](STFTOp op, Formula &f) -> Answer { return shortTime(op, f); });
  rules.add([](MelWeightMatrixOp op, Formula &f) -> Answer { return melWeights(op, f); });
}

} // namespace quern::onnx
