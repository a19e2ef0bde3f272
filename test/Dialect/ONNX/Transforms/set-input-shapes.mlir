// RUN: quern-opt %s -onnx-set-input-shapes=shapes=x=2x3 -onnx-infer-shapes | FileCheck %s
// RUN: not quern-opt %s -onnx-set-input-shapes=shapes=z=2x3 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not quern-opt %s -onnx-set-input-shapes=shapes=x=2x4 2>&1 | FileCheck %s --check-prefix=FIT
// RUN: not quern-opt %s -onnx-set-input-shapes=shapes=x=2xa 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not quern-opt %s -onnx-set-input-shapes=shapes=2x3 2>&1 | FileCheck %s --check-prefix=WHICH
// RUN: not quern-opt %s -onnx-set-input-shapes=shapes=x=2x3,y=5x3 2>&1 | FileCheck %s --check-prefix=TWICE

// CHECK-LABEL: func.func @main(
// CHECK-SAME:    %{{.*}}: tensor<2x3xf32> {onnx.name = "x"}
// CHECK-SAME:    %{{.*}}: tensor<2x?xf32> {onnx.dim_params = ["", "length"], onnx.name = "y"}
// CHECK-SAME:    -> tensor<2x3xf32>
// NAME: has no input 'z'; expects one of x, y
// FIT: expects a shape that fits input 'x' of type 'tensor<?x3xf32>', got '2x4'
// TEXT: expects a shape as NAME=1x3x224x224, got 'x=2xa'
// WHICH: expects the name of an input in shape '2x3': the model has 2 inputs
// TWICE: expects one size for dimension 'batch', got 2 and 5
func.func @main(%x: tensor<?x3xf32> {onnx.dim_params = ["batch", ""], onnx.name = "x"},
                %y: tensor<?x?xf32> {onnx.dim_params = ["batch", "length"], onnx.name = "y"}) -> tensor<?x3xf32> {
  %z = onnx.Add %x, %y : (tensor<?x3xf32>, tensor<?x?xf32>) -> tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}
