// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The importer: walks the graphs of a model file node by node, brings each node
// to the opset of the dialect, creates its op and infers its types.

#ifndef QUERN_LIB_IMPORT_IMPORTER_H
#define QUERN_LIB_IMPORT_IMPORTER_H

#include "OpTable.h"
#include "Weights.h"

#include "quern/Import/Import.h"
#include "quern/Import/OnnxFile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <functional>

namespace quern {

inline llvm::StringRef toRef(std::string_view view) { return {view.data(), view.size()}; }

/// A node on its way from the file to an op: what upgrades rewrite.
struct NodeDraft {
  std::string name; // for messages and locations: a node without a name is called by its first output
  std::string op;
  llvm::StringRef domain;
  int64_t opset = 0; // as the model imports it
  mlir::Location loc;
  llvm::SmallVector<mlir::Value> inputs; // null where absent
  llvm::SmallVector<bool> outputs;       // whether each output has a name
  mlir::NamedAttrList attributes;
  llvm::SmallVector<std::pair<llvm::StringRef, const proto::Graph *>> graphs;
  std::function<mlir::Value(mlir::Value)> finish; // rewrites the first result, after upgrades that need it

  bool dropsOutputs = false; // further outputs are listed, and nobody may read them
  bool scansBatches = false; // a Scan of opset 8: a scan over the batch, of scans

  explicit NodeDraft(mlir::Location loc) : loc(loc) {}
};

/// What nodes are read in: the model itself, or the body of a local function that is being inlined.
struct Frame {
  const Frame *caller = nullptr;
  const proto::Function *function = nullptr;
  std::string prefix; // of node names
  llvm::StringMap<int64_t> opsets;
  llvm::StringMap<const proto::Attribute *> attributes;
};

/// The names that a graph defines. Subgraphs see those of the graphs around them.
struct Scope {
  struct Binding {
    mlir::Value value;   // null: the node that makes it failed, or
    bool absent = false; // an input of a function that the call leaves out
  };

  Scope *parent = nullptr;
  mlir::Block *block = nullptr;
  mlir::Operation *lastConstant = nullptr;
  llvm::StringMap<Binding> values;
  llvm::StringMap<const proto::Tensor *> initializers;
  llvm::StringMap<const proto::SparseTensor *> sparseInitializers;
  llvm::StringMap<const proto::Type *> declared;

  bool defines(llvm::StringRef name) const {
    return values.contains(name) || initializers.contains(name) || sparseInitializers.contains(name);
  }
};

class Importer {
public:
  /// With `keepGoing`, a node that fails is recorded and the others are still looked at.
  Importer(mlir::MLIRContext *context, std::shared_ptr<const MappedFile> file, const proto::Model &model,
           bool keepGoing);

  mlir::OwningOpRef<mlir::ModuleOp> importModel();
  std::vector<ImportProblem> takeProblems() { return std::move(problems); }
  llvm::ArrayRef<std::string> getExternalFiles() const { return weights.getExternalFiles(); }

  // What upgrades use.
  mlir::OpBuilder builder;
  /// Creates an op of ai.onnx in its newest form. Null, with the error recorded for the node, if it is wrong.
  mlir::Value create(const NodeDraft &node, llvm::StringRef op, mlir::ValueRange inputs,
                     llvm::ArrayRef<mlir::NamedAttribute> attributes = {});
  mlir::Value createConstant(mlir::Location loc, mlir::ElementsAttr value);
  /// An op of one operand and one result, whose type is known.
  mlir::Value createOp(mlir::Location loc, llvm::StringRef name, mlir::Value operand, mlir::Type type);
  mlir::LogicalResult fail(const NodeDraft &node, const llvm::Twine &reason, const llvm::Twine &advice = "");

private:
  // Importer.cpp
  mlir::LogicalResult failModel(const llvm::Twine &reason, const llvm::Twine &advice = "");
  mlir::LogicalResult importOpsets();
  mlir::LogicalResult importMain(mlir::ModuleOp module);
  mlir::LogicalResult declareGraph(const proto::Graph &graph, Scope &scope);
  bool selectNodes(llvm::ArrayRef<proto::Node> nodes, Scope &scope, const Frame &frame,
                   llvm::SmallVectorImpl<const proto::Node *> &selected);
  mlir::LogicalResult importNodes(llvm::ArrayRef<proto::Node> nodes, Scope &scope, const Frame &frame);
  mlir::FailureOr<Scope::Binding> lookUp(llvm::StringRef name, Scope &scope);
  /// Null, with the rest of a sentence in `reason`, where the dialect has no such type.
  mlir::Type convertType(const proto::Type &type, std::string &reason);
  mlir::FailureOr<mlir::Type> convertType(const proto::Type &type, const llvm::Twine &what);
  mlir::DictionaryAttr makeMetadata();
  mlir::LogicalResult checkOutput(const proto::ValueInfo &output, mlir::Value value);
  mlir::DictionaryAttr describePort(const proto::ValueInfo &info, mlir::Type type);

  // NodeImport.cpp
  NodeDraft makeDraft(const proto::Node &node, const Frame &frame);
  mlir::LogicalResult importNode(const proto::Node &node, Scope &scope, const Frame &frame);
  mlir::LogicalResult importInputs(const proto::Node &node, Scope &scope, NodeDraft &draft, bool &poisoned);
  mlir::LogicalResult importAttributes(const proto::Node &node, Scope &scope, const Frame &frame, NodeDraft &draft);
  mlir::LogicalResult importConstant(NodeDraft &draft);
  mlir::LogicalResult bindOutputs(const proto::Node &node, Scope &scope, const NodeDraft &draft,
                                  llvm::ArrayRef<mlir::Value> results);
  mlir::LogicalResult checkDeclared(const NodeDraft &draft, Scope &scope, llvm::StringRef name, mlir::Value value);
  const OpEntry *findEntry(const NodeDraft &draft);
  bool checkNodeKind(const proto::Node &node, const Frame &frame);

  // OpCreation.cpp
  mlir::Operation *createOp(const OpEntry &entry, const NodeDraft &draft, Scope *scope, const Frame *frame);
  mlir::LogicalResult addOperands(const OpEntry &entry, const NodeDraft &draft, mlir::OperationState &state);
  mlir::LogicalResult addResults(const OpEntry &entry, const NodeDraft &draft, mlir::OperationState &state);
  mlir::LogicalResult addAttributes(const OpEntry &entry, const NodeDraft &draft, mlir::OperationState &state);
  mlir::LogicalResult inferTypes(mlir::Operation *op, const NodeDraft &draft);
  mlir::LogicalResult withDiagnostics(const NodeDraft &draft, llvm::function_ref<mlir::LogicalResult()> body,
                                      llvm::function_ref<bool(llvm::StringRef)> counts);

  // Subgraphs.cpp
  mlir::LogicalResult importRegions(mlir::Operation *op, const NodeDraft &draft, Scope &scope, const Frame &frame);
  mlir::LogicalResult importRegion(mlir::Region &region, const proto::Graph &graph, const NodeDraft &draft,
                                   mlir::TypeRange arguments, Scope &scope, const Frame &frame);
  mlir::Operation *createScanOfBatches(const OpEntry &entry, const NodeDraft &draft, Scope &scope, const Frame &frame);
  mlir::LogicalResult importModifiers(mlir::Operation *op, const NodeDraft &draft, Scope &scope, const Frame &frame);
  struct Body;
  mlir::FailureOr<Body> getBody(const proto::Graph &graph, const NodeDraft &draft);

  // Functions.cpp
  const proto::Function *findFunction(const proto::Node &node) const;
  mlir::LogicalResult importCall(const proto::Node &node, const proto::Function &function, Scope &scope,
                                 const Frame &frame, NodeDraft &draft);
  const proto::Attribute *resolve(const proto::Attribute &attribute, const Frame &frame) const;

  mlir::MLIRContext *context;
  mlir::Location mainLoc; // the file
  std::shared_ptr<const MappedFile> file;
  const proto::Model &model;
  llvm::StringMap<const proto::Function *> functions; // by domain, name and overload
  Weights weights;
  Frame mainFrame;
  bool keepGoing;
  uint64_t createdOps = 0;
  std::vector<ImportProblem> problems;
};

/// What names a local function.
std::string getFunctionKey(std::string_view domain, std::string_view name, std::string_view overload);

/// The nodes of a graph so that each comes after those it reads, in the file's order where that will do. Where there is
/// no such order, `cycle` is a node that reads itself.
llvm::SmallVector<const proto::Node *> orderNodes(llvm::ArrayRef<const proto::Node *> nodes, const proto::Node *&cycle);

/// Rewrites the draft from the form of its opset to the dialect's: Upgrades.def.
mlir::LogicalResult upgradeNode(NodeDraft &node, Importer &importer);

/// Gives the axes that are attributes, or constants, and negative their positive values.
void normalizeAxes(mlir::Operation *op, Importer &importer);

} // namespace quern

#endif // QUERN_LIB_IMPORT_IMPORTER_H
