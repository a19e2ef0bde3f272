// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-plan-memory: one arena for all buffers of main.

#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Kernels/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/IR/IRMapping.h"

namespace quern {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

constexpr int64_t kAlignment = 64;

/// One allocation: its live range in positions of main's ops, and its size.
struct Buffer {
  memref::AllocOp alloc;
  int64_t first, last;
  int64_t bytes;          ///< of a constant size
  std::string expression; ///< of a size that depends on the inputs' shapes
  int64_t offset = 0;     ///< bytes from the arena's start, or the slot's index
};

bool overlaps(const Buffer &a, const Buffer &b) { return a.first <= b.last && b.first <= a.last; }

int64_t bytesOf(MemRefType type) {
  unsigned bits = type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
  int64_t elements = 1;
  for (int64_t size : type.getShape())
    elements *= ShapedType::isDynamic(size) ? 1 : size;
  return elements * llvm::divideCeil(bits, 8);
}

/// Greedy best fit: largest first, at the lowest offset that is free over the live
/// range. Returns the size of it all.
int64_t placeConstant(SmallVectorImpl<Buffer *> &buffers) {
  llvm::stable_sort(buffers, [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
  SmallVector<Buffer *> placed;
  int64_t total = 0;
  for (Buffer *buffer : buffers) {
    int64_t size = llvm::alignTo(buffer->bytes, kAlignment), best = -1, bestGap = INT64_MAX, cursor = 0;
    // `placed` is sorted by offset: look at the gaps between those alive with us.
    for (Buffer *other : placed) {
      if (!overlaps(*buffer, *other))
        continue;
      int64_t gap = other->offset - cursor;
      if (gap >= size && gap < bestGap) {
        best = cursor;
        bestGap = gap;
      }
      cursor = std::max(cursor, other->offset + static_cast<int64_t>(llvm::alignTo(other->bytes, kAlignment)));
    }
    buffer->offset = best >= 0 ? best : cursor;
    total = std::max(total, buffer->offset + size);
    placed.insert(llvm::upper_bound(placed, buffer, [](Buffer *a, Buffer *b) { return a->offset < b->offset; }),
                  buffer);
  }
  return total;
}

class Planner {
public:
  Planner(func::FuncOp main) : main(main), block(main.front()) {
    int64_t position = 0;
    for (Operation &op : block)
      positions[&op] = position++;
  }

  void run();

private:
  /// Where a buffer is alive; fails for one that leaves its loop's iteration.
  FailureOr<std::pair<int64_t, int64_t>> liveRange(memref::AllocOp alloc, const BufferViewFlowAnalysis &flow);
  /// The sizes' computation can run at main's start.
  bool sizesKnownAtStart(memref::AllocOp alloc);
  /// The sizes as numbers, the same for the same computation of the same inputs.
  std::string describe(ValueRange values);
  unsigned number(Value value);
  Value hoist(Value value);

  func::FuncOp main;
  Block &block;
  DenseMap<Operation *, int64_t> positions;
  IRMapping hoisted;
  DenseMap<Value, unsigned> numbers;
  llvm::StringMap<unsigned> expressions;
  OpBuilder builder = OpBuilder(main.getContext());
};

FailureOr<std::pair<int64_t, int64_t>> Planner::liveRange(memref::AllocOp alloc, const BufferViewFlowAnalysis &flow) {
  int64_t first = positions.lookup(block.findAncestorOpInBlock(*alloc)), last = first;
  bool nested = alloc->getBlock() != &block;
  int64_t firstUse = INT64_MAX;
  for (Value alias : flow.resolve(alloc)) {
    // A loop-carried or yielded buffer may be alive together with the next iteration's.
    if (nested && alias != alloc.getResult() && !alias.getDefiningOp<ViewLikeOpInterface>())
      return failure();
    for (Operation *user : alias.getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      if (!ancestor)
        return failure();
      last = std::max(last, positions.lookup(ancestor));
      if (!isa<ViewLikeOpInterface>(user))
        firstUse = std::min(firstUse, positions.lookup(ancestor));
    }
  }
  if (firstUse != INT64_MAX)
    first = std::max(first, firstUse);
  return std::make_pair(first, last);
}

bool Planner::sizesKnownAtStart(memref::AllocOp alloc) {
  SmallVector<Value> work(alloc.getDynamicSizes());
  DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    Operation *def = value.getDefiningOp();
    if (!def) {
      if (cast<BlockArgument>(value).getOwner() != &block)
        return false;
      continue;
    }
    if (def->getNumRegions() != 0 ||
        !(isa<arith::ArithDialect, affine::AffineDialect>(def->getDialect()) || isa<memref::DimOp>(def)))
      return false;
    if (auto dim = dyn_cast<memref::DimOp>(def); dim && dim.getSource().getDefiningOp())
      return false;
    llvm::append_range(work, def->getOperands());
  }
  return true;
}

std::string Planner::describe(ValueRange values) {
  std::string text;
  for (Value value : values)
    text += std::to_string(number(value)) + ",";
  return text;
}

unsigned Planner::number(Value value) {
  auto known = numbers.find(value);
  if (known != numbers.end())
    return known->second;
  std::string text;
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    text = "%" + std::to_string(arg.getArgNumber());
  } else {
    Operation *def = value.getDefiningOp();
    llvm::raw_string_ostream os(text);
    os << def->getName() << def->getAttrDictionary() << '(' << describe(def->getOperands()) << ')';
  }
  unsigned result = expressions.try_emplace(text, expressions.size()).first->second;
  numbers[value] = result;
  return result;
}

Value Planner::hoist(Value value) {
  Operation *def = value.getDefiningOp();
  if (!def)
    return value;
  if (Value known = hoisted.lookupOrNull(value))
    return known;
  for (Value operand : def->getOperands())
    hoist(operand);
  builder.clone(*def, hoisted);
  return hoisted.lookup(value);
}

void Planner::run() {
  BufferViewFlowAnalysis flow(main);
  std::vector<Buffer> buffers;
  main.walk([&](memref::AllocOp alloc) {
    auto range = liveRange(alloc, flow);
    if (failed(range) || !sizesKnownAtStart(alloc))
      return;
    Buffer buffer{alloc, range->first, range->second, bytesOf(alloc.getType()), ""};
    if (!alloc.getDynamicSizes().empty())
      buffer.expression = std::to_string(buffer.bytes) + "*" + describe(alloc.getDynamicSizes());
    buffers.push_back(buffer);
  });
  if (buffers.empty())
    return;

  SmallVector<Buffer *> constant;
  std::map<std::string, SmallVector<SmallVector<Buffer *>>> slotsOf; // by size expression
  SmallVector<std::pair<std::string, unsigned>> slots;               // in order of first use
  for (Buffer &buffer : buffers) {
    if (buffer.expression.empty()) {
      constant.push_back(&buffer);
      continue;
    }
    auto &candidates = slotsOf[buffer.expression];
    auto slot = llvm::find_if(candidates, [&](auto &slot) {
      return llvm::none_of(slot, [&](Buffer *other) { return overlaps(buffer, *other); });
    });
    if (slot == candidates.end()) {
      slots.emplace_back(buffer.expression, candidates.size());
      candidates.emplace_back();
      slot = std::prev(candidates.end());
    }
    slot->push_back(&buffer);
  }
  int64_t constantBytes = placeConstant(constant);

  // The arena: constant part first, then the slots.
  builder.setInsertionPointToStart(&block);
  Location loc = main.getLoc();
  DenseMap<Buffer *, Value> offsets;
  Value total = arith::ConstantIndexOp::create(builder, loc, constantBytes);
  for (auto &[expression, index] : slots) {
    ArrayRef<Buffer *> slot = slotsOf[expression][index];
    Value bytes = arith::ConstantIndexOp::create(builder, loc, slot.front()->bytes);
    for (Value size : slot.front()->alloc.getDynamicSizes())
      bytes = arith::MulIOp::create(builder, loc, bytes, hoist(size), arith::IntegerOverflowFlags::nsw);
    Value mask = arith::ConstantIndexOp::create(builder, loc, kAlignment - 1);
    Value clear = arith::ConstantIndexOp::create(builder, loc, -kAlignment);
    bytes = arith::AndIOp::create(builder, loc, arith::AddIOp::create(builder, loc, bytes, mask), clear);
    for (Buffer *buffer : slot)
      offsets[buffer] = total;
    total = arith::AddIOp::create(builder, loc, total, bytes);
  }
  auto i8 = builder.getI8Type();
  Value arena = WorkspaceOp::create(builder, loc, MemRefType::get({ShapedType::kDynamic}, i8), total);
  for (Buffer &buffer : buffers) {
    OpBuilder at(buffer.alloc);
    Value offset = offsets.lookup(&buffer);
    if (!offset)
      offset = arith::ConstantIndexOp::create(at, buffer.alloc.getLoc(), buffer.offset);
    Value view = memref::ViewOp::create(at, buffer.alloc.getLoc(), buffer.alloc.getType(), arena, offset,
                                        buffer.alloc.getDynamicSizes());
    buffer.alloc.replaceAllUsesWith(view);
    buffer.alloc.erase();
  }
}

struct PlanMemory : quern::impl::PlanMemoryPassBase<PlanMemory> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("expects a function called 'main'");
      return signalPassFailure();
    }
    Planner(main).run();
  }
};

} // namespace
