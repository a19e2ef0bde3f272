// Rules of operators with graphs inside.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @test(%c: tensor<i1>, %a: tensor<4xf32>) {
  // expected-error @below {{'onnx.If' op expects 1 outputs of 'then_branch', got 2}}
  %y = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
    onnx.Yield %a, %a : tensor<4xf32>, tensor<4xf32>
  }, {
    onnx.Yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @test(%c: tensor<i1>, %a: tensor<4xf32>, %b: tensor<4xi64>) {
  // expected-error @below {{'onnx.If' op expects branches of one element type for output #0, got 'tensor<4xf32>' and 'tensor<4xi64>'}}
  %y = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
    onnx.Yield %a : tensor<4xf32>
  }, {
    onnx.Yield %b : tensor<4xi64>
  }
  return
}

// -----

func.func @test(%c: tensor<2xi1>, %a: tensor<4xf32>) {
  // expected-error @below {{'onnx.If' op expects 'cond' to hold one element, got 'tensor<2xi1>'}}
  %y = onnx.If %c : (tensor<2xi1>) -> tensor<4xf32> {
    onnx.Yield %a : tensor<4xf32>
  }, {
    onnx.Yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @test(%c: tensor<i1>, %a: tensor<4xf32>) {
  // expected-error @below {{'onnx.If' op expects branches without arguments, got 1}}
  %y = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
  ^bb0(%v: tensor<4xf32>):
    onnx.Yield %v : tensor<4xf32>
  }, {
    onnx.Yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @test(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Loop' op expects a body of 3 inputs that ends in onnx.Yield, got 2 inputs}}
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>):
    onnx.Yield %go, %x : tensor<i1>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Loop' op expects a body of 1 output more than the 1 results, got 1}}
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    onnx.Yield %go : tensor<i1>
  }
  return
}

// -----

func.func @test(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Loop' op expects carried value #0 to keep its element type, got 'tensor<4xf32>' and 'tensor<4xi64>'}}
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    %w = onnx.Cast %v {to = 7} : (tensor<4xf32>) -> tensor<4xi64>
    onnx.Yield %go, %w : tensor<i1>, tensor<4xi64>
  }
  return
}

// -----

func.func @test(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Loop' op expects a body whose first inputs are an i64 and an i1, got 'tensor<i32>' and 'tensor<i1>'}}
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i32>, %go: tensor<i1>, %v: tensor<4xf32>):
    onnx.Yield %go, %v : tensor<i1>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error @below {{'onnx.Loop' op expects a body whose first output is an i1, got 'tensor<i64>'}}
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    onnx.Yield %i, %v : tensor<i64>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects 'num_scan_inputs' in [1, 2], got 3}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 3} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects 'scan_input_axes' of 1 numbers, got 2}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1, scan_input_axes = array<i64: 0, 1>} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects 'scan_input_axes' in [-2, 1], got 2}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1, scan_input_axes = array<i64: 2>} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects 'scan_output_axes' in [-2, 1], got 2}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1, scan_output_axes = array<i64: 2>} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects body input #1 of rank 1, got rank 2}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4x1xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects body input #1 of 'f32', got 'f64'}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf64>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects the lengths of the scan inputs to agree, got 4 and 5}}
  %s, %y = onnx.Scan %s0, %x {num_scan_inputs = 2} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %s1, %s1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects a body of 2 inputs that ends in onnx.Yield, got 1 inputs}}
  %s = onnx.Scan %s0, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> tensor<4xf32> {
  ^bb0(%x1: tensor<4xf32>):
    onnx.Yield %x1 : tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Scan' op expects a body of 1 outputs, got 2}}
  %s = onnx.Scan %s0, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> tensor<4xf32> {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    onnx.Yield %x1, %x1 : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%s0: tensor<4xf32>, %x: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.Yield' op expects parent op to be one of 'onnx.If, onnx.Loop, onnx.preview.FlexAttention, onnx.Scan, onnx.SequenceMap'}}
  onnx.Yield %s0 : tensor<4xf32>
  return
}
