// Rules of products.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @mat_mul(%a: tensor<3x4xf32>, %b: tensor<5x6xf32>) {
  // expected-error @below {{'onnx.MatMul' op expects the columns of A and the rows of B to agree, got 4 and 5}}
  %y = onnx.MatMul %a, %b : (tensor<3x4xf32>, tensor<5x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @mat_mul(%a: tensor<f32>, %b: tensor<5x6xf32>) {
  // expected-error @below {{'onnx.MatMul' op expects 'A' of rank at least 1, got rank 0}}
  %y = onnx.MatMul %a, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @mat_mul(%a: tensor<3x4xf32>, %b: tensor<4x6xf64>) {
  // expected-error @below {{'onnx.MatMul' op expects operands of one element type, got 'f32' and 'f64'}}
  %y = onnx.MatMul %a, %b : (tensor<3x4xf32>, tensor<4x6xf64>) -> tensor<*xf32>
  return
}

// -----

func.func @mat_mul(%a: tensor<2x3x4xf32>, %b: tensor<5x4x6xf32>) {
  // expected-error @below {{'onnx.MatMul' op expects operands that broadcast, got sizes 2 and 5 in dimension 0}}
  %y = onnx.MatMul %a, %b : (tensor<2x3x4xf32>, tensor<5x4x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @gemm(%a: tensor<3x4xf32>, %b: tensor<5x6xf32>) {
  // expected-error @below {{'onnx.Gemm' op expects the columns of A' and the rows of B' to agree, got 4 and 5}}
  %y = onnx.Gemm %a, %b : (tensor<3x4xf32>, tensor<5x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @gemm(%a: tensor<3x4x1xf32>, %b: tensor<5x6xf32>) {
  // expected-error @below {{'onnx.Gemm' op expects 'A' of rank 2, got rank 3}}
  %y = onnx.Gemm %a, %b : (tensor<3x4x1xf32>, tensor<5x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @gemm(%a: tensor<3x4xf32>, %b: tensor<4x6xf32>, %c: tensor<5xf32>) {
  // expected-error @below {{'onnx.Gemm' op expects 'C' to broadcast to 'tensor<3x6xf32>', got 'tensor<5xf32>'}}
  %y = onnx.Gemm %a, %b, %c : (tensor<3x4xf32>, tensor<4x6xf32>, tensor<5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum(%a: tensor<3x4xf32>, %b: tensor<4x6xf32>) {
  // expected-error @below {{'onnx.Einsum' op expects one term in 'equation' for each of 2 operands, got 'ij->ij'}}
  %y = onnx.Einsum %a, %b {equation = "ij->ij"} : (tensor<3x4xf32>, tensor<4x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum(%a: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.Einsum' op expects an operand of rank 3 for 'ijk', got rank 2}}
  %y = onnx.Einsum %a {equation = "ijk->ij"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum(%a: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.Einsum' op expects letters and one '...' in a term of 'equation', got 'i1'}}
  %y = onnx.Einsum %a {equation = "i1->i"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum(%a: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.Einsum' op expects letters of operands in the result of 'equation', got 'ij->k'}}
  %y = onnx.Einsum %a {equation = "ij->k"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum(%a: tensor<3x4xf32>, %b: tensor<5x6xf32>) {
  // expected-error @below {{'onnx.Einsum' op expects sizes of 'j' that agree, got 4 and 5}}
  %y = onnx.Einsum %a, %b {equation = "ij,jk->ik"} : (tensor<3x4xf32>, tensor<5x6xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @einsum() {
  // expected-error @below {{'onnx.Einsum' op expects at least one operand}}
  %y = onnx.Einsum {equation = "i"} : () -> tensor<*xf32>
  return
}

// -----

func.func @det(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.Det' op expects rows and columns to agree, got 4 and 3}}
  %y = onnx.Det %x : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @det(%x: tensor<3xf32>) {
  // expected-error @below {{'onnx.Det' op expects 'X' of rank at least 2, got rank 1}}
  %y = onnx.Det %x : (tensor<3xf32>) -> tensor<*xf32>
  return
}
