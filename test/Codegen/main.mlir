// RUN: quern-opt %s -quern-lower-main -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-DAG: llvm.func @quern_rt_launch(!llvm.ptr, i32, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> i32
// CHECK-DAG: llvm.func hidden @m__k0(!llvm.ptr, i64, i64) -> i32
// CHECK-DAG: llvm.func hidden @m__k0__tasks(!llvm.ptr) -> i64
// CHECK-DAG: llvm.mlir.global external hidden constant @m__w0() {{.*}}alignment = 64{{.*}} : !llvm.array<32 x i8>
module attributes {onnx.model_name = "m"} {
  memref.global "private" constant @bias : memref<8xf32> = dense<1.0> {alignment = 64}
  // CHECK-LABEL: llvm.func hidden @m__main(
  //  CHECK-SAME:   %[[ENV:.*]]: !llvm.ptr, %[[IN:.*]]: !llvm.ptr, %[[OUT:.*]]: !llvm.ptr) -> i32
  //       CHECK:   %[[Y:.*]] = llvm.call @quern_rt_output(%[[ENV]], %{{.*}}, %{{.*}}, %{{.*}})
  //       CHECK:   %[[NULL:.*]] = llvm.icmp "eq" %[[Y]]
  //       CHECK:   llvm.cond_br %[[NULL]], ^[[EXIT:.*]](%{{.*}} : i32), ^{{.*}}
  //       CHECK:   llvm.call @quern_rt_workspace(%[[ENV]], %{{.*}})
  //       CHECK:   %[[STATUS:.*]] = llvm.call @quern_rt_launch(%[[ENV]],
  //       CHECK:   %[[FAILED:.*]] = llvm.icmp "ne" %[[STATUS]]
  //       CHECK:   llvm.cond_br %[[FAILED]], ^[[EXIT]](%[[STATUS]] : i32), ^{{.*}}
  //       CHECK: ^[[EXIT]](%[[CODE:.*]]: i32):
  //       CHECK:   llvm.return %[[CODE]]
  func.func @main(%x: memref<?x8xf32> {onnx.name = "x", onnx.elem_type = 1 : i32}) {
    %c0 = arith.constant 0 : index
    %c32 = arith.constant 32 : index
    %n = memref.dim %x, %c0 : memref<?x8xf32>
    %y = quern.output 0(%n) {onnx.name = "y", onnx.elem_type = 1 : i32} : memref<?x8xf32>
    %size = arith.muli %n, %c32 : index
    %arena = quern.workspace %size : memref<?xi8>
    %b = memref.view %arena[%c0][%n] : memref<?xi8> to memref<?x8xf32>
    %w = memref.get_global @bias : memref<8xf32>
    quern.launch @k0(%x, %w : memref<?x8xf32>, memref<8xf32>) outs(%b : memref<?x8xf32>)
    quern.launch @k0(%b, %w : memref<?x8xf32>, memref<8xf32>) outs(%y : memref<?x8xf32>)
    return
  }
  func.func private @k0(memref<?x8xf32>, memref<8xf32>, memref<?x8xf32>) attributes {quern.kernel}
}

// -----

// A check in main fails the run with the node's name; memory of a size that only the run knows comes and goes.
module attributes {onnx.model_name = "m"} {
  // CHECK-LABEL: llvm.func hidden @m__main(
  //       CHECK:   llvm.cond_br %{{.*}}, ^[[FAIL:bb[0-9]+]], ^{{.*}}
  //       CHECK: ^[[FAIL]]:
  //       CHECK:   llvm.call @quern_rt_fail(
  //       CHECK:   "llvm.intr.smul.with.overflow"
  //       CHECK:   llvm.call @quern_rt_alloc(
  //       CHECK:   llvm.call @quern_rt_free(
  func.func @main(%x: memref<i64> {onnx.name = "x", onnx.elem_type = 7 : i32}) {
    %c0 = arith.constant 0 : i64
    %v = memref.load %x[] : memref<i64>
    %ok = arith.cmpi sge, %v, %c0 : i64
    quern.check %ok, "expects a size"
    %n = arith.index_cast %v : i64 to index
    %b = memref.alloc(%n) : memref<?xf32>
    memref.dealloc %b : memref<?xf32>
    return
  }
}

// -----

module {
  func.func @main(%x: memref<8xf32>) {
    // expected-error@+1 {{expects a function called 'k'}}
    "quern.launch"(%x, %x) <{kernel = @k, operandSegmentSizes = array<i32: 1, 1>}> : (memref<8xf32>, memref<8xf32>) -> ()
    return
  }
}

// -----

// A call of the runtime: operands as tensors, a scalar as one of rank 0.
module attributes {onnx.model_name = "m"} {
  // CHECK-LABEL: llvm.func hidden @m__main(
  //       CHECK:   %[[STATUS:.*]] = llvm.call @quern_rt_find(%{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, i32, !llvm.ptr) -> i32
  //       CHECK:   llvm.icmp "ne" %[[STATUS]]
  func.func @main(%x: memref<?xi64> {onnx.name = "x", onnx.elem_type = 8 : i32}) {
    %c0 = arith.constant 0 : index
    %n = memref.dim %x, %c0 : memref<?xi64>
    %y = quern.output 0(%n) {onnx.name = "y", onnx.elem_type = 7 : i32} : memref<?xi64>
    quern.call "find"(%x, %x : memref<?xi64>, memref<?xi64>) outs(%y : memref<?xi64>)
    return
  }
}

// -----

module attributes {onnx.model_name = "m"} {
  func.func @main(%x: memref<4xi64> {onnx.name = "x", onnx.elem_type = 7 : i32}) {
    // expected-error @below {{expects a function of the runtime, got 'nothing'}}
    quern.call "nothing"(%x : memref<4xi64>) outs(%x : memref<4xi64>)
    return
  }
}
