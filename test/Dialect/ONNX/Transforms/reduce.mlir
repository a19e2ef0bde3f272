// RUN: bash -c 'printf "#!/bin/sh\n! quern-opt \"\$1\" | grep -q onnx.Sigmoid\n" > %t.sh; chmod +x %t.sh'
// RUN: quern-reduce %s -onnx-reduce=test=%t.sh | FileCheck %s
// RUN: bash -c 'printf "#!/bin/sh\nexit 0\n" > %t.never.sh; chmod +x %t.never.sh'
// RUN: not quern-reduce %s -onnx-reduce=test=%t.never.sh 2>&1 | FileCheck %s --check-prefix=NEVER

// The nodes around the one that matters are left out, with the second output and the input that only it read.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: tensor<4xf32>,
//       CHECK:   %[[Y:.*]] = onnx.Sigmoid %[[X]]
//  CHECK-NEXT:   return %[[Y]] : tensor<4xf32>
// NEVER: error: expects a module for which '{{.*}}.never.sh' ends with another status than 0
func.func @main(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = onnx.Relu %x : tensor<4xf32>
  %1 = onnx.Add %0, %w : tensor<4xf32>
  %2 = onnx.Sigmoid %1 : tensor<4xf32>
  %3 = onnx.Mul %2, %x : tensor<4xf32>
  return %3, %0 : tensor<4xf32>, tensor<4xf32>
}
