// Rules of sizes, views and the movement of ranges.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

{-#
  dialect_resources: { builtin: { short: "0x040000000000803F" } }
#-}
func.func @constant() {
  // expected-error @below {{'onnx.Constant' op expects a resource of 8 bytes for 'tensor<2xf32>', got 4}}
  %0 = onnx.Constant {value = dense_resource<short> : tensor<2xf32>} : tensor<2xf32>
  return
}

// -----

func.func @constant() {
  // expected-error @below {{'onnx.Constant' op expects a resource that is there, got dense_resource<missing> : tensor<2xf32>}}
  %0 = onnx.Constant {value = dense_resource<missing> : tensor<2xf32>} : tensor<2xf32>
  return
}

// -----

func.func @constant() {
  // expected-error @below {{'onnx.Constant' op expects result #0 of 'tensor<2xi64>', got 'tensor<3xi64>'}}
  %y = onnx.Constant {value = dense<1> : tensor<2xi64>} : tensor<3xi64>
  return
}

// -----

func.func @constant() {
  // expected-error @below {{'onnx.Constant' op expects a tensor, got 'vector<2xi64>'}}
  %y = onnx.Constant {value = dense<1> : vector<2xi64>} : tensor<2xi64>
  return
}

// -----

func.func @constant() {
  // expected-error @below {{'onnx.Constant' op expects fewer than 2^63 bytes, got 'tensor<4611686018427387904x2xf32>'}}
  %y = onnx.Constant {value = dense<1.0> : tensor<4611686018427387904x2xf32>} : tensor<4611686018427387904x2xf32>
  return
}

// -----

func.func @constant_of_shape() {
  %s = onnx.Constant {value = dense<[2, -1]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.ConstantOfShape' op expects 'input' of sizes at least 0, got -1}}
  %y = onnx.ConstantOfShape %s : (tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @constant_of_shape() {
  %s = onnx.Constant {value = dense<4611686018427387904> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.ConstantOfShape' op expects fewer than 2^63 elements}}
  %y = onnx.ConstantOfShape %s : (tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @constant_of_shape(%s: tensor<2xi64>) {
  // expected-error @below {{'onnx.ConstantOfShape' op expects 'value' to hold one element, got 'tensor<2xi64>'}}
  %y = onnx.ConstantOfShape %s {value = dense<1> : tensor<2xi64>} : (tensor<2xi64>) -> tensor<*xi64>
  return
}

// -----

func.func @constant_of_shape(%s: tensor<i64>) {
  // expected-error @below {{'onnx.ConstantOfShape' op expects 'input' of rank 1, got rank 0}}
  %y = onnx.ConstantOfShape %s : (tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @eye_like(%x: tensor<3xf32>) {
  // expected-error @below {{'onnx.EyeLike' op expects 'input' of rank 2, got rank 1}}
  %y = onnx.EyeLike %x : tensor<3xf32>
  return
}

// -----

func.func @range(%a: tensor<i64>, %b: tensor<i64>) {
  %c = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.Range' op expects 'delta' other than 0}}
  %y = onnx.Range %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @range(%a: tensor<i64>, %b: tensor<i64>, %c: tensor<2xi64>) {
  // expected-error @below {{'onnx.Range' op expects 'delta' to hold one element, got 'tensor<2xi64>'}}
  %y = onnx.Range %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<2xi64>) -> tensor<?xi64>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) {
  %s = onnx.Constant {value = dense<[3, 5]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Reshape' op expects as many elements in the new shape as in 'tensor<2x8xf32>', got [3, 5]}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) {
  %s = onnx.Constant {value = dense<[-1, 5]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Reshape' op expects as many elements in the new shape as in 'tensor<2x8xf32>', got [-1, 5]}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) {
  %s = onnx.Constant {value = dense<[-1, -1]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Reshape' op expects at most one -1 in 'shape'}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) {
  %s = onnx.Constant {value = dense<[-2, 8]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Reshape' op expects sizes of at least -1 in 'shape', got -2}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>) {
  %s = onnx.Constant {value = dense<[2, 8, 0]> : tensor<3xi64>} : tensor<3xi64>
  // expected-error @below {{'onnx.Reshape' op expects a 0 in 'shape' to stand for a dimension of X, got one in dimension 2 of 'tensor<2x8xf32>'}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<?x8xf32>) {
  %s = onnx.Constant {value = dense<[0, -1]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Reshape' op expects no -1 beside a 0 in 'shape' where 'allowzero'}}
  %y = onnx.Reshape %x, %s {allowzero = 1} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x8xf32>, %s: tensor<1x2xi64>) {
  // expected-error @below {{'onnx.Reshape' op expects 'shape' of rank 1, got rank 2}}
  %y = onnx.Reshape %x, %s : (tensor<2x8xf32>, tensor<1x2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @flatten(%x: tensor<2x8xf32>) {
  // expected-error @below {{'onnx.Flatten' op expects 'axis' in [-2, 2], got 3}}
  %y = onnx.Flatten %x {axis = 3} : (tensor<2x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @squeeze(%x: tensor<1x8xf32>) {
  %a = onnx.Constant {value = dense<[1]> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Squeeze' op expects size 1 in dimension 1, got 8}}
  %y = onnx.Squeeze %x, %a : (tensor<1x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @squeeze(%x: tensor<1x8xf32>) {
  %a = onnx.Constant {value = dense<[2]> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Squeeze' op expects 'axes' in [-2, 1], got 2}}
  %y = onnx.Squeeze %x, %a : (tensor<1x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @unsqueeze(%x: tensor<8xf32>) {
  %a = onnx.Constant {value = dense<[0, -3]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Unsqueeze' op expects 'axes' to differ, got 0 twice}}
  %y = onnx.Unsqueeze %x, %a : (tensor<8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @transpose(%x: tensor<1x8xf32>) {
  // expected-error @below {{'onnx.Transpose' op expects 'perm' to be a permutation of 0 … 1, got [0, 0]}}
  %y = onnx.Transpose %x {perm = array<i64: 0, 0>} : (tensor<1x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @transpose(%x: tensor<1x8xf32>) {
  // expected-error @below {{'onnx.Transpose' op expects 'data' of rank 3, got rank 2}}
  %y = onnx.Transpose %x {perm = array<i64: 0, 1, 2>} : (tensor<1x8xf32>) -> tensor<*xf32>
  return
}

// -----

  // expected-note @below {{input #1 is defined here}}
func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2x5xf32>) {
  // expected-error @below {{'onnx.Concat' op expects inputs to agree on dim 1: an input before has 3, input #1 has 5}}
  %y = onnx.Concat %a, %b {axis = 0} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error @below {{'onnx.Concat' op expects inputs of one rank, got 2 and 1}}
  %y = onnx.Concat %a, %b {axis = 0} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) {
  // expected-error @below {{'onnx.Concat' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.Concat %a, %b {axis = 2} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @concat() {
  // expected-error @below {{'onnx.Concat' op expects at least one operand}}
  %y = onnx.Concat {axis = 2} : () -> tensor<*xf32>
  return
}

// -----

func.func @split(%x: tensor<2x7xf32>) {
  %s = onnx.Constant {value = dense<[3, 5]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Split' op expects parts that add up to 7, got 8}}
  %a, %b = onnx.Split %x, %s {axis = 1} : (tensor<2x7xf32>, tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @split(%x: tensor<2x7xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{'onnx.Split' op expects 'split' of 2 elements, got 3}}
  %a, %b = onnx.Split %x, %s {axis = 1} : (tensor<2x7xf32>, tensor<3xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @split(%x: tensor<2x7xf32>) {
  // expected-error @below {{'onnx.Split' op expects 'num_outputs' results, got 2 for 3}}
  %a, %b = onnx.Split %x {axis = 1, num_outputs = 3} : (tensor<2x7xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @split(%x: tensor<2x7xf32>, %s: tensor<2xi64>) {
  // expected-error @below {{'onnx.Split' op expects 'split' or 'num_outputs', got both}}
  %a, %b = onnx.Split %x, %s {axis = 1, num_outputs = 2} : (tensor<2x7xf32>, tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @split(%x: tensor<2x7xf32>) {
  // expected-error @below {{'onnx.Split' op expects 'axis' in [-2, 1], got 2}}
  %a, %b = onnx.Split %x {axis = 2} : (tensor<2x7xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @slice(%x: tensor<8xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) {
  %a = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %t = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Slice' op expects 'steps' other than 0}}
  %y = onnx.Slice %x, %s, %e, %a, %t : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @slice(%x: tensor<8xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) {
  %a = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Slice' op expects 'axes' in [-1, 0], got 1}}
  %y = onnx.Slice %x, %s, %e, %a : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @slice(%x: tensor<8xf32>, %s: tensor<1xi64>, %e: tensor<2xi64>) {
  // expected-error @below {{'onnx.Slice' op expects 'ends' of 1 elements, got 2}}
  %y = onnx.Slice %x, %s, %e : (tensor<8xf32>, tensor<1xi64>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @slice(%x: tensor<8xf32>, %s: tensor<i64>, %e: tensor<2xi64>) {
  // expected-error @below {{'onnx.Slice' op expects 'starts' of rank 1, got rank 0}}
  %y = onnx.Slice %x, %s, %e : (tensor<8xf32>, tensor<i64>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>, %p: tensor<2xi64>) {
  // expected-error @below {{'onnx.Pad' op expects 'mode' to be one of constant, reflect, edge, wrap, got 'mirror'}}
  %y = onnx.Pad %x, %p {mode = "mirror"} : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>, %p: tensor<3xi64>) {
  // expected-error @below {{'onnx.Pad' op expects 'pads' of 2 elements, got 3}}
  %y = onnx.Pad %x, %p : (tensor<4xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>) {
  %p = onnx.Constant {value = dense<[-3, -2]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Pad' op expects 'pads' to remove at most the 4 elements of dimension 0}}
  %y = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>) {
  %p = onnx.Constant {value = dense<[4, 0]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Pad' op expects reflected borders under the size 4 of dimension 0, got 4 and 0}}
  %y = onnx.Pad %x, %p {mode = "reflect"} : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>, %p: tensor<2xi64>, %v: tensor<i64>) {
  // expected-error @below {{'onnx.Pad' op expects operands of one element type, got 'f32' and 'i64'}}
  %y = onnx.Pad %x, %p, %v : (tensor<4xf32>, tensor<2xi64>, tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>) {
  %p = onnx.Constant {value = dense<[9223372036854775807, 0]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Pad' op expects fewer than 2^63 elements}}
  %y = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @expand(%x: tensor<4xf32>) {
  %s = onnx.Constant {value = dense<[2, 3]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Expand' op expects operands that broadcast, got sizes 3 and 4 in dimension 1}}
  %y = onnx.Expand %x, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @expand(%x: tensor<4xf32>) {
  %s = onnx.Constant {value = dense<[-1, 4]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Expand' op expects 'shape' of sizes at least 0, got -1}}
  %y = onnx.Expand %x, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @tile(%x: tensor<4xf32>, %s: tensor<2xi64>) {
  // expected-error @below {{'onnx.Tile' op expects 'repeats' of 1 elements, got 2}}
  %y = onnx.Tile %x, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @tile(%x: tensor<4xf32>) {
  %s = onnx.Constant {value = dense<4611686018427387904> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Tile' op expects fewer than 2^63 elements}}
  %y = onnx.Tile %x, %s : (tensor<4xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @trilu(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Trilu' op expects 'input' of rank at least 2, got rank 1}}
  %y = onnx.Trilu %x : tensor<4xf32>
  return
}

// -----

func.func @depth_to_space(%x: tensor<1x6x3x3xf32>) {
  // expected-error @below {{'onnx.DepthToSpace' op expects channels that divide into 'blocksize' squared, got 6 channels}}
  %y = onnx.DepthToSpace %x {blocksize = 2} : (tensor<1x6x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @depth_to_space(%x: tensor<1x6x3x3xf32>) {
  // expected-error @below {{'onnx.DepthToSpace' op expects 'blocksize' to be at least 1 and below 2^31, got 0}}
  %y = onnx.DepthToSpace %x {blocksize = 0} : (tensor<1x6x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @depth_to_space(%x: tensor<1x6x3x3xf32>) {
  // expected-error @below {{'onnx.DepthToSpace' op expects 'mode' to be one of DCR, CRD, got 'X'}}
  %y = onnx.DepthToSpace %x {blocksize = 1, mode = "X"} : (tensor<1x6x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @space_to_depth(%x: tensor<1x6x3x4xf32>) {
  // expected-error @below {{'onnx.SpaceToDepth' op expects sizes that divide into 'blocksize', got 3 in dimension 2}}
  %y = onnx.SpaceToDepth %x {blocksize = 2} : (tensor<1x6x3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @space_to_depth(%x: tensor<6x3x4xf32>) {
  // expected-error @below {{'onnx.SpaceToDepth' op expects 'input' of rank 4, got rank 3}}
  %y = onnx.SpaceToDepth %x {blocksize = 2} : (tensor<6x3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @reverse_sequence(%x: tensor<2x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{'onnx.ReverseSequence' op expects 'batch_axis' and 'time_axis' to be 0 and 1 or 1 and 0, got 2 and 0}}
  %y = onnx.ReverseSequence %x, %l {batch_axis = 2} : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @reverse_sequence(%x: tensor<2x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{'onnx.ReverseSequence' op expects 'batch_axis' and 'time_axis' to differ, got 0}}
  %y = onnx.ReverseSequence %x, %l {batch_axis = 0} : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @reverse_sequence(%x: tensor<2x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{'onnx.ReverseSequence' op expects 'sequence_lens' of 4 elements, got 2}}
  %y = onnx.ReverseSequence %x, %l : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @center_crop_pad(%x: tensor<2x8xf32>, %s: tensor<2xi64>) {
  // expected-error @below {{'onnx.CenterCropPad' op expects 'shape' of 1 elements, got 2}}
  %y = onnx.CenterCropPad %x, %s {axes = array<i64: 1>} : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<2x?xf32>
  return
}
