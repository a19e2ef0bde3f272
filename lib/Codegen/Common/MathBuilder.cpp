// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementary functions as straight-line arithmetic. Coefficients are Chebyshev
// interpolations computed with 60 digits; errors stand beside them.

#include "MathBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;

namespace quern {

MathBuilder::MathBuilder(OpBuilder &builder, Location loc, Type like, bool fma)
    : b_(loc, builder), like(like), element(cast<FloatType>(getElementTypeOrSelf(like))), fma(fma) {}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Type MathBuilder::shaped(Type type) const {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? Type(vector.clone(type)) : type;
}

Value MathBuilder::constant(double value) {
  TypedAttr attr = b_.getFloatAttr(element, value);
  Type type = shaped(element);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(b_, type, attr);
}

Value MathBuilder::integer(int64_t value) {
  Type type = bits();
  TypedAttr attr = b_.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(b_, type, attr);
}

Value MathBuilder::madd(Value a, Value b, Value c) {
  if (fma)
    return math::FmaOp::create(b_, a, b, c);
  return add(mul(a, b), c);
}

Value MathBuilder::abs(Value a) { return math::AbsFOp::create(b_, a); }
Value MathBuilder::sqrt(Value a) { return math::SqrtOp::create(b_, a); }
Value MathBuilder::floor(Value a) { return math::FloorOp::create(b_, a); }
Value MathBuilder::truncate(Value a) { return math::TruncOp::create(b_, a); }
// LLVM makes one copysign of an f64 one and the conversions to f16 after it, and that calls compiler-rt.
Value MathBuilder::withSignOf(Value magnitude, Value sign) {
  if (!isDouble())
    return math::CopySignOp::create(b_, magnitude, sign);
  Value isNegative = arith::CmpIOp::create(b_, arith::CmpIPredicate::slt, asBits(sign), integer(0));
  return select(isNegative, arith::NegFOp::create(b_, magnitude), magnitude);
}

Value MathBuilder::polynomial(Value x, ArrayRef<double> coefficients) {
  Value result = constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = madd(result, x, constant(coefficient));
  return result;
}

Value MathBuilder::toDouble(Value a) {
  element = b_.getF64Type();
  return arith::ExtFOp::create(b_, shaped(element), a);
}

Value MathBuilder::toFloat(Value a) {
  element = b_.getF32Type();
  return arith::TruncFOp::create(b_, shaped(element), a);
}

//===----------------------------------------------------------------------===//
// exp, log
//===----------------------------------------------------------------------===//

Value MathBuilder::powerOfTwo(Value integral) {
  // The float n + 1.5 * 2^m has n in its low bits.
  double magic = isDouble() ? 6755399441055744.0 : 12582912.0;
  Value n = asBits(add(integral, constant(magic)));
  int64_t mantissa = isDouble() ? 52 : 23, bias = isDouble() ? 1023 : 127;
  Value biased = arith::AddIOp::create(b_, n, integer(bias));
  return fromBits(arith::ShLIOp::create(b_, biased, integer(mantissa)));
}

// exp(x) = 2^n * exp(r), r = x - n log 2, |r| <= log(2) / 2; exp(r) = 1 + r + r^2 / 2 + r^3 p(r)
Value MathBuilder::exp(Value x) {
  static constexpr double single[] = {0.166666294, 0.0416666201, 0.00835768059, 0.00139193139}; // 4e-7 r^3
  static constexpr double twice[] = {0.16666666666666667,   0.041666666666650099,   0.0083333333333320592,
                                     0.0013888888906916629, 0.00019841269855134627, 2.4801534341237886e-5,
                                     2.7557278492467267e-6, 2.7614931875440475e-7,  2.5096419841721359e-8}; // 7e-16 r^3
  double lowest = isDouble() ? -745.2 : -104.0, highest = isDouble() ? 709.8 : 88.8;
  // Below, the result is exactly 0, without slow arithmetic on denormals; a NaN stays.
  Value tiny = less(x, constant(lowest)), huge = greater(x, constant(highest));
  Value clamped = select(tiny, constant(0), select(huge, constant(highest), x));
  Value n = math::RoundEvenOp::create(b_, mul(clamped, constant(1.44269504088896340736)));
  Value r = madd(n, constant(isDouble() ? -6.93147180369123816490e-01 : -0.693359375), clamped);
  r = madd(n, constant(isDouble() ? -1.90821492927058770002e-10 : 2.12194440e-4), r);
  Value tail = madd(r, polynomial(r, isDouble() ? ArrayRef(twice) : ArrayRef(single)), constant(0.5));
  Value power = add(madd(mul(r, r), tail, r), constant(1));
  // 2^n in two factors: n may be outside the exponents on its own.
  Value half = floor(mul(n, constant(0.5)));
  Value result = mul(mul(power, powerOfTwo(half)), powerOfTwo(sub(n, half)));
  result = select(tiny, constant(0), result);
  return select(huge, constant(std::numeric_limits<double>::infinity()), result);
}

// log(2^e m) = e log 2 + 2 atanh(s), s = (m - 1) / (m + 1), m in [sqrt(1/2), sqrt 2]
Value MathBuilder::log(Value x) {
  static constexpr double single[] = {0.666666862, 0.39988319, 0.296006911}; // 2e-7 s^3
  static constexpr double twice[] = {0.66666666666666666, 0.4000000000000101,  0.28571428570723249,
                                     0.22222222409750114, 0.18181793732111754, 0.15386342449645144,
                                     0.13266048812203002, 0.13114834869597498}; // 3e-18 s^3
  int64_t mantissa = isDouble() ? 52 : 23;
  double smallest = isDouble() ? 0x1p-1022 : 0x1p-126, scale = isDouble() ? 0x1p54 : 0x1p25;
  Value denormal = less(x, constant(smallest));
  Value scaled = select(denormal, mul(x, constant(scale)), x);
  // Subtracting sqrt(1/2)'s bits moves the exponent's step to there.
  Value root = integer(isDouble() ? 0x3FE6A09E667F3BCD : 0x3F3504F3);
  Value offset = arith::SubIOp::create(b_, asBits(scaled), root);
  Value shift = integer(mantissa);
  Value exponent = arith::ShRSIOp::create(b_, offset, shift);
  Value m = fromBits(arith::SubIOp::create(b_, asBits(scaled), arith::ShLIOp::create(b_, exponent, shift)));
  Value e = arith::SIToFPOp::create(b_, shaped(element), exponent);
  e = select(denormal, sub(e, constant(isDouble() ? 54 : 25)), e);
  Value f = sub(m, constant(1));
  Value s = div(f, add(m, constant(1)));
  Value z = mul(s, s);
  // 2 atanh(s) = 2 s + s^3 p(s^2) = f - s (f - s^2 p(s^2))
  Value p = mul(z, polynomial(z, isDouble() ? ArrayRef(twice) : ArrayRef(single)));
  Value low = madd(e, constant(isDouble() ? 1.90821492927058770002e-10 : -2.12194440e-4), mul(s, sub(p, f)));
  Value result = add(madd(e, constant(isDouble() ? 6.93147180369123816490e-01 : 0.693359375), f), low);
  double inf = std::numeric_limits<double>::infinity();
  result = select(equal(x, constant(inf)), x, result);
  result = select(less(x, constant(0)), constant(std::numeric_limits<double>::quiet_NaN()), result);
  result = select(equal(x, constant(0)), constant(-inf), result);
  return select(isNaN(x), x, result);
}

// log(1 + x) = log(u) x / (u - 1), u = 1 + x rounded
Value MathBuilder::log1p(Value x) {
  Value u = add(x, constant(1));
  Value logarithm = log(u);
  Value exact = equal(u, constant(1));
  Value big = equal(u, x); // infinite, or nothing was lost
  Value corrected = mul(logarithm, div(x, sub(u, constant(1))));
  Value pole = equal(x, constant(-1));
  return select(exact, x, select(arith::OrIOp::create(b_, big, pole), logarithm, corrected));
}

// exp(x) - 1 = (u - 1) x / log(u), u = exp(x) rounded
Value MathBuilder::expm1(Value x) {
  Value u = exp(x);
  Value difference = sub(u, constant(1));
  Value corrected = div(mul(difference, x), log(u));
  corrected = select(equal(u, constant(1)), x, corrected);
  Value far = greater(abs(x), constant(40));
  return select(far, difference, corrected);
}

//===----------------------------------------------------------------------===//
// Hyperbolic functions
//===----------------------------------------------------------------------===//

Value MathBuilder::tanh(Value x) {
  Value a = abs(x);
  Value result;
  if (isDouble()) {
    // tanh(a) = t / (t + 2), t = exp(2 a) - 1
    Value bounded = select(greater(a, constant(20)), constant(20), a);
    Value t = expm1(add(bounded, bounded));
    result = div(t, add(t, constant(2)));
  } else {
    static constexpr double near[] = {-0.333333284, 0.133327188, -0.0538432632, 0.0209613291, -0.0060451651}; // 5e-8
    Value z = mul(x, x);
    Value small = madd(mul(a, z), polynomial(z, near), a);
    // 1 - 2 / (exp(2 a) + 1); exp overflows to infinity, which gives 1.
    Value large = sub(constant(1), div(constant(2), add(exp(add(a, a)), constant(1))));
    result = select(less(a, constant(0.625)), small, large);
  }
  result = select(isNaN(x), x, result);
  return withSignOf(result, x);
}

Value MathBuilder::sinh(Value x) {
  Value t = expm1(abs(x));
  Value fraction = div(t, add(t, constant(1)));
  fraction = select(greater(t, constant(1e30)), constant(1), fraction);
  return withSignOf(mul(constant(0.5), add(t, fraction)), x);
}

Value MathBuilder::cosh(Value x) {
  Value e = exp(abs(x));
  return mul(constant(0.5), add(e, div(constant(1), e)));
}

// log(a + sqrt(a^2 + 1)) without cancellation
Value MathBuilder::asinh(Value x) {
  Value a = abs(x), square = mul(a, a);
  Value near = log1p(add(a, div(square, add(constant(1), sqrt(add(square, constant(1)))))));
  Value far = add(log(a), constant(0.69314718055994530942));
  return withSignOf(select(greater(a, constant(1e15)), far, near), x);
}

// log(x + sqrt(x^2 - 1)), with t = x - 1
Value MathBuilder::acosh(Value x) {
  Value t = sub(x, constant(1));
  Value near = log1p(add(t, sqrt(madd(t, t, add(t, t)))));
  Value far = add(log(x), constant(0.69314718055994530942));
  Value result = select(greater(x, constant(1e15)), far, near);
  return select(less(x, constant(1)), constant(std::numeric_limits<double>::quiet_NaN()), result);
}

Value MathBuilder::atanh(Value x) {
  Value a = abs(x);
  return withSignOf(mul(constant(0.5), log1p(div(add(a, a), sub(constant(1), a)))), x);
}

//===----------------------------------------------------------------------===//
// Trigonometric functions
//===----------------------------------------------------------------------===//

void MathBuilder::reduceAngle(Value x, Value &sine, Value &cosine, Value &quadrant) {
  static constexpr double sin[] = {-0.16666666666666667,   0.0083333333333333313,  -0.00019841269841264568,
                                   2.7557319218956732e-6,  -2.5052106100926673e-8, 1.6058510979535351e-10,
                                   -7.5854925078212398e-13}; // 1e-20 r^3
  static constexpr double cos[] = {0.041666666666666667,   -0.0013888888888888888, 2.480158730158437e-5,
                                   -2.7557319221190199e-7, 2.0876755717957294e-9,  -1.147044941240971e-11,
                                   4.745202155702359e-14}; // 7e-22 r^4
  // x = n pi/2 + r; pi/2 in three parts of 33, 33 and 53 bits.
  Value n = math::RoundEvenOp::create(b_, mul(x, constant(6.36619772367581382433e-01)));
  Value r = madd(n, constant(-1.57079632673412561417e+00), x);
  r = madd(n, constant(-6.07710050630396597660e-11), r);
  r = madd(n, constant(-2.02226624879595063154e-21), r);
  // An angle beyond 2^53 has no digits left: any answer is as good, but it is a sine.
  r = select(greater(abs(r), constant(1)), constant(0), r);
  Value z = mul(r, r);
  sine = madd(mul(r, z), polynomial(z, sin), r);
  cosine = madd(mul(z, z), polynomial(z, cos), madd(z, constant(-0.5), constant(1)));
  quadrant = asBits(add(n, constant(6755399441055744.0)));
}

Value MathBuilder::sin(Value x) {
  Value sine, cosine, quadrant;
  reduceAngle(x, sine, cosine, quadrant);
  auto bit = [&](int64_t mask) {
    return arith::CmpIOp::create(b_, arith::CmpIPredicate::ne, arith::AndIOp::create(b_, quadrant, integer(mask)),
                                 integer(0));
  };
  Value result = select(bit(1), cosine, sine);
  return select(bit(2), neg(result), result);
}

Value MathBuilder::cos(Value x) {
  Value sine, cosine, quadrant;
  reduceAngle(x, sine, cosine, quadrant);
  quadrant = arith::AddIOp::create(b_, quadrant, integer(1));
  auto bit = [&](int64_t mask) {
    return arith::CmpIOp::create(b_, arith::CmpIPredicate::ne, arith::AndIOp::create(b_, quadrant, integer(mask)),
                                 integer(0));
  };
  Value result = select(bit(1), cosine, sine);
  return select(bit(2), neg(result), result);
}

Value MathBuilder::tan(Value x) {
  Value sine, cosine, quadrant;
  reduceAngle(x, sine, cosine, quadrant);
  Value odd =
      arith::CmpIOp::create(b_, arith::CmpIPredicate::ne, arith::AndIOp::create(b_, quadrant, integer(1)), integer(0));
  return div(select(odd, neg(cosine), sine), select(odd, sine, cosine));
}

Value MathBuilder::atan(Value x) {
  static constexpr double p[] = {-0.33333333333333329,  0.19999999999994624,   -0.14285714284481354,
                                 0.11111111000512126,   -0.090909039850883369, 0.076921695524747548,
                                 -0.066643212641778073, 0.058565132983211319,  -0.050769758261098085,
                                 0.038989279852186308,  -0.018882987965693}; // 4e-17 z^3
  constexpr double halfPi = 1.57079632679489661923, quarterPi = 0.78539816339744830962;
  // Over 1 by the reciprocal, over tan(pi/8) by a turn of pi/4.
  Value a = abs(x);
  Value inverse = greater(a, constant(1));
  Value b = select(inverse, div(constant(1), a), a);
  Value turned = greater(b, constant(0.41421356237309503));
  Value c = select(turned, div(sub(b, constant(1)), add(b, constant(1))), b);
  Value z = mul(c, c);
  Value angle = madd(mul(c, z), polynomial(z, p), c);
  angle = add(angle, select(turned, constant(quarterPi), constant(0)));
  angle = select(inverse, sub(constant(halfPi), angle), angle);
  return withSignOf(select(isNaN(x), x, angle), x);
}

Value MathBuilder::atan2(Value y, Value x) {
  constexpr double pi = 3.14159265358979323846;
  Value ax = abs(x), ay = abs(y);
  // atan of the smaller over the larger; two zeros or two infinities are as equal ones.
  Value steep = greater(ay, ax);
  Value high = select(steep, ay, ax), low = select(steep, ax, ay);
  Value ratio = div(low, high);
  ratio = select(equal(high, constant(0)), constant(0), ratio);
  Value bothInfinite = equal(low, constant(std::numeric_limits<double>::infinity()));
  ratio = select(bothInfinite, constant(1), ratio);
  Value angle = atan(ratio);
  angle = select(steep, sub(constant(pi / 2), angle), angle);
  Value signBit = arith::CmpIOp::create(b_, arith::CmpIPredicate::slt, asBits(x), integer(0));
  angle = select(signBit, sub(constant(pi), angle), angle);
  return withSignOf(select(isNaN(add(x, y)), select(isNaN(x), x, select(isNaN(y), y, angle)), angle), y);
}

Value MathBuilder::asin(Value x) {
  Value cosine = sqrt(mul(sub(constant(1), x), add(constant(1), x)));
  return atan(div(x, cosine));
}

Value MathBuilder::acos(Value x) {
  Value half = atan(sqrt(div(sub(constant(1), x), add(constant(1), x))));
  return add(half, half);
}

//===----------------------------------------------------------------------===//
// erf, powers, rounding
//===----------------------------------------------------------------------===//

Value MathBuilder::erf(Value x) {
  if (isDouble()) {
    static constexpr double p[] = {1.1283791670955126,     -0.37612638903183748,   0.11283791670954879,
                                   -0.026866170645076793,  0.0052239776248180145,  -0.00085483269808337899,
                                   0.00012055331111642711, -1.4925595266831182e-5, 1.6461000484121368e-6,
                                   -1.6350312701054695e-7, 1.4659775274047436e-8,  -1.1372848856791674e-9,
                                   5.9571761477489114e-11}; // 1e-19
    Value z = mul(x, x);
    Value near = mul(x, polynomial(z, p));
    Value far = sub(constant(1), erfc(x));
    return select(less(abs(x), constant(1)), near, far);
  }
  // Two polynomials: x p(x^2) below 0.93, 1 - exp(-t - t q(t)) above.
  Value t = abs(x), z = mul(x, x);
  static constexpr double near[] = {1.28379166e-1,  -3.76125336e-1, 1.12819925e-1,
                                    -2.67681349e-2, 4.99119423e-3,  -5.96761703e-4};
  static constexpr double far[] = {-1.28717512e-1, -6.34846687e-1, -1.06777877e-1, 2.42546219e-2,
                                   -3.88396438e-3, 3.83197126e-4,  -1.72853470e-5};
  Value small = madd(polynomial(z, near), x, x);
  Value bounded = select(greater(t, constant(4)), constant(4), t);
  Value exponent = sub(mul(polynomial(bounded, far), bounded), bounded);
  Value large = withSignOf(sub(constant(1), exp(exponent)), x);
  Value result = select(greater(t, constant(0.927734375)), large, small);
  return select(isNaN(x), x, result);
}

// erfc(a) = exp(-a^2) / (1 + 2 a) p(t), t = (a - 3.75) / (a + 3.75); erfc(-a) = 2 - erfc(a)
Value MathBuilder::erfc(Value x) {
  static constexpr double p[] = {
      1.2375126308378276,     -0.14024059858554712,   0.0035854154854683692,  0.082276738490154258,
      -0.10880393014195096,   0.092304321160290528,   -0.058693398585571301,  0.028362277417862971,
      -0.0097465796005039798, 0.0017556258773824151,  0.00029371392967206749, -0.00029015426519414026,
      5.1648046345582828e-5,  2.2384992304177621e-5,  -1.1441348252837598e-5, -9.7541603424074348e-7,
      1.7466045843309397e-6,  -5.4371797672893007e-8, -2.5260015997717306e-7, 2.06027072472473e-8,
      3.3968279490660587e-8,  -2.3545469485181069e-9, -3.0481569203948089e-9}; // 4e-17
  Value a = abs(x);
  a = select(greater(a, constant(30)), constant(30), a);
  Value t = div(sub(a, constant(3.75)), add(a, constant(3.75)));
  Value scaled = div(polynomial(t, p), madd(constant(2), a, constant(1)));
  Value positive = mul(exp(neg(mul(a, a))), scaled);
  Value result = select(less(x, constant(0)), sub(constant(2), positive), positive);
  return select(isNaN(x), x, result);
}

Value MathBuilder::cbrt(Value x) {
  Value a = abs(x);
  Value root = exp(mul(log(a), constant(1.0 / 3.0)));
  // One step of Newton's method.
  Value better = sub(root, div(sub(root, div(a, mul(root, root))), constant(3)));
  Value plain =
      arith::OrIOp::create(b_, equal(a, constant(0)), equal(a, constant(std::numeric_limits<double>::infinity())));
  return withSignOf(select(plain, a, better), x);
}

// exp(y log |x|), with C's rules for signs and special values
Value MathBuilder::pow(Value x, Value y) {
  double inf = std::numeric_limits<double>::infinity();
  Value one = constant(1), zero = constant(0);
  Value magnitude = exp(mul(y, log(abs(x))));
  Value halfY = mul(y, constant(0.5));
  Value integral = equal(floor(y), y);
  Value even = equal(floor(halfY), halfY);
  Value negative = arith::CmpIOp::create(b_, arith::CmpIPredicate::slt, asBits(x), integer(0));
  Value flips = arith::AndIOp::create(
      b_, negative, arith::AndIOp::create(b_, integral, arith::XOrIOp::create(b_, even, equal(zero, zero))));
  Value result = select(flips, neg(magnitude), magnitude);
  // A negative base needs an integer; -inf and -0 do not.
  Value finiteNegative = arith::AndIOp::create(b_, less(x, zero), greater(x, constant(-inf)));
  Value bad = arith::AndIOp::create(b_, finiteNegative, arith::XOrIOp::create(b_, integral, equal(zero, zero)));
  result = select(bad, constant(std::numeric_limits<double>::quiet_NaN()), result);
  Value unit = arith::AndIOp::create(b_, equal(abs(x), one), equal(abs(y), constant(inf)));
  result = select(unit, one, result);
  return select(arith::OrIOp::create(b_, equal(x, one), equal(y, zero)), one, result);
}

Value MathBuilder::round(Value x) {
  double almostHalf = isDouble() ? 0.49999999999999994 : 0.49999997;
  Value bias = withSignOf(constant(almostHalf), x);
  return truncate(add(x, bias));
}

} // namespace quern
