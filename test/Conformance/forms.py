# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The forms in which a test is run: as it is, with every dimension dynamic, with every input constant."""

import onnx
from onnx import helper, numpy_helper, shape_inference

# What is compiled. `second` runs the dynamic form's executable at other sizes.
FORMS = ("static", "dynamic", "second", "constant")


class Meaningless(Exception):
    """The form says nothing about this test: the message is the reason that is listed."""


def _tensor_types(type_proto):
    """The tensor types in a type of any kind."""
    kind = type_proto.WhichOneof("value")
    if kind == "tensor_type":
        yield type_proto.tensor_type
    elif kind in ("sequence_type", "optional_type"):
        yield from _tensor_types(getattr(type_proto, kind).elem_type)
    elif kind == "map_type":
        yield from _tensor_types(type_proto.map_type.value_type)


def _subgraphs(nodes):
    for node in nodes:
        for attribute in node.attribute:
            for graph in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield graph
                yield from _subgraphs(graph.node)


def _forget(values, keep=()):
    """Leaves of each value's shape the rank."""
    for value in values:
        for tensor in _tensor_types(value.type):
            for dim in tensor.shape.dim if value.name not in keep else ():
                dim.Clear()


def _with_dynamic_inputs(model, kept):
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    constants = {t.name for t in graph.initializer} | {t.values.name for t in graph.sparse_initializer}
    names = 0
    for value in graph.input:
        for tensor in _tensor_types(value.type) if value.name not in constants else ():
            for axis, dim in enumerate(tensor.shape.dim):
                if (value.name, axis) not in kept:
                    dim.dim_param = f"d{names}"
                    names += 1
    _forget([*graph.output, *graph.value_info])
    for inner in _subgraphs([*graph.node, *(n for f in result.functions for n in f.node)]):
        _forget([*inner.input, *inner.output, *inner.value_info])
    for function in result.functions:
        _forget(function.value_info)
    return result, names


def _unknown_ranks(model):
    """How many of the main graph's values have no rank by the standard's own inference."""
    stripped = onnx.ModelProto()
    stripped.CopyFrom(model)
    for output in stripped.graph.output:
        for tensor in _tensor_types(output.type):
            tensor.ClearField("shape")
    del stripped.graph.value_info[:]
    inferred = shape_inference.infer_shapes(stripped, data_prop=True).graph
    known = {v.name for v in [*inferred.value_info, *inferred.output]
             if all(t.HasField("shape") for t in _tensor_types(v.type))}
    return len({o for n in stripped.graph.node for o in n.output if o} - known)


def _deciding(model):
    """The dimensions (input, axis) of indices on which a rank hangs, by the standard's own inference and by what it misses:
    a reduction drops as many dimensions as it has axes."""
    inputs = {value.name for value in model.graph.input}
    kept = {(node.input[1], 0) for node in model.graph.node if node.op_type.startswith("Reduce") and len(node.input) > 1
            and node.input[1] in inputs and any(a.name == "keepdims" and a.i == 0 for a in node.attribute)}
    goal, unknown = _unknown_ranks(model), _unknown_ranks(_with_dynamic_inputs(model, kept)[0])
    for value in model.graph.input:
        tensor = value.type.tensor_type
        if unknown <= goal:
            break
        if tensor.elem_type not in (onnx.TensorProto.INT64, onnx.TensorProto.INT32) or not tensor.shape.dim:
            continue
        dimension = (value.name, len(tensor.shape.dim) - 1)
        left = _unknown_ranks(_with_dynamic_inputs(model, kept | {dimension})[0])
        if left < unknown:
            unknown = left
            kept.add(dimension)
    return kept


def dynamic(model, operator=None):
    """Every dimension of every input gets a name of its own; all that is said of other values is their rank.

    A dimension stays as it is where a rank hangs on it (the length of Reshape's shape): where the standard's own
    inference knows fewer ranks without it. Of the body of a function it may know none: `operator` is a model of the
    function itself, with the same inputs.
    """
    kept = _deciding(model) | (_deciding(operator) if operator else set())
    result, names = _with_dynamic_inputs(model, kept)
    if not names:
        raise Meaningless("a rank hangs on every dimension of the inputs" if kept else "no input has a dimension")
    return result


def constant(model, data):
    """The inputs become initializers, or what makes a sequence or an optional of them; `data` maps names to messages."""
    if not model.graph.input or not data:
        raise Meaningless("has no inputs")
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    del graph.input[:]
    made = []
    for value in model.graph.input:
        if value.name in data:  # else an initializer that is listed as an input
            made += _make(value.name, value.type, data[value.name], graph)
    nodes = [*made, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    result.ir_version = max(result.ir_version, 4)
    return result


def _make(name, type_proto, message, graph):
    """The nodes that make a value of initializers, which it adds to the graph."""
    kind = type_proto.WhichOneof("value")
    if kind == "optional_type":
        inside = type_proto.optional_type.elem_type
        fields = {onnx.OptionalProto.TENSOR: "tensor_value", onnx.OptionalProto.SEQUENCE: "sequence_value"}
        field = fields.get(message.elem_type)
        if not field or not message.HasField(field):
            return [helper.make_node("Optional", [], [name], type=inside)]
        nodes = _make(name + "__content", inside, getattr(message, field), graph)
        return [*nodes, helper.make_node("Optional", [name + "__content"], [name])]
    if kind == "sequence_type":
        inside = type_proto.sequence_type.elem_type
        if inside.WhichOneof("value") != "tensor_type":
            raise Meaningless("takes a sequence of other things than tensors, which no node can make")
        names = [f"{name}__{i}" for i in range(len(message.tensor_values))]
        nodes = [node for item, tensor in zip(names, message.tensor_values) for node in _make(item, inside, tensor, graph)]
        if not names:
            return [helper.make_node("SequenceEmpty", [], [name], dtype=inside.tensor_type.elem_type)]
        return [*nodes, helper.make_node("SequenceConstruct", names, [name])]
    initializer = graph.initializer.add()
    initializer.CopyFrom(message)
    initializer.name = name
    return []


def as_arrays(model, data):
    """The tensors among the inputs, by name; None when there is anything else."""
    if any(v.type.WhichOneof("value") != "tensor_type" for v in model.graph.input):
        return None
    return {name: numpy_helper.to_array(message) for name, message in data.items()}
