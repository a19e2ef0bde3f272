// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ensembles of trees: all-parallel over rows and targets, each walking its
// trees through one table of records. Where leaves have weights of several
// targets, the walks find leaves first, whose rows of weights are then added.

#include "Lowering.h"
#include "TreeTable.h"

using namespace mlir;

namespace quern::lowering {
namespace {

enum class Aggregate { Average, Sum, Min, Max };

/// More bytes than this for the weights of leaves, most of them zeros, are no table.
constexpr int64_t kMaxLeafBytes = int64_t(1) << 29;

//===--- Tables -----------------------------------------------------------===//

/// Words of 64 bits, two a record: the split (or the weight of a leaf), and `feature << 32 | next`.
class Words {
public:
  explicit Words(bool isDouble) : isDouble(isDouble) {}

  void add(const TreeRecord &record, double number) {
    uint64_t bits = isDouble ? llvm::bit_cast<uint64_t>(number) : llvm::bit_cast<uint32_t>(static_cast<float>(number));
    uint64_t feature = static_cast<uint32_t>(record.feature) | (record.missingIsLess ? uint32_t(1) << 31 : 0);
    words.push_back(bits);
    words.push_back(feature << 32 | static_cast<uint32_t>(record.next));
  }
  Value makeConstant(Builder &b) const {
    auto type = RankedTensorType::get({static_cast<int64_t>(words.size() / 2), 2}, b.getI64Type());
    return constantOf(b, type, {reinterpret_cast<const char *>(words.data()), words.size() * sizeof(uint64_t)});
  }

private:
  bool isDouble;
  std::vector<uint64_t> words;
};

/// The target of all weights below a record: none (kNothing), one, or several (kMixed), also where a leaf has several.
constexpr int64_t kNothing = -1, kMixed = -2;

int64_t targetOf(const TreeLeaf &leaf) {
  return leaf.weights.empty() ? kNothing : leaf.weights.size() == 1 ? leaf.weights.front().target : kMixed;
}

/// The target of each tree.
std::vector<int64_t> targetsOfTrees(const TreeEnsemble &ensemble, const TreeTable &table) {
  auto meet = [](int64_t a, int64_t b) { return a == b || b == kNothing ? a : a == kNothing ? b : kMixed; };
  std::vector<int64_t> targets(table.records.size());
  auto find = [&](size_t i) {
    const TreeRecord &record = table.records[i];
    targets[i] = record.next < 0 ? targetOf(ensemble.leaves[~record.next])
                                 : meet(targets[record.next], targets[record.next + 1]);
  };
  size_t roots = ensemble.roots.size();
  for (size_t i : llvm::seq(roots, table.records.size())) // a record's children come before it
    find(i);
  for (size_t i : llvm::seq(roots))
    find(i);
  targets.resize(roots);
  return targets;
}

//===--- Code -------------------------------------------------------------===//

class TreeEmitter {
public:
  TreeEmitter(Value x, const TreeEnsemble &ensemble, const TreeTable &table, Aggregate aggregate, FloatType type)
      : x(x), ensemble(ensemble), table(table), aggregate(aggregate), type(type) {}

  /// A row of targets for each row of x, in `type`; null where leaves have too many weights.
  Value emit(Builder &b) const {
    std::vector<int64_t> targets = targetsOfTrees(ensemble, table);
    Value result = llvm::is_contained(targets, kMixed) ? sumRows(b) : sumTrees(b, targets);
    return result ? mapTensor(b, result, type, [&](Builder &b, Value value) { return finish(b, value); }) : Value();
  }

private:
  Value sumTrees(Builder &b, ArrayRef<int64_t> targets) const;
  Value sumRows(Builder &b) const;
  std::pair<Value, Value> walk(Builder &b, Value words, Value root, Value row) const;
  Value numberOf(Builder &b, Value word) const;
  Value combine(Builder &b, Value sum, Value value) const;
  Value finish(Builder &b, Value value) const;
  /// What no weight adds.
  double identity() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return aggregate == Aggregate::Min ? infinity : aggregate == Aggregate::Max ? -infinity : 0;
  }

  Value x;
  const TreeEnsemble &ensemble;
  const TreeTable &table;
  Aggregate aggregate;
  FloatType type; // of splits and sums
};

Value TreeEmitter::numberOf(Builder &b, Value word) const {
  if (type.isF64())
    return arith::BitcastOp::create(b, type, word);
  return arith::BitcastOp::create(b, type, arith::TruncIOp::create(b, b.getI32Type(), word));
}

Value TreeEmitter::combine(Builder &b, Value sum, Value value) const {
  if (aggregate == Aggregate::Min)
    return arith::MinNumFOp::create(b, sum, value);
  if (aggregate == Aggregate::Max)
    return arith::MaxNumFOp::create(b, sum, value);
  return arith::AddFOp::create(b, sum, value);
}

/// A target without weights is zero.
Value TreeEmitter::finish(Builder &b, Value value) const {
  if (aggregate == Aggregate::Sum)
    return value;
  if (aggregate == Aggregate::Average)
    return arith::DivFOp::create(b, value, scalar(b, type, std::max<size_t>(1, ensemble.roots.size())));
  Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, value, scalar(b, type, identity()));
  return arith::SelectOp::create(b, isEmpty, scalar(b, type, 0), value);
}

/// The two words of the leaf that record `root` leads a row to.
std::pair<Value, Value> TreeEmitter::walk(Builder &b, Value words, Value root, Value row) const {
  Type i64 = b.getI64Type(), i32 = b.getI32Type();
  auto load = [&](Builder &b, Value record) -> SmallVector<Value> {
    return {extract(b, words, {record, arith::ConstantIndexOp::create(b, 0)}),
            extract(b, words, {record, arith::ConstantIndexOp::create(b, 1)})};
  };
  auto nextOf = [&](Builder &b, Value links) -> Value { return arith::TruncIOp::create(b, i32, links); };
  SmallVector<Value> start = load(b, root);
  auto loop = scf::WhileOp::create(
      b, TypeRange{i64, i64}, start,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        Builder b(loc, nested);
        Value isBranch = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, nextOf(b, args[1]), integer(b, i32, 0));
        scf::ConditionOp::create(b, isBranch, args);
      },
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        Builder b(loc, nested);
        Value high = arith::ShRUIOp::create(b, args[1], integer(b, i64, 32)), feature = high;
        if (table.anyMissingIsLess)
          feature = arith::AndIOp::create(b, high, integer(b, i64, 0x7FFFFFFF));
        Value column = arith::IndexCastOp::create(b, b.getIndexType(), feature);
        Value value = convertScalar(b, extract(b, x, {row, column}), type, false, false);
        Value isLess = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, value, numberOf(b, args[0]));
        if (table.anyMissingIsLess) {
          Value isMissing = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
          Value tracks = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, args[1], integer(b, i64, 0));
          isLess = arith::OrIOp::create(b, isLess, arith::AndIOp::create(b, isMissing, tracks));
        }
        // By arithmetic: a branch here would be guessed wrong half of the time.
        Value one = integer(b, b.getI1Type(), 1);
        Value step = arith::ExtUIOp::create(b, i32, arith::XOrIOp::create(b, isLess, one));
        Value next = arith::AddIOp::create(b, nextOf(b, args[1]), step);
        scf::YieldOp::create(b, load(b, arith::IndexCastUIOp::create(b, b.getIndexType(), next)));
      });
  return {loop.getResult(0), loop.getResult(1)};
}

/// Each tree has weights of one target: a record of a leaf has its weight. Targets with fewer trees than others get
/// leaves that add nothing.
Value TreeEmitter::sumTrees(Builder &b, ArrayRef<int64_t> targets) const {
  std::vector<std::vector<size_t>> trees(ensemble.targets);
  size_t rounds = 0;
  for (auto [tree, target] : llvm::enumerate(targets))
    if (target != kNothing) {
      trees[target].push_back(tree);
      rounds = std::max(rounds, trees[target].size());
    }
  size_t roots = targets.size(), slots = rounds * trees.size();
  if (slots > size_t(std::numeric_limits<int32_t>::max()) / 2)
    return {};

  Words words(type.isF64());
  auto add = [&](TreeRecord record) {
    double number = record.split;
    if (record.next < 0) {
      const TreeLeaf &leaf = ensemble.leaves[~record.next];
      number = leaf.weights.empty() ? identity() : leaf.weights.front().value;
    } else {
      record.next += static_cast<int32_t>(slots) - static_cast<int32_t>(roots);
    }
    words.add(record, number);
  };
  TreeRecord nothing;
  nothing.next = -1;
  for (const std::vector<size_t> &list : trees)
    for (size_t round : llvm::seq(rounds))
      round < list.size() ? add(table.records[list[round]]) : words.add(nothing, identity());
  for (const TreeRecord &record : ArrayRef(table.records).drop_front(roots))
    add(record);
  Value constant = rounds ? words.makeConstant(b) : Value();

  Size rows = dimOf(b, x, 0);
  return fromIndices(b, {rows, size(b, ensemble.targets)}, type, [&](Builder &b, ValueRange at) -> Value {
    Value start = scalar(b, type, identity());
    if (!rounds)
      return start;
    Value count = arith::ConstantIndexOp::create(b, rounds), zero = arith::ConstantIndexOp::create(b, 0);
    Value first = arith::MulIOp::create(b, at[1], count), one = arith::ConstantIndexOp::create(b, 1);
    auto loop = scf::ForOp::create(b, zero, count, one, start,
                                   [&](OpBuilder &nested, Location loc, Value round, ValueRange sums) {
                                     Builder b(loc, nested);
                                     Value root = arith::AddIOp::create(b, first, round);
                                     Value weight = numberOf(b, walk(b, constant, root, at[0]).first);
                                     scf::YieldOp::create(b, combine(b, sums[0], weight));
                                   });
    return loop.getResult(0);
  });
}

/// Leaves have weights of several targets: the leaves that rows come to, then the sum of their rows of weights.
Value TreeEmitter::sumRows(Builder &b) const {
  int64_t targets = ensemble.targets, leaves = ensemble.leaves.size(), trees = ensemble.roots.size();
  if (leaves * targets > kMaxLeafBytes / (type.isF64() ? 8 : 4))
    return {};
  SmallVector<double> weights(leaves * targets, identity());
  for (auto [i, leaf] : llvm::enumerate(ensemble.leaves)) {
    SmallVector<bool> isSet(targets, false);
    for (const TreeLeaf::Weight &weight : leaf.weights) {
      double &sum = weights[i * targets + weight.target];
      sum = !isSet[weight.target]         ? weight.value
            : aggregate == Aggregate::Min ? std::min(sum, weight.value)
            : aggregate == Aggregate::Max ? std::max(sum, weight.value)
                                          : sum + weight.value;
      isSet[weight.target] = true;
    }
  }
  auto weightType = RankedTensorType::get({leaves, targets}, type);
  SmallVector<float> narrow(weights.begin(), weights.end());
  Value rowsOfWeights = type.isF64()
                            ? constantOf(b, weightType, {reinterpret_cast<char *>(weights.data()), weights.size() * 8})
                            : constantOf(b, weightType, {reinterpret_cast<char *>(narrow.data()), narrow.size() * 4});
  Words words(type.isF64());
  for (const TreeRecord &record : table.records)
    words.add(record, record.split);
  Value constant = words.makeConstant(b);

  Size rows = dimOf(b, x, 0);
  Type i32 = b.getI32Type();
  Value reached = fromIndices(b, {rows, size(b, trees)}, i32, [&](Builder &b, ValueRange at) -> Value {
    Value next = arith::TruncIOp::create(b, i32, walk(b, constant, at[1], at[0]).second);
    return arith::XOrIOp::create(b, next, integer(b, i32, -1));
  });
  Value init = filledTensor(b, {rows, size(b, targets)}, scalar(b, type, identity()));
  AffineExpr row = b.getAffineDimExpr(0), target = b.getAffineDimExpr(1), tree = b.getAffineDimExpr(2);
  auto map = [&](AffineExpr first, AffineExpr second) { return AffineMap::get(3, 0, {first, second}, b.getContext()); };
  using utils::IteratorType;
  return generic(b, reached, init, {map(row, tree), map(row, target)},
                 {IteratorType::parallel, IteratorType::parallel, IteratorType::reduction},
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   Value leaf = arith::IndexCastUIOp::create(b, b.getIndexType(), args[0]);
                   Value weight = extract(b, rowsOfWeights, {leaf, linalg::IndexOp::create(b, 1)});
                   return {combine(b, args[1], weight)};
                 })
      .front();
}

//===--- Patterns ---------------------------------------------------------===//

template <typename Op>
struct LowerTrees : Lowering<Op> {
  using Lowering<Op>::Lowering;

  static std::optional<Aggregate> aggregateOf(onnx::MLTreeEnsembleRegressorOp op) {
    if (op.getPostTransform() != "NONE" || op.getBaseValues() || op.getBaseValuesAsTensor())
      return std::nullopt;
    return llvm::StringSwitch<Aggregate>(op.getAggregateFunction())
        .Case("AVERAGE", Aggregate::Average)
        .Case("MIN", Aggregate::Min)
        .Case("MAX", Aggregate::Max)
        .Default(Aggregate::Sum);
  }
  static std::optional<Aggregate> aggregateOf(onnx::MLTreeEnsembleOp op) {
    if (op.getPostTransform() != 0)
      return std::nullopt;
    return static_cast<Aggregate>(op.getAggregateFunction());
  }

  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    std::optional<Aggregate> aggregate = aggregateOf(op);
    if (!aggregate)
      return this->unsupported(rewriter, op, "expects base values and transforms to be decomposed");
    std::string why;
    std::optional<TreeEnsemble> ensemble = getEnsemble(op, why);
    if (!ensemble)
      return this->unsupported(rewriter, op, why);
    Value x = adaptor.getX();
    if (cast<RankedTensorType>(x.getType()).getRank() == 1)
      x = splitDim(b, x, 0, {size(b, 1), dimOf(b, x, 0)});
    FloatType type = getElementTypeOrSelf(x).isF64() ? FloatType(b.getF64Type()) : FloatType(b.getF32Type());
    std::optional<TreeTable> table = makeTreeTable(*ensemble, type, why);
    if (!table)
      return this->unsupported(rewriter, op, why);
    Size columns = dimOf(b, x, 1);
    if (known(columns) && table->lastFeature >= *known(columns))
      return this->unsupported(rewriter, op,
                               "expects features of " + Twine(*known(columns)) + " columns, got feature " +
                                   Twine(table->lastFeature));
    if (!known(columns))
      check(b,
            arith::CmpIOp::create(b, arith::CmpIPredicate::slt, asValue(b, size(b, table->lastFeature)),
                                  asValue(b, columns)),
            "the trees compare more columns than there are");
    Value sums = TreeEmitter(x, *ensemble, *table, *aggregate, type).emit(b);
    if (!sums)
      return this->unsupported(rewriter, op, "expects fewer trees, or fewer weights of leaves");
    Type element = this->resultType(op).getElementType();
    Value result = mapTensor(b, sums, element,
                             [&](Builder &b, Value value) { return convertScalar(b, value, element, false, false); });
    this->replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addTrees(Patterns &patterns, Converter &converter) {
  patterns.add<LowerTrees<onnx::MLTreeEnsembleRegressorOp>, LowerTrees<onnx::MLTreeEnsembleOp>>(converter,
                                                                                                patterns.getContext());
}

} // namespace quern::lowering
