// Values of shape computations, in which sizes of dimensions are followed.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @batch_is_kept
// CHECK: onnx.Shape {{.*}}-> tensor<3xi64>
// CHECK: onnx.Gather {{.*}}-> tensor<1xi64>
// CHECK: onnx.Concat {{.*}}-> tensor<2xi64>
// CHECK: onnx.Reshape {{.*}}-> tensor<?x12xf32>
func.func @batch_is_kept(%x: tensor<?x3x4xf32>) -> tensor<*xf32> {
  %s = onnx.Shape %x : (tensor<?x3x4xf32>) -> tensor<3xi64>
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %n = onnx.Gather %s, %zero : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
  %m = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %t = onnx.Concat %n, %m {axis = 0} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y = onnx.Reshape %x, %t : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @through_elementwise
// CHECK: onnx.Relu {{.*}}: tensor<?x?xf32>
// CHECK: onnx.Transpose {{.*}}: tensor<?x?xf32>
// CHECK: onnx.Shape {{.*}}-> tensor<1xi64>
// CHECK: onnx.Concat {{.*}}-> tensor<3xi64>
// CHECK: onnx.Reshape {{.*}}-> tensor<?x3x?xf32>
func.func @through_elementwise(%x: tensor<?x?xf32>, %v: tensor<?x12xf32>) -> tensor<*xf32> {
  %r = onnx.Relu %x : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %p = onnx.Transpose %r : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %n = onnx.Shape %p {start = 1} : (tensor<?x?xf32>) -> tensor<1xi64>
  %k = onnx.Constant {value = dense<[3, -1]> : tensor<2xi64>} : tensor<2xi64>
  %t = onnx.Concat %n, %k {axis = 0} : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
  %y = onnx.Reshape %v, %t : (tensor<?x12xf32>, tensor<3xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @expand_of_where
// CHECK: onnx.ConstantOfShape {{.*}}-> tensor<2xi64>
// CHECK: onnx.Equal {{.*}}-> tensor<2xi1>
// CHECK: onnx.Where {{.*}}-> tensor<2xi64>
// CHECK: onnx.Expand {{.*}}-> tensor<3x4xf32>
func.func @expand_of_where(%x: tensor<3x1xf32>) -> tensor<*xf32> {
  %two = onnx.Constant {value = dense<2> : tensor<1xi64>} : tensor<1xi64>
  %s = onnx.ConstantOfShape %two {value = dense<1> : tensor<1xi64>} : (tensor<1xi64>) -> tensor<2xi64>
  %shape = onnx.Constant {value = dense<[-1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %m = onnx.Constant {value = dense<-1> : tensor<i64>} : tensor<i64>
  %e = onnx.Equal %shape, %m : (tensor<2xi64>, tensor<i64>) -> tensor<2xi1>
  %w = onnx.Where %e, %s, %shape : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %y = onnx.Expand %x, %w : (tensor<3x1xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @halved
// CHECK: onnx.Shape {{.*}}-> tensor<1xi64>
// CHECK: onnx.Div {{.*}}: tensor<1xi64>
// CHECK: onnx.Slice {{.*}}-> tensor<?x4xf32>
func.func @halved(%x: tensor<?x8xf32>) -> tensor<*xf32> {
  %s = onnx.Shape %x {start = 1} : (tensor<?x8xf32>) -> tensor<1xi64>
  %two = onnx.Constant {value = dense<2> : tensor<1xi64>} : tensor<1xi64>
  %h = onnx.Div %s, %two : tensor<1xi64>
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %one = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %zero, %h, %one : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @sizes_from_scales
// CHECK: onnx.Shape {{.*}}-> tensor<2xi64>
// CHECK: onnx.Mul {{.*}}-> tensor<2xi64>
// CHECK: onnx.Concat {{.*}}-> tensor<4xi64>
// CHECK: onnx.Resize {{.*}}-> tensor<1x3x16x18xf32>
func.func @sizes_from_scales(%x: tensor<1x3x8x9xf32>) -> tensor<*xf32> {
  %s = onnx.Shape %x {start = 2} : (tensor<1x3x8x9xf32>) -> tensor<2xi64>
  %two = onnx.Constant {value = dense<2> : tensor<i64>} : tensor<i64>
  %t = onnx.Mul %s, %two : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
  %nc = onnx.Constant {value = dense<[1, 3]> : tensor<2xi64>} : tensor<2xi64>
  %u = onnx.Concat %nc, %t {axis = 0} : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  %y = onnx.Resize %x, none, none, %u : (tensor<1x3x8x9xf32>, tensor<4xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @positions
// CHECK: onnx.Shape {{.*}}-> tensor<1xi64>
// CHECK: onnx.Squeeze {{.*}}-> tensor<i64>
// CHECK: onnx.Range {{.*}}-> tensor<8xi64>
func.func @positions(%x: tensor<?x8xf32>) -> tensor<*xi64> {
  %s = onnx.Shape %x {start = 1} : (tensor<?x8xf32>) -> tensor<1xi64>
  %n = onnx.Squeeze %s : (tensor<1xi64>) -> tensor<i64>
  %zero = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  %one = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
  %y = onnx.Range %zero, %n, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<*xi64>
  return %y : tensor<*xi64>
}
