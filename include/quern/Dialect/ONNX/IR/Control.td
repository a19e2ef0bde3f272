// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators with graphs inside.

#ifndef QUERN_DIALECT_ONNX_IR_CONTROL_TD
#define QUERN_DIALECT_ONNX_IR_CONTROL_TD

include "mlir/Interfaces/ControlFlowInterfaces.td"
include "quern/Dialect/ONNX/IR/ONNXTypes.td"

def ONNX_IfOp : ONNX_RegionOp<"If", 25> {
  let summary = "Runs one of two graphs";
  let description = [{
    The results are those that the branch yields.

    Example:
    ```mlir
    %y = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
      onnx.Yield %a : tensor<4xf32>
    }, {
      onnx.Yield %b : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins ONNX_BoolTensor:$cond);
  let results = (outs Variadic<ONNX_Value>:$outputs);
  let regions = (region SizedRegion<1>:$then_branch, SizedRegion<1>:$else_branch);
  let hasCanonicalizer = 1;
}

def ONNX_LoopOp : ONNX_RegionOp<"Loop", 25> {
  let summary = "Runs a graph again and again";
  let description = [{
    The body takes the iteration (from 0), a condition and the carried values, and yields the next condition,
    the carried values, and one slice for each scan output, which are stacked. It runs at most `M` times, as long as
    the condition holds.

    Example:
    ```mlir
    %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
      %w = onnx.Relu %v : tensor<4xf32>
      onnx.Yield %go, %w : tensor<i1>, tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Optional<ONNX_I64Tensor>:$M, Optional<ONNX_BoolTensor>:$cond,
                       Variadic<ONNX_Value>:$v_initial);
  let results = (outs Variadic<ONNX_Value>:$v_final_and_scan_outputs);
  let regions = (region SizedRegion<1>:$body);
}

def ONNX_ScanOp : ONNX_RegionOp<"Scan", 25> {
  let summary = "Runs a graph over slices";
  let description = [{
    The last `num_scan_inputs` operands are cut in slices along their axes; the body takes the states and a
    slice of each, and yields the next states and one slice for each scan output, which are stacked.

    Example:
    ```mlir
    %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
    ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
      %s2 = onnx.Add %s1, %x1 : tensor<4xf32>
      onnx.Yield %s2, %s2 : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<ONNX_Tensor>:$initial_state_and_scan_inputs, ONNX_Int64Attr:$num_scan_inputs,
                       ONNX_OptInts:$scan_input_axes, ONNX_OptInts:$scan_input_directions,
                       ONNX_OptInts:$scan_output_axes, ONNX_OptInts:$scan_output_directions);
  let results = (outs Variadic<ONNX_Tensor>:$final_state_and_scan_outputs);
  let regions = (region SizedRegion<1>:$body);
}

def ONNX_YieldOp : Op<ONNX_Dialect, "Yield", [Pure, ReturnLike, Terminator,
                                              ParentOneOf<["IfOp", "LoopOp", "PreviewFlexAttentionOp", "ScanOp",
                                                            "SequenceMapOp"]>]> {
  let summary = "Ends a graph inside an operator";
  let description = [{
    The operands are the outputs of the graph. No operator of the standard.
  }];
  let arguments = (ins Variadic<AnyType>:$results);
  let builders = [OpBuilder<(ins), [{ (void)$_builder; (void)$_state; }]>];
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
}

#endif // QUERN_DIALECT_ONNX_IR_CONTROL_TD
