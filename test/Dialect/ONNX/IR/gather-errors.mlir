// Rules of gathering, scattering and searching.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @gather(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  // expected-error @below {{'onnx.Gather' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.Gather %x, %i {axis = 2} : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather(%x: tensor<2x8xf32>) {
  %i = onnx.Constant {value = dense<8> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.Gather' op expects indices in [-8, 7], got 8}}
  %y = onnx.Gather %x, %i {axis = 1} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather(%x: tensor<f32>, %i: tensor<1xi64>) {
  // expected-error @below {{'onnx.Gather' op expects 'data' of rank at least 1, got rank 0}}
  %y = onnx.Gather %x, %i : (tensor<f32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather_elements(%x: tensor<2x8xf32>, %i: tensor<1xi64>) {
  // expected-error @below {{'onnx.GatherElements' op expects 'indices' of rank 2, got rank 1}}
  %y = onnx.GatherElements %x, %i : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather_nd(%x: tensor<2x8xf32>, %i: tensor<3x3xi64>) {
  // expected-error @below {{'onnx.GatherND' op expects index tuples of 1 to 2 numbers, got 3}}
  %y = onnx.GatherND %x, %i : (tensor<2x8xf32>, tensor<3x3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather_nd(%x: tensor<2x8xf32>, %i: tensor<3x3xi64>) {
  // expected-error @below {{'onnx.GatherND' op expects 'batch_dims' under the ranks of data and indices, got 2}}
  %y = onnx.GatherND %x, %i {batch_dims = 2} : (tensor<2x8xf32>, tensor<3x3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @gather_nd(%x: tensor<2x8xf32>, %i: tensor<3x1xi64>) {
  // expected-error @below {{'onnx.GatherND' op expects batch dimensions to agree, got 2 and 3}}
  %y = onnx.GatherND %x, %i {batch_dims = 1} : (tensor<2x8xf32>, tensor<3x1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @compress(%x: tensor<2x8xf32>, %c: tensor<2xi1>) {
  // expected-error @below {{'onnx.Compress' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.Compress %x, %c {axis = 2} : (tensor<2x8xf32>, tensor<2xi1>) -> tensor<*xf32>
  return
}

// -----

func.func @compress(%x: tensor<2x8xf32>, %c: tensor<2x8xi1>) {
  // expected-error @below {{'onnx.Compress' op expects 'condition' of rank 1, got rank 2}}
  %y = onnx.Compress %x, %c : (tensor<2x8xf32>, tensor<2x8xi1>) -> tensor<*xf32>
  return
}

// -----

func.func @scatter_elements(%x: tensor<2x8xf32>, %i: tensor<2x3xi64>, %u: tensor<2x3xf32>) {
  // expected-error @below {{'onnx.ScatterElements' op expects 'reduction' to be one of none, add, mul, max, min, got 'sum'}}
  %y = onnx.ScatterElements %x, %i, %u {reduction = "sum"} : (tensor<2x8xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @scatter_elements(%x: tensor<2x8xf32>, %i: tensor<2x3xi64>, %u: tensor<2x4xf32>) {
  // expected-error @below {{'onnx.ScatterElements' op expects indices and updates of one shape, got 'tensor<2x3xi64>' and 'tensor<2x4xf32>'}}
  %y = onnx.ScatterElements %x, %i, %u : (tensor<2x8xf32>, tensor<2x3xi64>, tensor<2x4xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @scatter_elements(%x: tensor<2x8xf32>, %i: tensor<2x3xi64>, %u: tensor<2x3xf64>) {
  // expected-error @below {{'onnx.ScatterElements' op expects operands of one element type, got 'f32' and 'f64'}}
  %y = onnx.ScatterElements %x, %i, %u : (tensor<2x8xf32>, tensor<2x3xi64>, tensor<2x3xf64>) -> tensor<2x8xf32>
  return
}

// -----

func.func @scatter_nd(%x: tensor<8x4xf32>, %i: tensor<3x1xi64>, %u: tensor<3x5xf32>) {
  // expected-error @below {{'onnx.ScatterND' op expects updates of 'tensor<3x4xf32>', got 'tensor<3x5xf32>'}}
  %y = onnx.ScatterND %x, %i, %u : (tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x5xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @scatter_nd(%x: tensor<8x4xf32>, %i: tensor<3x3xi64>, %u: tensor<3xf32>) {
  // expected-error @below {{'onnx.ScatterND' op expects index tuples of at most 2 numbers, got 3}}
  %y = onnx.ScatterND %x, %i, %u : (tensor<8x4xf32>, tensor<3x3xi64>, tensor<3xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @tensor_scatter(%x: tensor<2x8x4xf32>, %u: tensor<2x1x4xf32>) {
  // expected-error @below {{'onnx.TensorScatter' op expects 'mode' to be one of linear, circular, got 'ring'}}
  %y = onnx.TensorScatter %x, %u {mode = "ring"} : (tensor<2x8x4xf32>, tensor<2x1x4xf32>) -> tensor<2x8x4xf32>
  return
}

// -----

func.func @one_hot(%i: tensor<4xi64>, %d: tensor<i64>, %v: tensor<2xf32>) {
  // expected-error @below {{'onnx.OneHot' op expects 'axis' in [-2, 1], got 3}}
  %y = onnx.OneHot %i, %d, %v {axis = 3} : (tensor<4xi64>, tensor<i64>, tensor<2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @one_hot(%i: tensor<4xi64>, %d: tensor<i64>, %v: tensor<3xf32>) {
  // expected-error @below {{'onnx.OneHot' op expects 'values' of 2 elements, got 3}}
  %y = onnx.OneHot %i, %d, %v : (tensor<4xi64>, tensor<i64>, tensor<3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @one_hot(%i: tensor<4xi64>, %v: tensor<2xf32>) {
  %d = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.OneHot' op expects 'depth' of at least 1, got 0}}
  %y = onnx.OneHot %i, %d, %v : (tensor<4xi64>, tensor<i64>, tensor<2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @top_k(%x: tensor<2x8xf32>) {
  %k = onnx.Constant {value = dense<9> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.TopK' op expects K between 0 and the 8 elements along the axis, got 9}}
  %v, %i = onnx.TopK %x, %k : (tensor<2x8xf32>, tensor<1xi64>) -> (tensor<*xf32>, tensor<*xi64>)
  return
}

// -----

func.func @top_k(%x: tensor<2x8xf32>, %k: tensor<1xi64>) {
  // expected-error @below {{'onnx.TopK' op expects 'axis' in [-2, 1], got 2}}
  %v, %i = onnx.TopK %x, %k {axis = 2} : (tensor<2x8xf32>, tensor<1xi64>) -> (tensor<*xf32>, tensor<*xi64>)
  return
}

// -----

func.func @unique(%x: tensor<8xf32>) {
  // expected-error @below {{'onnx.Unique' op expects 'axis' in [-1, 0], got 1}}
  %y = onnx.Unique %x {axis = 1} : (tensor<8xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @non_max_suppression(%b: tensor<1x100x5xf32>, %s: tensor<1x2x100xf32>) {
  // expected-error @below {{'onnx.NonMaxSuppression' op expects the numbers of a box to agree, got 5 and 4}}
  %y = onnx.NonMaxSuppression %b, %s : (tensor<1x100x5xf32>, tensor<1x2x100xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression(%b: tensor<1x100x4xf32>, %s: tensor<1x2x90xf32>) {
  // expected-error @below {{'onnx.NonMaxSuppression' op expects the numbers of boxes and scores to agree, got 100 and 90}}
  %y = onnx.NonMaxSuppression %b, %s : (tensor<1x100x4xf32>, tensor<1x2x90xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression(%b: tensor<1x100x4xf32>, %s: tensor<1x2x100xf32>) {
  // expected-error @below {{'onnx.NonMaxSuppression' op expects 'center_point_box' to be 0 or 1, got 2}}
  %y = onnx.NonMaxSuppression %b, %s {center_point_box = 2} : (tensor<1x100x4xf32>, tensor<1x2x100xf32>) -> tensor<?x3xi64>
  return
}
