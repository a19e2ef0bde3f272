// Result types of sizes, views and the movement of ranges.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @shape
// CHECK: onnx.Shape {{.*}}-> tensor<3xi64>
// CHECK: onnx.Shape {{.*}}-> tensor<2xi64>
// CHECK: onnx.Shape {{.*}}-> tensor<0xi64>
func.func @shape(%x: tensor<2x?x4xf32>) -> (tensor<*xi64>, tensor<*xi64>, tensor<*xi64>) {
  %y = onnx.Shape %x : (tensor<2x?x4xf32>) -> tensor<*xi64>
  %z = onnx.Shape %x {start = -2, end = 100} : (tensor<2x?x4xf32>) -> tensor<*xi64>
  %w = onnx.Shape %x {start = 2, end = 1} : (tensor<2x?x4xf32>) -> tensor<*xi64>
  return %y, %z, %w : tensor<*xi64>, tensor<*xi64>, tensor<*xi64>
}

// CHECK-LABEL: @constant_of_shape
// CHECK: onnx.ConstantOfShape {{.*}}-> tensor<2x0x3xi64>
func.func @constant_of_shape() -> tensor<*xi64> {
  %s = onnx.Constant {value = dense<[2, 0, 3]> : tensor<3xi64>} : tensor<3xi64>
  %y = onnx.ConstantOfShape %s {value = dense<1> : tensor<1xi64>} : (tensor<3xi64>) -> tensor<*xi64>
  return %y : tensor<*xi64>
}

// CHECK-LABEL: @range
// CHECK: onnx.Range {{.*}}-> tensor<3xi64>
// CHECK: onnx.Range {{.*}}-> tensor<3xi64>
// CHECK: onnx.Range {{.*}}-> tensor<4xf32>
func.func @range() -> (tensor<*xi64>, tensor<*xi64>, tensor<*xf32>) {
  %a = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
  %b = onnx.Constant {value = dense<10> : tensor<i64>} : tensor<i64>
  %d = onnx.Constant {value = dense<3> : tensor<i64>} : tensor<i64>
  %y = onnx.Range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<*xi64>
  %m = onnx.Constant {value = dense<-4> : tensor<i64>} : tensor<i64>
  %z = onnx.Range %b, %a, %m : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<*xi64>
  %e = onnx.Constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %f = onnx.Constant {value = dense<1.0> : tensor<f32>} : tensor<f32>
  %g = onnx.Constant {value = dense<0.3> : tensor<f32>} : tensor<f32>
  %w = onnx.Range %e, %f, %g : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xi64>, tensor<*xi64>, tensor<*xf32>
}

// CHECK-LABEL: @reshape
// CHECK: onnx.Reshape {{.*}}-> tensor<2x12xf32>
func.func @reshape(%x: tensor<2x3x4xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<[0, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Reshape %x, %s : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @reshape_dynamic
// CHECK: onnx.Reshape {{.*}}-> tensor<?x12xf32>
// CHECK: onnx.Reshape {{.*}}-> tensor<?x6xf32>
func.func @reshape_dynamic(%x: tensor<?x3x4xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %s = onnx.Constant {value = dense<[0, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Reshape %x, %s : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  %t = onnx.Constant {value = dense<[-1, 6]> : tensor<2xi64>} : tensor<2xi64>
  %z = onnx.Reshape %x, %t : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @reshape_unknown
// CHECK: onnx.Reshape {{.*}}-> tensor<?x?xf32>
func.func @reshape_unknown(%x: tensor<2x3x4xf32>, %s: tensor<2xi64>) -> tensor<*xf32> {
  %y = onnx.Reshape %x, %s : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @flatten
// CHECK: onnx.Flatten {{.*}}-> tensor<1x24xf32>
// CHECK: onnx.Flatten {{.*}}-> tensor<6x4xf32>
// CHECK: onnx.Flatten {{.*}}-> tensor<?x12xf32>
func.func @flatten(%x: tensor<2x3x4xf32>, %v: tensor<?x3x4xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Flatten %x {axis = 0} : (tensor<2x3x4xf32>) -> tensor<*xf32>
  %z = onnx.Flatten %x {axis = -1} : (tensor<2x3x4xf32>) -> tensor<*xf32>
  %w = onnx.Flatten %v {axis = 1} : (tensor<?x3x4xf32>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @squeeze
// CHECK: onnx.Squeeze {{.*}}-> tensor<3xf32>
// CHECK: onnx.Squeeze {{.*}}-> tensor<1x3xf32>
// CHECK: onnx.Squeeze {{.*}}-> tensor<?x?xf32>
func.func @squeeze(%x: tensor<1x3x1xf32>, %v: tensor<?x3x1xf32>, %b: tensor<1xi64>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Squeeze %x : (tensor<1x3x1xf32>) -> tensor<*xf32>
  %a = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %z = onnx.Squeeze %x, %a : (tensor<1x3x1xf32>, tensor<1xi64>) -> tensor<*xf32>
  %w = onnx.Squeeze %v, %b : (tensor<?x3x1xf32>, tensor<1xi64>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @unsqueeze
// CHECK: onnx.Unsqueeze {{.*}}-> tensor<1x?x3x1xf32>
// CHECK: onnx.Unsqueeze {{.*}}-> tensor<?x?x?x?xf32>
func.func @unsqueeze(%x: tensor<?x3xf32>, %b: tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>) {
  %a = onnx.Constant {value = dense<[0, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Unsqueeze %x, %a : (tensor<?x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  %z = onnx.Unsqueeze %x, %b : (tensor<?x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @transpose
// CHECK: onnx.Transpose {{.*}}-> tensor<4x?x2xf32>
// CHECK: onnx.Transpose {{.*}}-> tensor<?x2x4xf32>
func.func @transpose(%x: tensor<2x?x4xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Transpose %x : (tensor<2x?x4xf32>) -> tensor<*xf32>
  %z = onnx.Transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<2x?x4xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @concat
// CHECK: onnx.Concat {{.*}}-> tensor<2x8xf32>
// CHECK: onnx.Concat {{.*}}: tensor<?x5xf32>
func.func @concat(%a: tensor<2x3xf32>, %b: tensor<?x5xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Concat %a, %b {axis = -1} : (tensor<2x3xf32>, tensor<?x5xf32>) -> tensor<*xf32>
  %z = onnx.Concat %b, %b {axis = 0} : (tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @split
// CHECK: onnx.Split {{.*}}-> (tensor<2x4xf32>, tensor<2x3xf32>)
// CHECK: onnx.Split {{.*}}-> (tensor<2x2xf32>, tensor<2x5xf32>)
func.func @split(%x: tensor<2x7xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y, %z = onnx.Split %x {axis = 1, num_outputs = 2} : (tensor<2x7xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  %s = onnx.Constant {value = dense<[2, 5]> : tensor<2xi64>} : tensor<2xi64>
  %v, %w = onnx.Split %x, %s {axis = 1} : (tensor<2x7xf32>, tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return %y, %z, %v, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @slice
// CHECK: onnx.Slice {{.*}}-> tensor<7x2xf32>
func.func @slice(%x: tensor<8x9xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<[1, -3]> : tensor<2xi64>} : tensor<2xi64>
  %e = onnx.Constant {value = dense<[9223372036854775807, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Slice %x, %s, %e : (tensor<8x9xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @slice_backwards
// CHECK: onnx.Slice {{.*}}-> tensor<8x5xf32>
// CHECK: onnx.Slice {{.*}}-> tensor<8x3xf32>
func.func @slice_backwards(%x: tensor<8x9xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %s = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %e = onnx.Constant {value = dense<-9223372036854775808> : tensor<1xi64>} : tensor<1xi64>
  %a = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %t = onnx.Constant {value = dense<-2> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %s, %e, %a, %t : (tensor<8x9xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  %f = onnx.Constant {value = dense<3> : tensor<1xi64>} : tensor<1xi64>
  %z = onnx.Slice %x, %s, %f, %a, %t : (tensor<8x9xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @slice_unknown
// CHECK: onnx.Slice {{.*}}-> tensor<8x?xf32>
// CHECK: onnx.Slice {{.*}}-> tensor<?x?xf32>
func.func @slice_unknown(%x: tensor<8x9xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>, %b: tensor<1xi64>) -> (tensor<*xf32>, tensor<*xf32>) {
  %a = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %s, %e, %a : (tensor<8x9xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  %z = onnx.Slice %x, %s, %e, %b : (tensor<8x9xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @pad
// CHECK: onnx.Pad {{.*}}-> tensor<3x?xf32>
// CHECK: onnx.Pad {{.*}}-> tensor<6x?xf32>
func.func @pad(%x: tensor<4x?xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %p = onnx.Constant {value = dense<[1, 0, -2, 0]> : tensor<4xi64>} : tensor<4xi64>
  %y = onnx.Pad %x, %p : (tensor<4x?xf32>, tensor<4xi64>) -> tensor<*xf32>
  %q = onnx.Constant {value = dense<[1, 1]> : tensor<2xi64>} : tensor<2xi64>
  %a = onnx.Constant {value = dense<-2> : tensor<1xi64>} : tensor<1xi64>
  %z = onnx.Pad %x, %q, none, %a : (tensor<4x?xf32>, tensor<2xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @expand
// CHECK: onnx.Expand {{.*}}-> tensor<2x3x6xf32>
func.func @expand(%x: tensor<3x1xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<[2, 1, 6]> : tensor<3xi64>} : tensor<3xi64>
  %y = onnx.Expand %x, %s : (tensor<3x1xf32>, tensor<3xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @tile
// CHECK: onnx.Tile {{.*}}-> tensor<6x?xf32>
func.func @tile(%x: tensor<3x?xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<[2, 3]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Tile %x, %s : (tensor<3x?xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @blocks
// CHECK: onnx.DepthToSpace {{.*}}-> tensor<1x2x6x?xf32>
// CHECK: onnx.SpaceToDepth {{.*}}-> tensor<?x8x3x2xf32>
func.func @blocks(%x: tensor<1x8x3x?xf32>, %v: tensor<?x2x6x4xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.DepthToSpace %x {blocksize = 2} : (tensor<1x8x3x?xf32>) -> tensor<*xf32>
  %z = onnx.SpaceToDepth %v {blocksize = 2} : (tensor<?x2x6x4xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @center_crop_pad
// CHECK: onnx.CenterCropPad {{.*}}-> tensor<3x10xf32>
func.func @center_crop_pad(%x: tensor<3x8xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<10> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.CenterCropPad %x, %s {axes = array<i64: -1>} : (tensor<3x8xf32>, tensor<1xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
