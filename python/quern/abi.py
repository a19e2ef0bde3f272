# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The values that cross the C ABI: the structures of value.h, and numpy arrays to and from them.

An array crosses without a copy, both ways, where it is contiguous and of a type that numpy stores as the ABI does. Strings
are object arrays of str, a sequence is a list, an absent optional None, a map a dict.
"""

import ctypes
import weakref

import numpy as np

VERSIONS = (1, 2)  # that this module speaks: their structures are the same
KINDS = ("tensor", "sequence", "optional", "map")
TENSOR, SEQUENCE, OPTIONAL, MAP = range(4)


class String(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("length", ctypes.c_int64)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32), ("shape", ctypes.c_void_p)]


class Sequence(ctypes.Structure):
    _fields_ = [("items", ctypes.c_void_p), ("count", ctypes.c_int64)]


class Optional(ctypes.Structure):
    _fields_ = [("item", ctypes.c_void_p)]


class Map(ctypes.Structure):
    _fields_ = [("keys", Tensor), ("values", Tensor)]


class _Union(ctypes.Union):
    _fields_ = [("tensor", Tensor), ("sequence", Sequence), ("optional", Optional), ("map", Map)]


class Value(ctypes.Structure):
    _anonymous_ = ["union"]
    _fields_ = [("kind", ctypes.c_int32), ("reserved", ctypes.c_int32), ("union", _Union)]


class Options(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_int32), ("reserved", ctypes.c_int32), ("workspace", ctypes.c_void_p),
                ("workspace_size", ctypes.c_size_t), ("alloc", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("message", ctypes.c_void_p), ("message_size", ctypes.c_size_t)]


# --- element types: code, name in value.h, name as ONNX Runtime says it, numpy's or ml_dtypes' type, bits -----------------

_TYPES = [
    (0, "UNDEFINED", "undefined", None, 0), (1, "FLOAT32", "float", "float32", 32), (2, "UINT8", "uint8", "uint8", 8),
    (3, "INT8", "int8", "int8", 8), (4, "UINT16", "uint16", "uint16", 16), (5, "INT16", "int16", "int16", 16),
    (6, "INT32", "int32", "int32", 32), (7, "INT64", "int64", "int64", 64), (8, "STRING", "string", "O", 128),
    (9, "BOOL", "bool", "bool", 8), (10, "FLOAT16", "float16", "float16", 16), (11, "FLOAT64", "double", "float64", 64),
    (12, "UINT32", "uint32", "uint32", 32), (13, "UINT64", "uint64", "uint64", 64),
    (14, "COMPLEX64", "complex64", "complex64", 64), (15, "COMPLEX128", "complex128", "complex128", 128),
    (16, "BFLOAT16", "bfloat16", "bfloat16", 16), (17, "FLOAT8E4M3FN", "float8e4m3fn", "float8_e4m3fn", 8),
    (18, "FLOAT8E4M3FNUZ", "float8e4m3fnuz", "float8_e4m3fnuz", 8), (19, "FLOAT8E5M2", "float8e5m2", "float8_e5m2", 8),
    (20, "FLOAT8E5M2FNUZ", "float8e5m2fnuz", "float8_e5m2fnuz", 8), (21, "UINT4", "uint4", "uint4", 4),
    (22, "INT4", "int4", "int4", 4), (23, "FLOAT4E2M1", "float4e2m1", "float4_e2m1fn", 4),
    (24, "FLOAT8E8M0", "float8e8m0", "float8_e8m0fnu", 8), (25, "UINT2", "uint2", "uint2", 2), (26, "INT2", "int2", "int2", 2),
]
CODES = {row[1]: row[0] for row in _TYPES}
ELEMENTS = {row[0]: row[2] for row in _TYPES}
_NUMPY = {row[0]: row[3] for row in _TYPES}
_BITS = {row[0]: row[4] for row in _TYPES}
_CODE_OF_NAME = {row[3]: row[0] for row in _TYPES if row[3]}
STRING = CODES["STRING"]


def dtype(code):
    """numpy's type of an element type; None where only ml_dtypes has it and is not there."""
    name = _NUMPY[code]
    try:
        return np.dtype(name) if name else None
    except TypeError:
        try:
            import ml_dtypes
            return np.dtype(getattr(ml_dtypes, name))
        except (ImportError, AttributeError):
            return None


def _need_dtype(code):
    result = dtype(code)
    if result is None:
        raise TypeError(f"expects the package ml_dtypes for elements of {ELEMENTS[code]}")
    return result


def _code(array):
    if array.dtype.kind in "OUS":
        return STRING
    code = _CODE_OF_NAME.get(array.dtype.name)
    if code is None:
        raise TypeError(f"no ONNX tensor has elements of numpy's {array.dtype}")
    return code


# --- to the model -----------------------------------------------------------------------------------------------------------


def fill(value, given, port, keep):
    """Makes `value` what Python has given for a port. What it points to is added to `keep`."""
    value.kind = KINDS.index(port.kind)
    if port.kind == "optional":
        if given is not None:
            item = Value()
            fill(item, given, port.elements[0], keep)
            keep.append(item)
            value.optional.item = ctypes.addressof(item)
    elif port.kind == "sequence":
        if not isinstance(given, (list, tuple)):
            raise TypeError(f"expects a list, got {type(given).__name__}")
        items = (Value * max(1, len(given)))()
        for item, content in zip(items, given):
            fill(item, content, port.elements[0], keep)
        keep.append(items)
        value.sequence = Sequence(ctypes.addressof(items), len(given))
    elif port.kind == "map":
        if not isinstance(given, dict):
            raise TypeError(f"expects a dict, got {type(given).__name__}")
        for tensor, part, content in zip((value.map.keys, value.map.values), port.elements, (given.keys(), given.values())):
            _fill_tensor(tensor, list(content), part.code, keep)
    elif given is None:
        raise TypeError("expects a value, got None")
    else:
        _fill_tensor(value.tensor, given, port.code, keep)


def _fill_tensor(tensor, given, code, keep):
    if not isinstance(given, (np.ndarray, np.generic)):  # numbers and nested lists become what the model takes
        given = np.asarray(given, object if code == STRING else _need_dtype(code))
    array = np.asarray(given)
    tensor.dtype = _code(array)
    tensor.rank = array.ndim
    shape = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
    keep.append(shape)
    tensor.shape = ctypes.addressof(shape)
    data = _string_records(array, keep) if tensor.dtype == STRING else _stored(array, tensor.dtype)
    keep.append(data)
    tensor.data = data.ctypes.data


def _stored(array, code):
    """The bytes that the ABI wants: native, row-major, several elements a byte where they are narrow."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    array = np.ascontiguousarray(array)
    bits = _BITS[code]
    if bits >= 8:
        return array
    each = 8 // bits
    flat = array.reshape(-1).view(np.uint8) & ((1 << bits) - 1)
    flat = np.concatenate([flat, np.zeros(-len(flat) % each, np.uint8)]).reshape(-1, each)
    return np.bitwise_or.reduce(flat << (np.arange(each, dtype=np.uint8) * bits), axis=1).astype(np.uint8)


def _string_records(array, keep):
    """quern_string records over one buffer of all the bytes."""
    texts = [s if isinstance(s, bytes) else str(s).encode() for s in array.reshape(-1).tolist()]
    buffer = np.frombuffer(b"".join(texts) + b"\0", np.uint8)
    keep.append(buffer)
    records = np.zeros((len(texts), 2), np.int64)
    records[:, 1] = [len(t) for t in texts]
    records[:, 0] = buffer.ctypes.data + np.cumsum(records[:, 1]) - records[:, 1]
    return records


# --- from the model ---------------------------------------------------------------------------------------------------------

_libc = ctypes.CDLL(None)
_libc.free.argtypes = [ctypes.c_void_p]
_libc.free.restype = None
_free = _libc.free


def take(value):
    """A result as Python has it; the memory behind it is released, now or with the array over it."""
    if value.kind == TENSOR:
        return _take_tensor(value.tensor)
    if value.kind == SEQUENCE:
        count, items = value.sequence.count, value.sequence.items
        result = [take(item) for item in (Value * count).from_address(items)] if count else []
        _free(items)
        return result
    if value.kind == OPTIONAL:
        item = value.optional.item
        result = take(Value.from_address(item)) if item else None
        _free(item)
        return result
    keys, values = _take_tensor(value.map.keys), _take_tensor(value.map.values)
    return dict(zip(keys.tolist(), values.tolist()))


def _take_tensor(tensor):
    shape = tuple((ctypes.c_int64 * tensor.rank).from_address(tensor.shape)) if tensor.rank else ()
    _free(tensor.shape)
    count = int(np.prod(shape, dtype=np.int64))
    if tensor.dtype == STRING:
        return _take_strings(tensor.data, count).reshape(shape)
    kind, bits = _need_dtype(tensor.dtype), _BITS[tensor.dtype]
    if count == 0 or not tensor.data:
        _free(tensor.data)
        return np.empty(shape, kind)
    memory = (ctypes.c_uint8 * ((count * bits + 7) // 8)).from_address(tensor.data)
    if bits < 8:
        array = _unpacked(np.frombuffer(memory, np.uint8), count, bits, kind)
        _free(tensor.data)
        return array.reshape(shape)
    weakref.finalize(memory, _free, tensor.data).atexit = False
    return np.frombuffer(memory, np.uint8).view(kind).reshape(shape)


def _unpacked(stored, count, bits, kind):
    each = 8 // bits
    shifts = np.arange(each, dtype=np.uint8) * bits
    flat = ((stored[:, None] >> shifts) & ((1 << bits) - 1)).reshape(-1)[:count].astype(np.uint8)
    if kind.name.startswith("int"):
        flat = ((flat.astype(np.int8) << (8 - bits)) >> (8 - bits)).astype(np.int8)
        return flat.astype(kind)
    return flat.astype(kind) if kind.name.startswith("uint") else flat.view(kind)


def _take_strings(data, count):
    """The records and their bytes are one block."""
    result = np.empty(count, object)
    for i, record in enumerate((String * count).from_address(data) if count else ()):
        result[i] = ctypes.string_at(record.bytes, record.length).decode(errors="replace") if record.length else ""
    _free(data)
    return result
