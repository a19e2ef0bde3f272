// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of the `kernels` phase, in the order they run.

#ifndef QUERN_KERNELS_PASSES_TD
#define QUERN_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

def PropagateLayoutsPass : Pass<"quern-propagate-layouts", "mlir::func::FuncOp"> {
  let summary = "Make convolutions channels-last and cancel the transposes";
  let description = [{
    A convolution is rewritten to read and write channels-last, with a transpose
    before and after; transposes then sink through elementwise ops, pads,
    concatenations, slices and reductions until they meet their inverse.

    ```
    %p = tensor.pad %x …                                   // NCHW
    %c = linalg.generic {in(n,c,oh+kh,ow+kw), w(f,c,kh,kw), out(n,f,oh,ow)}
    %r = linalg.generic relu(%c)
    ```
    becomes
    ```
    %t = linalg.transpose %x [0, 2, 3, 1]
    %p = tensor.pad %t …                                   // NHWC
    %c = linalg.generic {in(n,oh+kh,ow+kw,c), w(kh,kw,c,f), out(n,oh,ow,f)}
    %r = linalg.generic relu(%c)
    %o = linalg.transpose %r [0, 3, 1, 2]
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def PackWeightsPass : Pass<"quern-pack-weights", "mlir::func::FuncOp"> {
  let summary = "Store constant contraction operands in panels of the register tile's width";
  let description = [{
    The constant operand `B(k…, n)` of a contraction becomes `[N/nr][k…][nr]`, its
    tail filled with zeros, and its map `(n floordiv nr, k…, n mod nr)`. `nr` is
    `lanes` times the number of vectors of the register tile.

    `w(kh, kw, c, f) : 3x3x64x100` becomes, with 16 lanes and tiles of 3 vectors,
    `w(f floordiv 48, kh, kw, c, f mod 48) : 3x3x3x64x48`.
  }];
  let options = [
    Option<"lanes", "lanes", "unsigned", "8", "32-bit elements in one vector register">,
    Option<"registers", "registers", "unsigned", "16", "vector registers">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect"];
}

def FuseElementwisePass : Pass<"quern-fuse-elementwise", "mlir::func::FuncOp"> {
  let summary = "Merge elementwise ops into their only consumer";
  let description = [{
    Upstream's elementwise fusion, with our rule of what pays: a producer with one
    consumer, or one so cheap that computing it twice beats storing it. Nothing is
    fused into a contraction's operands: it would be computed once a tile.

    `%a = generic add(%x, %y); %b = generic relu(%a)` becomes
    `%b = generic relu(add(%x, %y))`.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def FormKernelsPass : Pass<"quern-form-kernels", "mlir::ModuleOp"> {
  let summary = "Group computations around roots and outline each group";
  let description = [{
    A group is a root (a contraction, a reduction, a data movement, an elementwise
    op) with its initialisation and the elementwise op that alone consumes it. Each
    becomes a private function in destination-passing style, called by
    `quern.launch`. Pads and concatenations become writes into slices of a bigger
    tensor, so that producers can write there directly.

    ```
    %i = linalg.fill …; %m = linalg.matmul … outs(%i); %r = generic relu(%m)
    ```
    becomes `%r = quern.launch @kernel(%a, %b) outs(%e)`.
  }];
  let dependentDialects = ["quern::QuernDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
                           "mlir::arith::ArithDialect"];
}

def BufferizeMainPass : Pass<"quern-bufferize-main", "mlir::ModuleOp"> {
  let summary = "Put main on buffers and give each kernel its argument types";
  let description = [{
    Inputs become memrefs, outputs `quern.output`; One-Shot Bufferize then decides
    what is in place. Copies that remain become kernels. Kernels take the buffer
    types of their launches, and equal ones are merged.
  }];
  let dependentDialects = ["quern::QuernDialect", "mlir::bufferization::BufferizationDialect",
                           "mlir::memref::MemRefDialect", "mlir::linalg::LinalgDialect"];
}

def PlanMemoryPass : Pass<"quern-plan-memory", "mlir::ModuleOp"> {
  let summary = "Place all buffers of main in one arena";
  let description = [{
    Buffers whose size is known when main starts get an offset in one arena: those
    of constant size by greedy best fit over live ranges, largest first; those
    whose size depends on the inputs' shapes share a slot where their size
    expressions are equal and their live ranges are disjoint. A buffer whose size
    depends on data stays a `memref.alloc`.

    `%b = memref.alloc() : memref<64xf32>` becomes
    `%b = memref.view %arena[%offset][] : memref<?xi8> to memref<64xf32>`.
  }];
  let dependentDialects = ["quern::QuernDialect", "mlir::memref::MemRefDialect", "mlir::arith::ArithDialect"];
}

def ReleaseBuffersPass : Pass<"quern-release-buffers", "mlir::ModuleOp"> {
  let summary = "Give back at the end of each turn of a loop what the turn allocated";
  let description = [{
    Of what a loop has allocated since it began, only what it carries to the next
    turn is still in use when a turn ends: the rest is released, so that a loop
    runs in bounded memory however many turns it has.

    ```
    scf.for … iter_args(%x = %a) { %b = memref.alloc(%n); …; scf.yield %b }
    ```
    becomes
    ```
    %m = quern.mark
    scf.for … iter_args(%x = %a) { %b = memref.alloc(%n); …; quern.release %m(%b : …); scf.yield %b }
    ```
  }];
  let dependentDialects = ["quern::QuernDialect"];
}

#endif // QUERN_KERNELS_PASSES_TD
