// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images.

#ifndef QUERN_DIALECT_ONNX_IR_IMAGE_TD
#define QUERN_DIALECT_ONNX_IR_IMAGE_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_ResizeOp : ONNX_Op<"Resize", 19> {
  let summary = "Interpolates to another size";
  let description = [{
    The size of each of `axes` (all where absent) is multiplied by `scales` and rounded down, or given
    by `sizes`. `mode` is `nearest`, `linear` or `cubic`; `coordinate_transformation_mode` says where an output
    element lies in the input.

    Example: `%y = onnx.Resize %x, none, %scales {mode = "linear"} : (tensor<1x3x8x8xf32>, tensor<4xf32>) -> tensor<?x?x?x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$X, Optional<ONNX_FloatTensor>:$roi, Optional<ONNX_F32Tensor>:$scales,
                       Optional<ONNX_I64Tensor>:$sizes, ONNX_Int64<0>:$antialias, ONNX_OptInts:$axes,
                       ONNX_String<"half_pixel">:$coordinate_transformation_mode,
                       ONNX_Float<"-0.75f">:$cubic_coeff_a, ONNX_Int64<0>:$exclude_outside,
                       ONNX_Float<"0.0f">:$extrapolation_value,
                       ONNX_String<"stretch">:$keep_aspect_ratio_policy, ONNX_String<"nearest">:$mode,
                       ONNX_String<"round_prefer_floor">:$nearest_mode);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_GridSampleOp : ONNX_Op<"GridSample", 22> {
  let summary = "Samples an image at positions";
  let description = [{
    `Y[n, c, o] = X[n, c, grid[n, o]]`: the last dimension of the grid holds x, y(, z) in [-1, 1];
    `mode` is `linear`, `nearest` or `cubic`, `padding_mode` `zeros`, `border` or `reflection`.

    Example: `%y = onnx.GridSample %x, %g : (tensor<1x3x8x8xf32>, tensor<1x4x4x2xf32>) -> tensor<1x3x4x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_FloatTensor:$grid, ONNX_Int64<0>:$align_corners,
                       ONNX_String<"linear">:$mode, ONNX_String<"zeros">:$padding_mode);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_AffineGridOp : ONNX_Op<"AffineGrid", 20> {
  let summary = "Positions under an affine map";
  let description = [{
    `grid[n, o] = theta[n] * (o, 1)`, o in [-1, 1] over the spatial sizes in `size` ([N, C, (D,) H, W]).

    Example: `%g = onnx.AffineGrid %t, %s : (tensor<1x2x3xf32>, tensor<4xi64>) -> tensor<?x?x?x2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$theta, ONNX_I64Tensor:$size, ONNX_Int64<0>:$align_corners);
  let results = (outs ONNX_FloatTensor:$grid);
}

//===--- Experimental operators of 2017, still in files -----------------===//

def ONNX_CropOp : ONNX_Op<"Crop", 1> {
  let summary = "Cuts the borders of images (experimental, ONNX 1.0)";
  let description = [{
    Removes `border` ([left, top, right, bottom]) from [N, C, H, W]; with `scale` ([height, width]) the
    result has that size from (left, top) on.

    Example: `%y = onnx.Crop %x {border = array<i64: 1, 1, 1, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x6x6xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, DenseI64ArrayAttr:$border, ONNX_OptInts:$scale);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_ImageScalerOp : ONNX_Op<"ImageScaler", 1> {
  let summary = "Scales images and adds a bias to each channel (experimental, ONNX 1.0)";
  let description = [{
    `Y[n, c, h, w] = X[n, c, h, w] * scale + bias[c]`

    Example: `%y = onnx.ImageScaler %x {bias = array<f32: 1.0, 2.0, 3.0>} : tensor<1x3x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_OptFloats:$bias, ONNX_Float<"1.0f">:$scale);
  let results = (outs ONNX_FloatTensor:$output);
}

#endif // QUERN_DIALECT_ONNX_IR_IMAGE_TD
