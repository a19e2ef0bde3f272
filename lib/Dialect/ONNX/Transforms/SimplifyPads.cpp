// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-simplify-pads: Pad into the padding of the convolution or pool after it.

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Constants.h"
#include "quern/Support/Remark.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_SIMPLIFYPADSPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

/// Constant padding of the spatial dimensions, as the `pads` of a convolution: all starts, then all ends.
struct Padding {
  SmallVector<int64_t> pads;
  double value = 0;
};

struct SimplifyPadsPass : impl::SimplifyPadsPassBase<SimplifyPadsPass> {
  void runOnOperation() override {
    getOperation().walk([&](PadOp pad) {
      Operation *user = pad->hasOneUse() ? *pad->getUsers().begin() : nullptr;
      if (!user || !isa<ConvOp, AveragePoolOp, MaxPoolOp>(user) || user->getOperand(0) != pad.getOutput())
        return;
      std::string whyNot;
      std::optional<Padding> padding = match(pad, whyNot);
      if (!padding || !isNeutral(*padding, pad, user, whyNot) || !moveInto(user, *padding, whyNot))
        return remarkMissed(pad, getArgument(), "not moved into {0}: {1}", user->getName(), whyNot);
      user->setOperand(0, pad.getData());
      pad.erase();
    });
  }

private:
  static std::optional<SmallVector<int64_t>> getConstantIntegers(Value value) {
    ElementsAttr constant = getConstantValue(value);
    return constant ? getIntegers(constant) : std::nullopt;
  }

  static std::optional<Padding> match(PadOp pad, std::string &whyNot) {
    auto no = [&](StringRef why) {
      whyNot = why.str();
      return std::nullopt;
    };
    auto type = dyn_cast<RankedTensorType>(pad.getData().getType());
    std::optional<SmallVector<int64_t>> given = getConstantIntegers(pad.getPads());
    if (pad.getMode() != "constant" || !type || type.getRank() < 3 || !given)
      return no("its padding is not constant");
    int64_t rank = type.getRank(), spatial = rank - 2;
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    if (pad.getAxes()) {
      std::optional<SmallVector<int64_t>> listed = getConstantIntegers(pad.getAxes());
      if (!listed)
        return no("its axes are not constant");
      axes = *listed;
    }
    if (given->size() != 2 * axes.size())
      return no("its padding is malformed");

    Padding padding{SmallVector<int64_t>(2 * spatial, 0)};
    for (auto [i, axis] : llvm::enumerate(axes)) {
      int64_t dim = (axis < 0 ? axis + rank : axis) - 2, before = (*given)[i], after = (*given)[i + axes.size()];
      if (before < 0 || after < 0)
        return no("it crops");
      if (dim < 0 && (before || after))
        return no("it pads the batch or the channels");
      if (dim >= 0)
        padding.pads[dim] = before, padding.pads[dim + spatial] = after;
    }
    if (pad.getConstantValue()) {
      ElementsAttr constant = getConstantValue(pad.getConstantValue());
      std::optional<SmallVector<double>> value = constant ? getFloats(constant) : std::nullopt;
      if (!value || value->size() != 1)
        return no("its value is not constant");
      padding.value = value->front();
    }
    return padding;
  }

  // The value is the one that the operator pads with, or makes no difference.
  static bool isNeutral(const Padding &padding, PadOp pad, Operation *user, std::string &whyNot) {
    bool isNeutral = padding.value == 0;
    if (isa<MaxPoolOp>(user)) {
      // The lowest value; or zero, beside values that are not negative.
      bool isLowest = padding.value <= -3.4028234e38;
      isNeutral = isLowest || (isNeutral && pad.getData().getDefiningOp<ReluOp>());
    }
    if (!isNeutral)
      whyNot = llvm::formatv("it pads with {0}", padding.value);
    return isNeutral;
  }

  static bool moveInto(Operation *user, const Padding &padding, std::string &whyNot) {
    auto no = [&](StringRef why) {
      whyNot = why.str();
      return false;
    };
    auto autoPad = user->getAttrOfType<StringAttr>("auto_pad");
    if (autoPad && autoPad.getValue() != "NOTSET" && autoPad.getValue() != "VALID")
      return no("it pads by itself");
    auto ceilMode = user->getAttrOfType<IntegerAttr>("ceil_mode");
    if (ceilMode && ceilMode.getInt() != 0)
      return no("it rounds its size up");
    auto own = user->getAttrOfType<DenseI64ArrayAttr>("pads");
    bool padsItself = own && llvm::any_of(own.asArrayRef(), [](int64_t pad) { return pad != 0; }) &&
                      !(autoPad && autoPad.getValue() == "VALID");
    if (padsItself && own.size() != static_cast<int64_t>(padding.pads.size()))
      return no("its padding is malformed");
    OpBuilder builder(user);
    if (auto pool = dyn_cast<AveragePoolOp>(user)) {
      if (padsItself && !pool.getCountIncludePad())
        return no("it does not count its own padding");
      pool.setCountIncludePad(1);
    }
    // A window of nothing but padding would be minus infinity.
    if (auto pool = dyn_cast<MaxPoolOp>(user)) {
      if (pool->getNumResults() > 1)
        return no("its indices count the padding");
      for (auto [i, pad] : llvm::enumerate(padding.pads))
        if (pad >= pool.getKernelShape()[i % pool.getKernelShape().size()])
          return no("the padding is as large as the window");
    }
    SmallVector<int64_t> pads(padding.pads);
    if (padsItself)
      for (auto [sum, pad] : llvm::zip(pads, own.asArrayRef()))
        sum += pad;
    user->setAttr("pads", builder.getDenseI64ArrayAttr(pads));
    if (autoPad)
      user->setAttr("auto_pad", builder.getStringAttr("NOTSET"));
    return true;
  }
};

} // namespace
} // namespace quern::onnx
