// Rules of reductions.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @reduce_sum(%x: tensor<2x8xf32>) {
  %axes = onnx.Constant {value = dense<[2]> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.ReduceSum' op expects 'axes' in [-2, 1], got 2}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reduce_sum(%x: tensor<2x8xf32>) {
  %axes = onnx.Constant {value = dense<[1, -1]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.ReduceSum' op expects 'axes' to differ, got 1 twice}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reduce_sum(%x: tensor<2x8xf32>, %axes: tensor<1x1xi64>) {
  // expected-error @below {{'onnx.ReduceSum' op expects 'axes' of rank 1, got rank 2}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x8xf32>, tensor<1x1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @reduce_sum(%x: tensor<2x8xf32>) {
  %axes = onnx.Constant {value = dense<[1]> : tensor<1xi64>} : tensor<1xi64>
  // expected-error @below {{'onnx.ReduceSum' op expects result #0 of 'tensor<2x1xf32>', got 'tensor<2x8xf32>'}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<2x8xf32>
  return
}

// -----

func.func @arg_max(%x: tensor<2x8xf32>) {
  // expected-error @below {{'onnx.ArgMax' op expects 'axis' in [-2, 1], got -3}}
  %y = onnx.ArgMax %x {axis = -3} : (tensor<2x8xf32>) -> tensor<*xi64>
  return
}

// -----

func.func @cum_sum(%x: tensor<2x8xf32>) {
  %axis = onnx.Constant {value = dense<2> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.CumSum' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.CumSum %x, %axis : (tensor<2x8xf32>, tensor<i64>) -> tensor<2x8xf32>
  return
}

// -----

func.func @cum_sum(%x: tensor<2x8xf32>, %axis: tensor<2xi64>) {
  // expected-error @below {{'onnx.CumSum' op expects 'axis' to hold one element, got 'tensor<2xi64>'}}
  %y = onnx.CumSum %x, %axis : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return
}
