// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trees of an ensemble as one table of records. All comparisons are `<=`
// there: the other ones change their threshold, change sides, or become a
// small tree of several records.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_TREETABLE_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_TREETABLE_H

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace quern::lowering {

enum class TreeMode : uint8_t { LessEqual, Less, GreaterEqual, Greater, Equal, NotEqual, Member };

/// An inner node, as the standard has it.
struct TreeNode {
  TreeMode mode = TreeMode::LessEqual;
  bool missingTracksTrue = false; // NaN goes where the comparison holds
  int64_t feature = 0;
  double split = 0;
  std::vector<double> members; // of TreeMode::Member
  /// Where to go: nodes from 0 on, leaf l as ~l.
  int64_t ifTrue = 0, ifFalse = 0;
};

struct TreeLeaf {
  struct Weight {
    int64_t target;
    double value;
  };
  llvm::SmallVector<Weight, 1> weights;
};

/// The trees of an operator; roots are numbered like children.
struct TreeEnsemble {
  std::vector<TreeNode> nodes;
  std::vector<TreeLeaf> leaves;
  std::vector<int64_t> roots;
  int64_t targets = 1;
};

/// The trees of an operator; nothing, and in `why` a reason, where nodes do not refer to each other as they must.
std::optional<TreeEnsemble> getEnsemble(onnx::MLTreeEnsembleRegressorOp op, std::string &why);
std::optional<TreeEnsemble> getEnsemble(onnx::MLTreeEnsembleOp op, std::string &why);

/// What is visited on the way to a leaf: `x[feature] <= split` leads to record `next`, anything else to the one after
/// it. In a leaf `next` is ~leaf.
struct TreeRecord {
  double split = 0;
  int32_t feature = 0;
  int32_t next = 0;
  bool missingIsLess = false; // NaN counts as less
};

struct TreeTable {
  std::vector<TreeRecord> records; // the roots first, in their order
  int64_t lastFeature = -1;        // the highest feature that is compared
  bool anyMissingIsLess = false;
};

/// The records of the trees; in `why` what is wrong with them. Thresholds are of `threshold` (f32 or f64).
std::optional<TreeTable> makeTreeTable(const TreeEnsemble &ensemble, mlir::FloatType threshold, std::string &why);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_TREETABLE_H
