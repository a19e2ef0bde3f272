// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `quern.check`: a flag a message, or-ed in the loops (which still vectorise),
// and read once at the end.

#include "Steps.h"

#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace quern {

void lowerChecks(func::FuncOp kernel) {
  OpBuilder builder(kernel.getContext());
  Location loc = kernel.getLoc();
  Type i32 = builder.getI32Type();

  // A message's number comes with the check; a kernel looked at alone counts its own.
  SmallVector<std::pair<int64_t, Value>> flags;
  llvm::StringMap<int64_t> numbers;
  SmallVector<CheckOp> checks;
  kernel.walk([&](CheckOp check) { checks.push_back(check); });
  builder.setInsertionPointToStart(&kernel.getBody().front());
  for (CheckOp check : checks) {
    auto attr = check->getAttrOfType<IntegerAttr>(kMessageAttr);
    int64_t number = numbers.try_emplace(check.getMessage(), attr ? attr.getInt() : numbers.size() + 1).first->second;
    if (llvm::any_of(flags, [&](auto &flag) { return flag.first == number; }))
      continue;
    Value flag = memref::AllocaOp::create(builder, loc, MemRefType::get({}, i32));
    Value zero = arith::ConstantIntOp::create(builder, loc, i32, 0);
    memref::StoreOp::create(builder, loc, zero, flag, ValueRange());
    flags.emplace_back(number, flag);
  }
  for (CheckOp check : checks) {
    builder.setInsertionPoint(check);
    int64_t number = numbers.lookup(check.getMessage());
    Value flag = llvm::find_if(flags, [&](auto &entry) { return entry.first == number; })->second;
    Value one = arith::ConstantIntOp::create(builder, check.getLoc(), builder.getI1Type(), 1);
    Value failed = arith::XOrIOp::create(builder, check.getLoc(), check.getCondition(), one);
    Value bits = arith::ExtUIOp::create(builder, check.getLoc(), i32, failed);
    Value old = memref::LoadOp::create(builder, check.getLoc(), flag, ValueRange());
    memref::StoreOp::create(builder, check.getLoc(), arith::OrIOp::create(builder, check.getLoc(), old, bits), flag,
                            ValueRange());
    check.erase();
  }

  kernel.setFunctionType(builder.getFunctionType(kernel.getArgumentTypes(), i32));
  kernel.walk([&](func::ReturnOp exit) {
    builder.setInsertionPoint(exit);
    Value zero = arith::ConstantIntOp::create(builder, loc, i32, 0);
    Value status = zero;
    for (auto [number, flag] : llvm::reverse(flags)) {
      Value bits = memref::LoadOp::create(builder, loc, flag, ValueRange());
      Value failed = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, bits, zero);
      Value message = arith::ConstantIntOp::create(builder, loc, i32, number);
      status = arith::SelectOp::create(builder, loc, failed, message, status);
    }
    func::ReturnOp::create(builder, loc, status);
    exit.erase();
  });
}

} // namespace quern
