// Canonical forms.
// RUN: quern-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @squeeze
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<1x3x1xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, 1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<1x3x1xf32>, tensor<2xi64>) -> tensor<3x1xf32>
// CHECK: return %[[R1]] : tensor<3x1xf32>
func.func @squeeze(%x: tensor<1x3x1xf32>) -> tensor<3x1xf32> {
  %a = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Squeeze %x, %a : (tensor<1x3x1xf32>, tensor<1xi64>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// CHECK-LABEL: @unsqueeze
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-1, 1, 3]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<?x3xf32>, tensor<3xi64>) -> tensor<?x1x3xf32>
// CHECK: return %[[R1]] : tensor<?x1x3xf32>
func.func @unsqueeze(%x: tensor<?x3xf32>) -> tensor<?x1x3xf32> {
  %a = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Unsqueeze %x, %a : (tensor<?x3xf32>, tensor<1xi64>) -> tensor<?x1x3xf32>
  return %y : tensor<?x1x3xf32>
}

// CHECK-LABEL: @unsqueeze_keeps_sizes
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[0, 0, 1]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<?x?xf32>, tensor<3xi64>) -> tensor<?x?x1xf32>
// CHECK: return %[[R1]] : tensor<?x?x1xf32>
func.func @unsqueeze_keeps_sizes(%x: tensor<?x?xf32>) -> tensor<?x?x1xf32> {
  %a = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Unsqueeze %x, %a : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  return %y : tensor<?x?x1xf32>
}

// CHECK-LABEL: @unsqueeze_between_sizes
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[0, 1, -1]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<?x?xf32>, tensor<3xi64>) -> tensor<?x1x?xf32>
// CHECK: return %[[R1]] : tensor<?x1x?xf32>
func.func @unsqueeze_between_sizes(%x: tensor<?x?xf32>) -> tensor<?x1x?xf32> {
  %a = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Unsqueeze %x, %a : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x1x?xf32>
  return %y : tensor<?x1x?xf32>
}

// CHECK-LABEL: @unsqueeze_before_sizes_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R1:.*]] = onnx.Unsqueeze %[[X]], %[[R0]] : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<1x?x?xf32>
// CHECK: return %[[R1]] : tensor<1x?x?xf32>
func.func @unsqueeze_before_sizes_is_left(%x: tensor<?x?xf32>) -> tensor<1x?x?xf32> {
  %a = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Unsqueeze %x, %a : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<1x?x?xf32>
  return %y : tensor<1x?x?xf32>
}

// CHECK-LABEL: @flatten
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-1, 12]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x12xf32>
// CHECK: return %[[R1]] : tensor<?x12xf32>
func.func @flatten(%x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %y = onnx.Flatten %x : (tensor<?x3x4xf32>) -> tensor<?x12xf32>
  return %y : tensor<?x12xf32>
}

// CHECK-LABEL: @reshapes
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<2x3x4xf32>, tensor<1xi64>) -> tensor<24xf32>
// CHECK: return %[[R1]] : tensor<24xf32>
func.func @reshapes(%x: tensor<2x3x4xf32>) -> tensor<24xf32> {
  %s = onnx.Constant {value = dense<[6, 4]> : tensor<2xi64>} : tensor<2xi64>
  %z = onnx.Reshape %x, %s : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<6x4xf32>
  %t = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Reshape %z, %t : (tensor<6x4xf32>, tensor<1xi64>) -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// CHECK-LABEL: @reshapes_with_a_copied_size
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[6, 2, 2]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<2x3x4xf32>, tensor<3xi64>) -> tensor<6x2x2xf32>
// CHECK: return %[[R1]] : tensor<6x2x2xf32>
func.func @reshapes_with_a_copied_size(%x: tensor<2x3x4xf32>) -> tensor<6x2x2xf32> {
  %s = onnx.Constant {value = dense<[6, 4]> : tensor<2xi64>} : tensor<2xi64>
  %z = onnx.Reshape %x, %s : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<6x4xf32>
  %t = onnx.Constant {value = dense<[0, 2, 2]> : tensor<3xi64>} : tensor<3xi64>
  %y = onnx.Reshape %z, %t : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<6x2x2xf32>
  return %y : tensor<6x2x2xf32>
}

// CHECK-LABEL: @computed_shape
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-1, 12]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Reshape %[[X]], %[[R0]] : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x12xf32>
// CHECK: return %[[R1]] : tensor<?x12xf32>
func.func @computed_shape(%x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %s = onnx.Shape %x {end = 1} : (tensor<?x3x4xf32>) -> tensor<1xi64>
  %k = onnx.Constant {value = dense<12> : tensor<1xi64>} : tensor<1xi64>
  %t = onnx.Concat %s, %k {axis = 0} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y = onnx.Reshape %x, %t : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x12xf32>
  return %y : tensor<?x12xf32>
}

// CHECK-LABEL: @unknown_shape_is_left
// CHECK-SAME:  %[[X0:[a-z0-9]+]]: tensor<?x?x4xf32>
// CHECK: %[[R0:.*]] = onnx.Reshape %[[X0]], %{{.*}} : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
// CHECK: return %[[R0]] : tensor<?x?xf32>
func.func @unknown_shape_is_left(%x: tensor<?x?x4xf32>, %t: tensor<2xi64>) -> tensor<?x?xf32> {
  %y = onnx.Reshape %x, %t : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: @transposes
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Transpose %[[X]] {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
// CHECK: return %[[R0]], %[[X]] : tensor<4x2x3xf32>, tensor<2x3x4xf32>
func.func @transposes(%x: tensor<2x3x4xf32>) -> (tensor<4x2x3xf32>, tensor<2x3x4xf32>) {
  %z = onnx.Transpose %x {perm = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %y = onnx.Transpose %z {perm = array<i64: 1, 2, 0>} : (tensor<3x4x2xf32>) -> tensor<4x2x3xf32>
  %w = onnx.Transpose %y {perm = array<i64: 1, 2, 0>} : (tensor<4x2x3xf32>) -> tensor<2x3x4xf32>
  return %y, %w : tensor<4x2x3xf32>, tensor<2x3x4xf32>
}

// CHECK-LABEL: @reversed
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[R0:.*]] = onnx.Transpose %[[X]] {perm = array<i64: 2, 1, 0>} : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
// CHECK: return %[[R0]] : tensor<4x3x2xf32>
func.func @reversed(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %y = onnx.Transpose %x : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  return %y : tensor<4x3x2xf32>
}

// CHECK-LABEL: @exact_casts
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf16>
// CHECK: %[[R0:.*]] = onnx.Cast %[[X]] {to = 7 : i64} : (tensor<4xf16>) -> tensor<4xi64>
// CHECK: return %[[R0]] : tensor<4xi64>
func.func @exact_casts(%x: tensor<4xf16>) -> tensor<4xi64> {
  %z = onnx.Cast %x {to = 1} : (tensor<4xf16>) -> tensor<4xf32>
  %y = onnx.Cast %z {to = 7} : (tensor<4xf32>) -> tensor<4xi64>
  return %y : tensor<4xi64>
}

// CHECK-LABEL: @casts_there_and_back
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xi32>
// CHECK: return %[[X]] : tensor<4xi32>
func.func @casts_there_and_back(%x: tensor<4xi32>) -> tensor<4xi32> {
  %z = onnx.Cast %x {to = 7} : (tensor<4xi32>) -> tensor<4xi64>
  %y = onnx.Cast %z {to = 6} : (tensor<4xi64>) -> tensor<4xi32>
  return %y : tensor<4xi32>
}

// CHECK-LABEL: @rounding_casts_are_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Cast %[[X]] {to = 10 : i64} : (tensor<4xf32>) -> tensor<4xf16>
// CHECK: %[[R1:.*]] = onnx.Cast %[[R0]] {to = 1 : i64} : (tensor<4xf16>) -> tensor<4xf32>
// CHECK: return %[[R1]] : tensor<4xf32>
func.func @rounding_casts_are_left(%x: tensor<4xf32>) -> tensor<4xf32> {
  %z = onnx.Cast %x {to = 10} : (tensor<4xf32>) -> tensor<4xf16>
  %y = onnx.Cast %z {to = 1} : (tensor<4xf16>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @integers_of_another_sign_are_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xi32>
// CHECK: %[[R0:.*]] = onnx.Cast %[[X]] {to = 13 : i64} : (tensor<4xi32>) -> tensor<4xui64>
// CHECK: %[[R1:.*]] = onnx.Cast %[[R0]] {to = 1 : i64} : (tensor<4xui64>) -> tensor<4xf32>
// CHECK: return %[[R1]] : tensor<4xf32>
func.func @integers_of_another_sign_are_left(%x: tensor<4xi32>) -> tensor<4xf32> {
  %z = onnx.Cast %x {to = 13} : (tensor<4xi32>) -> tensor<4xui64>
  %y = onnx.Cast %z {to = 1} : (tensor<4xui64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @cast_like
// CHECK-SAME:  %[[X0:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Cast %[[X0]] {to = 10 : i64} : (tensor<4xf32>) -> tensor<4xf16>
// CHECK: return %[[R0]] : tensor<4xf16>
func.func @cast_like(%x: tensor<4xf32>, %t: tensor<1xf16>) -> tensor<4xf16> {
  %y = onnx.CastLike %x, %t : (tensor<4xf32>, tensor<1xf16>) -> tensor<4xf16>
  return %y : tensor<4xf16>
}

// CHECK-LABEL: @empty_operands
// CHECK-SAME:  %[[X1:[a-z0-9]+]]: tensor<2x4xf32>
// CHECK: return %[[X1]] : tensor<2x4xf32>
func.func @empty_operands(%a: tensor<2x0xf32>, %b: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = onnx.Concat %a, %b {axis = 1} : (tensor<2x0xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: @split_in_one
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @split_in_one(%a: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Split %a {num_outputs = 1} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @dropout
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @dropout(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Dropout %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @dropout_mask
// CHECK-SAME:  %[[X0:[a-z0-9]+]]: tensor<?x4xf32>
// CHECK: %[[R0:.*]] = onnx.Shape %[[X0]] : (tensor<?x4xf32>) -> tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.ConstantOfShape %[[R0]] {value = dense<true> : tensor<1xi1>} : (tensor<2xi64>) -> tensor<?x4xi1>
// CHECK: return %[[X0]], %[[R1]] : tensor<?x4xf32>, tensor<?x4xi1>
func.func @dropout_mask(%x: tensor<?x4xf32>, %r: tensor<f32>) -> (tensor<?x4xf32>, tensor<?x4xi1>) {
  %t = onnx.Constant {value = dense<false> : tensor<i1>} : tensor<i1>
  %y, %m = onnx.Dropout %x, %r, %t : (tensor<?x4xf32>, tensor<f32>, tensor<i1>) -> (tensor<?x4xf32>, tensor<?x4xi1>)
  return %y, %m : tensor<?x4xf32>, tensor<?x4xi1>
}

// CHECK-LABEL: @dropout_in_training_is_left
// CHECK-SAME:  %[[X0:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<true> : tensor<i1>} : tensor<i1>
// CHECK: %[[R1:.*]] = onnx.Dropout %[[X0]], %{{.*}}, %[[R0]] : (tensor<4xf32>, tensor<f32>, tensor<i1>) -> tensor<4xf32>
// CHECK: return %[[R1]] : tensor<4xf32>
func.func @dropout_in_training_is_left(%x: tensor<4xf32>, %r: tensor<f32>) -> tensor<4xf32> {
  %t = onnx.Constant {value = dense<true> : tensor<i1>} : tensor<i1>
  %y = onnx.Dropout %x, %r, %t : (tensor<4xf32>, tensor<f32>, tensor<i1>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
