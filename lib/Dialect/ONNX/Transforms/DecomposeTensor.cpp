// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data movement in terms of reshapes, transposes and slices.

#include "DecomposeRules.h"

using namespace mlir;

namespace quern::onnx {

// The size of one dimension, as a vector of one element.
static Term sizeOf(Term x, int64_t axis) { return shapeOf(x, axis, axis + 1); }

static void addBlocks(Rules &rules) {
  // N x (b b C) x H x W -> N x C x (H b) x (W b), blocks first or (mode CRD) channels first
  rules.add([](DepthToSpaceOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (!x.ranked() || x.rank() != 4 || ShapedType::isDynamic(x.size(1)))
      return Answer::no("expects four dimensions and a known number of channels");
    int64_t b = op.getBlocksize(), channels = x.size(1) / (b * b);
    bool blocksFirst = op.getMode() == "DCR";
    Term bs = f.integers({b}), c = f.integers({channels});
    Term n = sizeOf(x, 0), h = sizeOf(x, 2), w = sizeOf(x, 3);
    Term split = blocksFirst ? concat({n, bs, bs, c, h, w}, 0) : concat({n, c, bs, bs, h, w}, 0);
    Term moved = blocksFirst ? transpose(reshape(x, split), {0, 3, 4, 1, 5, 2})
                             : transpose(reshape(x, split), {0, 1, 4, 2, 5, 3});
    return reshape(moved, concat({n, c, h * bs, w * bs}, 0));
  });

  // N x C x (H b) x (W b) -> N x (b b C) x H x W
  rules.add([](SpaceToDepthOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (!x.ranked() || x.rank() != 4 || ShapedType::isDynamic(x.size(1)))
      return Answer::no("expects four dimensions and a known number of channels");
    int64_t b = op.getBlocksize(), channels = x.size(1);
    Term bs = f.integers({b}), c = f.integers({channels});
    Term n = sizeOf(x, 0), h = sizeOf(x, 2) / bs, w = sizeOf(x, 3) / bs;
    Term split = reshape(x, concat({n, c, h, bs, w, bs}, 0));
    bool blocksFirst = op.getMode() == "DCR";
    Term moved = blocksFirst ? transpose(split, {0, 3, 5, 1, 2, 4}) : transpose(split, {0, 1, 3, 5, 2, 4});
    return reshape(moved, concat({n, f.integers({channels * b * b}), h, w}, 0));
  });
}

// Of 2017, still in files.
static void addExperimental(Rules &rules) {
  // border = left, top, right, bottom; or a size from the top left corner
  rules.add([](CropOp op, Formula &f) -> Answer {
    ArrayRef<int64_t> border = op.getBorder();
    if (border.size() != 4)
      return Answer::no("expects four borders");
    int64_t left = border[0], top = border[1];
    constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
    int64_t bottom = border[3] ? -border[3] : kEnd, right = border[2] ? -border[2] : kEnd;
    if (std::optional<ArrayRef<int64_t>> size = op.getScale(); size && size->size() == 2)
      bottom = top + (*size)[0], right = left + (*size)[1];
    return slice(f(op.getInput()), {top, left}, {bottom, right}, {2, 3});
  });

  // scale * x + bias, a bias a channel
  rules.add([](ImageScalerOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    Term y = x * op.getScale().convertToFloat();
    if (std::optional<ArrayRef<float>> bias = op.getBias())
      y = y + convert(unsqueeze(f.floats(*bias), {1, 2}), x.element());
    return y;
  });
}

void addTensorRules(Rules &rules) {
  addBlocks(rules);
  addExperimental(rules);
}

} // namespace quern::onnx
