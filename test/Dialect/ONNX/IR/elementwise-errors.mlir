// Rules of elementwise operators and activations.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @add(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error @below {{'onnx.Add' op expects operands that broadcast, got sizes 3 and 4 in dimension 1}}
  %y = onnx.Add %a, %b : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @add(%a: tensor<4xf32>, %b: tensor<4xi64>) {
  // expected-error @below {{'onnx.Add' op expects operands of one element type, got 'f32' and 'i64'}}
  %y = onnx.Add %a, %b : (tensor<4xf32>, tensor<4xi64>) -> tensor<4xf32>
  return
}

// -----

func.func @add(%a: tensor<4xi1>, %b: tensor<4xi1>) {
  // expected-error @below {{'onnx.Add' op operand #0 must be tensor of number values, but got 'tensor<4xi1>'}}
  %y = onnx.Add %a, %b : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return
}

// -----

func.func @add(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'onnx.Add' op expects result #0 of 'tensor<4xf32>', got 'tensor<5xf32>'}}
  %y = onnx.Add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @add(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'onnx.Add' op expects result #0 of 'tensor<4xf32>', got 'tensor<4xf64>'}}
  %y = onnx.Add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @max() {
  // expected-error @below {{'onnx.Max' op expects at least one operand}}
  %y = onnx.Max : () -> tensor<4xf32>
  return
}

// -----

func.func @relu(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Relu' op requires the same shape for all operands and results}}
  %y = onnx.Relu %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @clip(%x: tensor<4xf32>, %min: tensor<2xf32>) {
  // expected-error @below {{'onnx.Clip' op expects 'min' to hold one element, got 'tensor<2xf32>'}}
  %y = onnx.Clip %x, %min : (tensor<4xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @clip(%x: tensor<4xf32>, %max: tensor<f64>) {
  // expected-error @below {{'onnx.Clip' op expects operands of one element type, got 'f32' and 'f64'}}
  %y = onnx.Clip %x, none, %max : (tensor<4xf32>, tensor<f64>) -> tensor<4xf32>
  return
}

// -----

func.func @prelu(%x: tensor<4x1xf32>, %s: tensor<4x4xf32>) {
  // expected-error @below {{'onnx.PRelu' op expects 'slope' to broadcast to 'tensor<4x1xf32>', got 'tensor<4x4xf32>'}}
  %y = onnx.PRelu %x, %s : (tensor<4x1xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @softmax(%x: tensor<2x8xf32>) {
  // expected-error @below {{'onnx.Softmax' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.Softmax %x {axis = 2} : tensor<2x8xf32>
  return
}

// -----

func.func @where(%c: tensor<4xi1>, %x: tensor<4xf32>, %y0: tensor<4xi64>) {
  // expected-error @below {{'onnx.Where' op expects operands of one element type, got 'f32' and 'i64'}}
  %y = onnx.Where %c, %x, %y0 : (tensor<4xi1>, tensor<4xf32>, tensor<4xi64>) -> tensor<4xf32>
  return
}

// -----

func.func @bit_shift(%a: tensor<4xui8>, %b: tensor<4xui8>) {
  // expected-error @below {{'onnx.BitShift' op expects 'direction' to be LEFT or RIGHT, got 'UP'}}
  %y = onnx.BitShift %a, %b {direction = "UP"} : tensor<4xui8>
  return
}

// -----

func.func @less(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'onnx.Less' op result #0 must be tensor of 1-bit signless integer values, but got 'tensor<4xf32>'}}
  %y = onnx.Less %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Cast' op expects 'to' to be the number of a tensor's data type, got 99}}
  %y = onnx.Cast %x {to = 99} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Cast' op expects result #0 of 'tensor<4xi64>', got 'tensor<4xf32>'}}
  %y = onnx.Cast %x {to = 7} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Cast' op requires attribute 'to'}}
  %y = onnx.Cast %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Cast' op requires attribute 'to'}}
  %y = onnx.Cast %x {to = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @bit_cast(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.BitCast' op expects 'to' to have the bits of 'f32', got 'i64'}}
  %y = onnx.BitCast %x {to = 7} : (tensor<4xf32>) -> tensor<4xi64>
  return
}
