// Folders: shape arithmetic, and ops that give back an operand.
// RUN: quern-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @add
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[4, -2]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @add() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, -4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Add %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @sub
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-2, 6]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @sub() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, -4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Sub %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @mul
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, -8]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @mul() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, -4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Mul %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @div_truncates
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, -3]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @div_truncates() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 2]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Div %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @mod_of_divisor
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @mod_of_divisor() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, 3]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Mod %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @mod_of_dividend
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, -1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @mod_of_dividend() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, 3]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Mod %a, %b {fmod = 1} : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @div_by_zero
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<[2, 0]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R2:.*]] = onnx.Div %[[R0]], %[[R1]] : tensor<2xi64>
// CHECK: return %[[R2]] : tensor<2xi64>
func.func @div_by_zero() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 0]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Div %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @mod_by_zero
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<[2, 0]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R2:.*]] = onnx.Mod %[[R0]], %[[R1]] : tensor<2xi64>
// CHECK: return %[[R2]] : tensor<2xi64>
func.func @mod_by_zero() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[7, -7]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 0]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Mod %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @overflow
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[9223372036854775807, 1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<2> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R2:.*]] = onnx.Mul %[[R0]], %[[R1]] : tensor<2xi64>
// CHECK: return %[[R2]] : tensor<2xi64>
func.func @overflow() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[9223372036854775807, 1]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 2]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Mul %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @overflow_i32
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[2147483647, 1]> : tensor<2xi32>} : tensor<2xi32>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<1> : tensor<2xi32>} : tensor<2xi32>
// CHECK: %[[R2:.*]] = onnx.Add %[[R0]], %[[R1]] : tensor<2xi32>
// CHECK: return %[[R2]] : tensor<2xi32>
func.func @overflow_i32() -> tensor<2xi32> {
  %a = onnx.Constant {value = dense<[2147483647, 1]> : tensor<2xi32>} : tensor<2xi32>
  %b = onnx.Constant {value = dense<[1, 1]> : tensor<2xi32>} : tensor<2xi32>
  %y = onnx.Add %a, %b : tensor<2xi32>
  return %y : tensor<2xi32>
}

// CHECK-LABEL: @div_overflow
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-9223372036854775808, 1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<[-1, 1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R2:.*]] = onnx.Div %[[R0]], %[[R1]] : tensor<2xi64>
// CHECK: return %[[R2]] : tensor<2xi64>
func.func @div_overflow() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[-9223372036854775808, 1]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[-1, 1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Div %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @max
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, 5]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @max() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, -4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Max %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @min
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, -4]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @min() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, -4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Min %a, %b : tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @equal
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @equal() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Equal %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @less
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<false> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @less() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Less %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @lessorequal
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @lessorequal() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.LessOrEqual %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @greater
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[false, true]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @greater() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Greater %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @greaterorequal
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<true> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @greaterorequal() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.GreaterOrEqual %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @and
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @and() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  %b = onnx.Constant {value = dense<[true, true]> : tensor<2xi1>} : tensor<2xi1>
  %y = onnx.And %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @or
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @or() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  %b = onnx.Constant {value = dense<[false, false]> : tensor<2xi1>} : tensor<2xi1>
  %y = onnx.Or %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @xor
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[false, true]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @xor() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  %b = onnx.Constant {value = dense<[true, true]> : tensor<2xi1>} : tensor<2xi1>
  %y = onnx.Xor %a, %b : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @not
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[false, true]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]] : tensor<2xi1>
func.func @not() -> tensor<2xi1> {
  %a = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  %y = onnx.Not %a : tensor<2xi1>
  return %y : tensor<2xi1>
}

// CHECK-LABEL: @neg
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[-1, 2]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]], %[[R1]] : tensor<2xi64>, tensor<2xi64>
func.func @neg() -> (tensor<2xi64>, tensor<2xi64>) {
  %a = onnx.Constant {value = dense<[1, -2]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Neg %a : tensor<2xi64>
  %z = onnx.Abs %a : tensor<2xi64>
  return %y, %z : tensor<2xi64>, tensor<2xi64>
}

// CHECK-LABEL: @where
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, 4]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @where() -> tensor<2xi64> {
  %c = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  %a = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Where %c, %a, %b : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @where_all
// CHECK-SAME:  %[[X0:[a-z0-9]+]]: tensor<2xf32>
// CHECK: return %[[X0]] : tensor<2xf32>
func.func @where_all(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
  %c = onnx.Constant {value = dense<true> : tensor<1xi1>} : tensor<1xi1>
  %y = onnx.Where %c, %a, %b : (tensor<1xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: @shape
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[2, 3]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<6> : tensor<i64>} : tensor<i64>
// CHECK: return %[[R0]], %[[R1]] : tensor<2xi64>, tensor<i64>
func.func @shape(%x: tensor<2x3xf32>) -> (tensor<2xi64>, tensor<i64>) {
  %y = onnx.Shape %x : (tensor<2x3xf32>) -> tensor<2xi64>
  %z = onnx.Size %x : (tensor<2x3xf32>) -> tensor<i64>
  return %y, %z : tensor<2xi64>, tensor<i64>
}

// CHECK-LABEL: @part_of_a_dynamic_shape
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, 4]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<4> : tensor<i64>} : tensor<i64>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<12> : tensor<i64>} : tensor<i64>
// CHECK: return %[[R0]], %[[R1]], %[[R2]] : tensor<2xi64>, tensor<i64>, tensor<i64>
func.func @part_of_a_dynamic_shape(%x: tensor<?x3x4xf32>) -> (tensor<2xi64>, tensor<i64>, tensor<i64>) {
  %s = onnx.Shape %x : (tensor<?x3x4xf32>) -> tensor<3xi64>
  %one = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %end = onnx.Constant {value = dense<9223372036854775807> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %s, %one, %end : (tensor<3xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %m = onnx.Constant {value = dense<-1> : tensor<i64>} : tensor<i64>
  %z = onnx.Gather %s, %m : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
  %p = onnx.ReduceProd %y {keepdims = 0} : (tensor<2xi64>) -> tensor<i64>
  return %y, %z, %p : tensor<2xi64>, tensor<i64>, tensor<i64>
}

// CHECK-LABEL: @slice_backwards
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[4, 3, 2, 1]> : tensor<4xi64>} : tensor<4xi64>
// CHECK: return %[[R0]] : tensor<4xi64>
func.func @slice_backwards() -> tensor<4xi64> {
  %a = onnx.Constant {value = dense<[1, 2, 3, 4]> : tensor<4xi64>} : tensor<4xi64>
  %s = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %e = onnx.Constant {value = dense<-9223372036854775808> : tensor<1xi64>} : tensor<1xi64>
  %ax = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %st = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %a, %s, %e, %ax, %st : (tensor<4xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  return %y : tensor<4xi64>
}

// CHECK-LABEL: @split_of_a_shape
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<6> : tensor<1xi64>} : tensor<1xi64>
// CHECK: return %[[R0]] : tensor<1xi64>
func.func @split_of_a_shape() -> tensor<1xi64> {
  %a = onnx.Constant {value = dense<[1, 2, 3]> : tensor<3xi64>} : tensor<3xi64>
  %y, %z = onnx.Split %a {num_outputs = 2} : (tensor<3xi64>) -> (tensor<2xi64>, tensor<1xi64>)
  %w = onnx.Add %z, %z : tensor<1xi64>
  return %w : tensor<1xi64>
}

// CHECK-LABEL: @gather_out_of_range_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?xi64>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, 2, 3]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: %[[R1:.*]] = onnx.Gather %[[R0]], %[[X]] : (tensor<3xi64>, tensor<?xi64>) -> tensor<?xi64>
// CHECK: return %[[R1]] : tensor<?xi64>
func.func @gather_out_of_range_is_left(%i: tensor<?xi64>) -> tensor<?xi64> {
  %a = onnx.Constant {value = dense<[1, 2, 3]> : tensor<3xi64>} : tensor<3xi64>
  %y = onnx.Gather %a, %i : (tensor<3xi64>, tensor<?xi64>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// CHECK-LABEL: @concat
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, 2, 3]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: return %[[R0]] : tensor<3xi64>
func.func @concat() -> tensor<3xi64> {
  %a = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[3]> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Concat %a, %b {axis = 0} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  return %y : tensor<3xi64>
}

// CHECK-LABEL: @concat_of_one
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<2xf32>
// CHECK: return %[[X]] : tensor<2xf32>
func.func @concat_of_one(%a: tensor<2xf32>) -> tensor<2xf32> {
  %y = onnx.Concat %a {axis = 0} : tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: @reductions
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<6> : tensor<i64>} : tensor<i64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<3> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
// CHECK: return %[[R0]], %[[R1]], %[[R2]] : tensor<i64>, tensor<1xi64>, tensor<i64>
func.func @reductions() -> (tensor<i64>, tensor<1xi64>, tensor<i64>) {
  %a = onnx.Constant {value = dense<[3, 1, 2]> : tensor<3xi64>} : tensor<3xi64>
  %y = onnx.ReduceSum %a {keepdims = 0} : (tensor<3xi64>) -> tensor<i64>
  %z = onnx.ReduceMax %a : (tensor<3xi64>) -> tensor<1xi64>
  %w = onnx.ReduceMin %a {keepdims = 0} : (tensor<3xi64>) -> tensor<i64>
  return %y, %z, %w : tensor<i64>, tensor<1xi64>, tensor<i64>
}

// CHECK-LABEL: @range
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, 4, 7]> : tensor<3xi64>} : tensor<3xi64>
// CHECK: return %[[R0]] : tensor<3xi64>
func.func @range() -> tensor<3xi64> {
  %a = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
  %b = onnx.Constant {value = dense<10> : tensor<i64>} : tensor<i64>
  %d = onnx.Constant {value = dense<3> : tensor<i64>} : tensor<i64>
  %y = onnx.Range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3xi64>
  return %y : tensor<3xi64>
}

// CHECK-LABEL: @constant_of_shape
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<7> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<0.000000e+00> : tensor<2xf32>} : tensor<2xf32>
// CHECK: return %[[R0]], %[[R1]] : tensor<2xi64>, tensor<2xf32>
func.func @constant_of_shape() -> (tensor<2xi64>, tensor<2xf32>) {
  %a = onnx.Constant {value = dense<2> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.ConstantOfShape %a {value = dense<7> : tensor<1xi64>} : (tensor<1xi64>) -> tensor<2xi64>
  %z = onnx.ConstantOfShape %a : (tensor<1xi64>) -> tensor<2xf32>
  return %y, %z : tensor<2xi64>, tensor<2xf32>
}

// CHECK-LABEL: @large_constant_of_shape
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<1000> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.ConstantOfShape %[[R0]] : (tensor<2xi64>) -> tensor<1000x1000xf32>
// CHECK: return %[[R1]] : tensor<1000x1000xf32>
func.func @large_constant_of_shape() -> tensor<1000x1000xf32> {
  %a = onnx.Constant {value = dense<1000> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.ConstantOfShape %a : (tensor<2xi64>) -> tensor<1000x1000xf32>
  return %y : tensor<1000x1000xf32>
}

// CHECK-LABEL: @expand
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<7> : tensor<3xi64>} : tensor<3xi64>
// CHECK: return %[[R0]] : tensor<3xi64>
func.func @expand() -> tensor<3xi64> {
  %a = onnx.Constant {value = dense<7> : tensor<1xi64>} : tensor<1xi64>
  %s = onnx.Constant {value = dense<3> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Expand %a, %s : (tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  return %y : tensor<3xi64>
}

// CHECK-LABEL: @cast
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[3, 0]> : tensor<2xi32>} : tensor<2xi32>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<[3.000000e+00, 0.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<[2, -2]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R3:.*]] = onnx.Constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
// CHECK: return %[[R0]], %[[R1]], %[[R2]], %[[R3]] : tensor<2xi32>, tensor<2xf32>, tensor<2xi64>, tensor<2xi1>
func.func @cast() -> (tensor<2xi32>, tensor<2xf32>, tensor<2xi64>, tensor<2xi1>) {
  %a = onnx.Constant {value = dense<[3, 0]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Cast %a {to = 6} : (tensor<2xi64>) -> tensor<2xi32>
  %z = onnx.Cast %a {to = 1} : (tensor<2xi64>) -> tensor<2xf32>
  %f = onnx.Constant {value = dense<[2.7, -2.7]> : tensor<2xf32>} : tensor<2xf32>
  %w = onnx.Cast %f {to = 7} : (tensor<2xf32>) -> tensor<2xi64>
  %b = onnx.Cast %a {to = 9} : (tensor<2xi64>) -> tensor<2xi1>
  return %y, %z, %w, %b : tensor<2xi32>, tensor<2xf32>, tensor<2xi64>, tensor<2xi1>
}

// CHECK-LABEL: @cast_nan_is_left
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[0x7FC00000, 1.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK: %[[R1:.*]] = onnx.Cast %[[R0]] {to = 7 : i64} : (tensor<2xf32>) -> tensor<2xi64>
// CHECK: return %[[R1]] : tensor<2xi64>
func.func @cast_nan_is_left() -> tensor<2xi64> {
  %f = onnx.Constant {value = dense<[0x7FC00000, 1.0]> : tensor<2xf32>} : tensor<2xf32>
  %w = onnx.Cast %f {to = 7} : (tensor<2xf32>) -> tensor<2xi64>
  return %w : tensor<2xi64>
}

// CHECK-LABEL: @size_of_resize
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[19, 25]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: return %[[R0]] : tensor<2xi64>
func.func @size_of_resize() -> tensor<2xi64> {
  %a = onnx.Constant {value = dense<[13, 17]> : tensor<2xi64>} : tensor<2xi64>
  %f = onnx.Cast %a {to = 1} : (tensor<2xi64>) -> tensor<2xf32>
  %s = onnx.Constant {value = dense<1.5> : tensor<f32>} : tensor<f32>
  %m = onnx.Mul %f, %s : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %fl = onnx.Floor %m : tensor<2xf32>
  %y = onnx.Cast %fl {to = 7} : (tensor<2xf32>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}

// CHECK-LABEL: @floats
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<6.500000e+00> : tensor<f32>} : tensor<f32>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<1.500000e+00> : tensor<f32>} : tensor<f32>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<1.600000e+00> : tensor<f32>} : tensor<f32>
// CHECK: %[[R3:.*]] = onnx.Constant {value = dense<2.000000e+00> : tensor<f32>} : tensor<f32>
// CHECK: %[[R4:.*]] = onnx.Constant {value = dense<3.000000e+00> : tensor<f32>} : tensor<f32>
// CHECK: return %[[R0]], %[[R1]], %[[R2]], %[[R3]], %[[R4]], %[[R3]] : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
func.func @floats() -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  %a = onnx.Constant {value = dense<4.0> : tensor<f32>} : tensor<f32>
  %b = onnx.Constant {value = dense<2.5> : tensor<f32>} : tensor<f32>
  %a1 = onnx.Add %a, %b : tensor<f32>
  %a2 = onnx.Sub %a, %b : tensor<f32>
  %a3 = onnx.Div %a, %b : tensor<f32>
  %a4 = onnx.Sqrt %a : tensor<f32>
  %a5 = onnx.Ceil %b : tensor<f32>
  %a6 = onnx.Round %b : tensor<f32>
  return %a1, %a2, %a3, %a4, %a5, %a6 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// CHECK-LABEL: @float_concat
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00]> : tensor<4xf32>} : tensor<4xf32>
// CHECK: return %[[R0]] : tensor<4xf32>
func.func @float_concat() -> tensor<4xf32> {
  %a = onnx.Constant {value = dense<1.0> : tensor<2xf32>} : tensor<2xf32>
  %b = onnx.Constant {value = dense<2.0> : tensor<2xf32>} : tensor<2xf32>
  %y = onnx.Concat %a, %b {axis = 0} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @views_of_constants
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<{{\[\[}}1.000000e+00, 2.000000e+00]]> : tensor<1x2xf32>} : tensor<1x2xf32>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<3> : tensor<i64>} : tensor<i64>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<{{\[\[}}1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>} : tensor<2x1xf32>
// CHECK: return %[[R0]], %[[R1]], %[[R2]] : tensor<1x2xf32>, tensor<i64>, tensor<2x1xf32>
func.func @views_of_constants() -> (tensor<1x2xf32>, tensor<i64>, tensor<2x1xf32>) {
  %a = onnx.Constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
  %ax = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Unsqueeze %a, %ax : (tensor<2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
  %b = onnx.Constant {value = dense<3> : tensor<1xi64>} : tensor<1xi64>
  %z = onnx.Squeeze %b : (tensor<1xi64>) -> tensor<i64>
  %s = onnx.Constant {value = dense<[2, 1]> : tensor<2xi64>} : tensor<2xi64>
  %w = onnx.Reshape %a, %s : (tensor<2xf32>, tensor<2xi64>) -> tensor<2x1xf32>
  return %y, %z, %w : tensor<1x2xf32>, tensor<i64>, tensor<2x1xf32>
}

// CHECK-LABEL: @identity
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @identity(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Identity %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @identity_that_knows_less
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Identity %[[X]] : (tensor<4xf32>) -> tensor<?xf32>
// CHECK: return %[[R0]] : tensor<?xf32>
func.func @identity_that_knows_less(%x: tensor<4xf32>) -> tensor<?xf32> {
  %y = onnx.Identity %x : (tensor<4xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @cast_to_the_same
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @cast_to_the_same(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Cast %x {to = 1} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @clip_without_limits
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @clip_without_limits(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Clip %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @one_operand
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @one_operand(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Sum %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @transpose_identity
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4x4xf32>
// CHECK: return %[[X]] : tensor<4x4xf32>
func.func @transpose_identity(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = onnx.Transpose %x {perm = array<i64: 0, 1>} : tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// CHECK-LABEL: @transpose_of_a_square_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4x4xf32>
// CHECK: %[[R0:.*]] = onnx.Transpose %[[X]] {perm = array<i64: 1, 0>} : tensor<4x4xf32>
// CHECK: return %[[R0]] : tensor<4x4xf32>
func.func @transpose_of_a_square_is_left(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = onnx.Transpose %x {perm = array<i64: 1, 0>} : tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// CHECK-LABEL: @reshape_to_its_own_shape
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x4xf32>
// CHECK: return %[[X]] : tensor<?x4xf32>
func.func @reshape_to_its_own_shape(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = onnx.Constant {value = dense<[-1, 4]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Reshape %x, %s : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @reshape_that_keeps_sizes
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: return %[[X]] : tensor<?x?xf32>
func.func @reshape_that_keeps_sizes(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %s = onnx.Constant {value = dense<[0, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Reshape %x, %s : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: @neutral
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @neutral(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = onnx.Constant {value = dense<1.0> : tensor<f32>} : tensor<f32>
  %a1 = onnx.Mul %x, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %a2 = onnx.Div %a1, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %zero = onnx.Constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %a3 = onnx.Sub %a2, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %a3 : tensor<4xf32>
}

// CHECK-LABEL: @signed_zero_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<0.000000e+00> : tensor<f32>} : tensor<f32>
// CHECK: %[[R1:.*]] = onnx.Add %[[X]], %[[R0]] : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
// CHECK: return %[[R1]] : tensor<4xf32>
func.func @signed_zero_is_left(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = onnx.Constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %y = onnx.Add %x, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @neutral_integers
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xi64>
// CHECK: return %[[X]] : tensor<4xi64>
func.func @neutral_integers(%x: tensor<4xi64>) -> tensor<4xi64> {
  %zero = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  %a1 = onnx.Add %x, %zero : (tensor<4xi64>, tensor<i64>) -> tensor<4xi64>
  return %a1 : tensor<4xi64>
}

// CHECK-LABEL: @whole_slice
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @whole_slice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %e = onnx.Constant {value = dense<100> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %s, %e : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @whole_dynamic_slice
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?xf32>
// CHECK: return %[[X]] : tensor<?xf32>
func.func @whole_dynamic_slice(%x: tensor<?xf32>) -> tensor<?xf32> {
  %s = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %e = onnx.Constant {value = dense<9223372036854775807> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %s, %e : (tensor<?xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @reversing_slice_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R1:.*]] = onnx.Constant {value = dense<-100> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R2:.*]] = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
// CHECK: %[[R3:.*]] = onnx.Slice %[[X]], %[[R0]], %[[R1]], %[[R2]], %[[R0]] : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
// CHECK: return %[[R3]] : tensor<4xf32>
func.func @reversing_slice_is_left(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %e = onnx.Constant {value = dense<-100> : tensor<1xi64>} : tensor<1xi64>
  %a = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %t = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %s, %e, %a, %t : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @pad_of_zeros
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: return %[[X]] : tensor<4xf32>
func.func @pad_of_zeros(%x: tensor<4xf32>) -> tensor<4xf32> {
  %p = onnx.Constant {value = dense<0> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @pad_that_shifts_is_left
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[R0:.*]] = onnx.Constant {value = dense<[1, -1]> : tensor<2xi64>} : tensor<2xi64>
// CHECK: %[[R1:.*]] = onnx.Pad %[[X]], %[[R0]] : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xf32>
// CHECK: return %[[R1]] : tensor<4xf32>
func.func @pad_that_shifts_is_left(%x: tensor<4xf32>) -> tensor<4xf32> {
  %p = onnx.Constant {value = dense<[1, -1]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Pad %x, %p : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @expand_to_its_own_shape
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x4xf32>
// CHECK: return %[[X]] : tensor<?x4xf32>
func.func @expand_to_its_own_shape(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = onnx.Constant {value = dense<1> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Expand %x, %s : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @tile_once
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x4xf32>
// CHECK: return %[[X]] : tensor<?x4xf32>
func.func @tile_once(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = onnx.Constant {value = dense<1> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Tile %x, %s : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
