// Rules of quantization.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<f32>, %z: tensor<2xui8>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects scale and zero point of one shape, got 'tensor<f32>' and 'tensor<2xui8>'}}
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<2x4xf32>, tensor<f32>, tensor<2xui8>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<4xf32>, %z: tensor<4xui8>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.QuantizeLinear %x, %s, %z {axis = 2} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xui8>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<4xf32>, %z: tensor<4xui8>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects 'scale' of 2 elements, got 4}}
  %y = onnx.QuantizeLinear %x, %s, %z {axis = 0} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xui8>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects 'output_dtype' to be the type of the zero point, got 'i8' and 'ui8'}}
  %y = onnx.QuantizeLinear %x, %s, %z {output_dtype = 3} : (tensor<2x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<f32>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects an integer of at most 32 bits or a float of at most 8 as the result, got 'f32'}}
  %y = onnx.QuantizeLinear %x, %s {output_dtype = 1} : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<f32>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects 'block_size' to be at least 0, got -1}}
  %y = onnx.QuantizeLinear %x, %s {block_size = -1} : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<2x4xf32>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects the blocks and scales in dimension 1 to agree, got 2 and 4}}
  %y = onnx.QuantizeLinear %x, %s {block_size = 2} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xui8>
  return
}

// -----

func.func @quantize_linear(%x: tensor<2x4xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{'onnx.QuantizeLinear' op expects 'scale' of rank 2, got rank 1}}
  %y = onnx.QuantizeLinear %x, %s {block_size = 2} : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xui8>
  return
}

// -----

func.func @dequantize_linear(%x: tensor<2x4xui8>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error @below {{'onnx.DequantizeLinear' op expects operands of one element type, got 'ui8' and 'i8'}}
  %y = onnx.DequantizeLinear %x, %s, %z : (tensor<2x4xui8>, tensor<f32>, tensor<i8>) -> tensor<2x4xf32>
  return
}

// -----

func.func @dequantize_linear(%x: tensor<2x4xf64>, %s: tensor<f32>) {
  // expected-error @below {{'onnx.DequantizeLinear' op expects x of integers of at most 32 bits or floats of at most 8, got 'f64'}}
  %y = onnx.DequantizeLinear %x, %s : (tensor<2x4xf64>, tensor<f32>) -> tensor<2x4xf32>
  return
}
