# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Suites that compile models to executables, run them, and compare what comes out.

`generated` takes the project's own models; `real` and `architectures` take models that are not part of the project and
are skipped, by reason, where they are missing.
"""

import hashlib
import json
import os
import shutil
import sys

import numpy as np

from harness import command, tensors
from harness.report import Failed

from .generate import generate

# The models that are held to their reference outputs. A name that is missing in the folder is a skip.
REAL = """acasxu_1_1_op8 basic_pitch_op15 bert_toy_dynquant_op12 bert_toy_op12 byte_sb_bidi_lstm_op9
cifar_cnn_torch_op10 cifar_deep_kw_op9 cifar_wide_kw_op9 cnn_max_mnist3_op12 cntk_bilstm_op7 cntk_scan_lstm_op9
controller_certificate_op10 deeplabv3_mnv2_op9 dtln_1_op11 dtln_2_op11 fastestdet_shufflenetv2_op11
gpt2_one_layer_op11 gpt2_past_op11 gpt2_tiny_contrib_fp16_op11 gtcrn_stream_op11 lgbm_classifier_op9
lgbm_regressor_op9 llama_std_ops_op23 llama_tiny_fp16_extdata_op14 logreg_iris_ml1 loop_if_issue4031_op12
magika_v1_op13 magika_v3_3_op15 matmulnbits_2bit_op21 mlperf_tiny_ad_op11 mlperf_tiny_ic_qop_op13
mlperf_tiny_ic_resnet_op11 mlperf_tiny_kws_op9 mlperf_tiny_vww_op21 mnist_cnn_pytorch_op9 mnist_cntk_op8
mnist_customvision_zipmap_op7 mnist_mlp_int4_blocked_dq_op21 mnist_mlp_matmulnbits4 mnist_mlp_op12
mnist_mlp_sparse_op13 mnist_onnxmlir_op13 onnx_example_simple_cnn_extdata ort_function_body_op paged_decoder_op17
pipeline_181031_ml ppocr_v1_det_op11 qlstm_10_4_6_op10 qtdnn_op10 self_attention_sim_op9 silero_v3_1_op13
silero_v3_micro_op11 silero_v4_op16 silero_vad_op18_ifless silero_vad_openvino_16k_op16 silero_vad_v6_op16
sklearn_lr_mnist_op9 squeezenet_f32_op22 squeezenet_fp16_op7 squeezenet_qdq_pertensor_op13 style_candy_op7
tbefn_lowlight_op11 tf_bert_qa_keras2onnx_op11 tiny_gqa_fp16_op21 tiny_transformer_op17 traffic_classifier_op9
ultraface_rfb320_op9 ultraface_rfb320_qdq_u8s8_op13 ultraface_rfb320_simplified_op9 ultraface_slim_extdata_op9
vittrack_op14 voice_commands_op12 winml_efficientnet_preprocess_op12 xgboost_regressor_ml1 yolox_nano_functions_op11
yolox_nano_op11 yunet_120x160_op9 yunet_n_dynamic_op11""".split()
ARCHITECTURES = """light_resnet50 light_vgg19 light_densenet121 light_inception_v1 light_inception_v2 light_shufflenet
light_bvlc_alexnet light_zfnet512 light_squeezenet""".split()

# Sizes outside the reference sets, for models in which more than the batch is dynamic: the shapes of the inputs.
SECOND_SIZES = {
    "yunet_n_dynamic_op11": [(2, 3, 96, 160)],
    "bert_toy_op12": [(3, 11)] * 3,
    "ppocr_v1_det_op11": [(2, 3, 96, 224)],
    "tiny_transformer_op17": [(2, 3, 8), (2, 7), (2, 2, 4, 4), (2, 2, 4, 4)],
}

OF_TIME = ("qlstm_10_4_6_op10", "qtdnn_op10")  # their first dimension is no batch

# Of 16 bits: what a few roundings of 11 bits come to. Quantized: where ONNX Runtime's sums of f32 fall on the other side
# of a half than the exact ones, a step of a layer, which grows on the way; with what is between quantized on the way,
# its own two ways of running a model differ by much more.
TOLERANCES = {
    "gpt2_tiny_contrib_fp16_op11": 2e-3,
    "llama_tiny_fp16_extdata_op14": 2e-3,
    "squeezenet_fp16_op7": 2e-3,
    "tiny_gqa_fp16_op21": 2e-3,
    "squeezenet_qdq_pertensor_op13": 5e-3,
    "ultraface_rfb320_qdq_u8s8_op13": 1e-2,
}


def compile_and_compare(context, model, sets, tolerance, folder, options=()):
    executable = os.path.join(folder, "model")
    try:
        context.compile(model, executable, *options)
        context.compare_sets(executable, sets, tolerance, folder)
    finally:  # hundreds of executables, some with hundreds of megabytes of weights
        if os.path.exists(executable):
            os.remove(executable)


def load_sets(folder, count, prefix="outputs"):
    sets = []
    for index in range(count):
        outputs = os.path.join(folder, f"{prefix}_{index}")
        wants = [tensors.load(outputs, i) for i in range(tensors.count(outputs))]
        sets.append((os.path.join(folder, f"inputs_{index}"), wants))
    return sets


# --- the project's own models --------------------------------------------------------------------------------------


def run_generated(context, name, folder):
    with open(os.path.join(folder, "case.json")) as file:
        case = json.load(file)
    compile_and_compare(context, os.path.join(folder, "model.onnx"), load_sets(folder, case["sets"]), case["tolerance"],
                        context.folder("generated", name))


def generated(context, report):
    out = os.path.join(context.work, "models")
    shutil.rmtree(out, ignore_errors=True)
    tests = []
    for name, (folder, error) in generate(out, context.wants).items():
        if error:
            report.fail(f"generated/{name}", f"the reference refuses the model: {error}")
        else:
            tests.append((f"generated/{name}", run_generated, context, name, folder))
    report.run_all(tests, context.jobs)


# --- real models ---------------------------------------------------------------------------------------------------


def tolerance_of(meta, name=""):
    """1e-4 of the output's peak, or what ONNX Runtime's own two ways of running the model differ by."""
    if name in TOLERANCES:
        return TOLERANCES[name]
    spreads = [s.get("ort_opt_vs_noopt", {}).get("max_rel_to_peak", 0) for s in meta.get("sets", [])]
    return max(1e-4, *(2 * spread for spread in [*spreads, meta.get("full_rel", 0)]))


def other_shapes(name, meta):
    """Shapes that no reference set has, or None for a model without dynamic dimensions."""
    if name in SECOND_SIZES:
        return SECOND_SIZES[name]
    shapes = [spec["shape"] for spec in meta["model_inputs"]]
    sizes = {str([spec["shape"] for spec in s["inputs"]]) for s in meta["sets"]}
    # Only the batch is known to be free, and only in a model that is not one of time.
    if not any(-1 in shape for shape in shapes) or any(-1 in shape[1:] for shape in shapes) or len(sizes) > 1 or \
            meta["cls"] in ("B-rnn", "B-audio", "B-text", "C-controlflow") or name in OF_TIME:
        return None
    used = {i["shape"][0] for s in meta["sets"] for i in s["inputs"]}
    batch = next(n for n in range(2, 9) if n not in used)
    return [[batch if d == -1 else d for d in shape] for shape in shapes]


def second_size(folder, model, shapes):
    """Inputs of these shapes, like the reference inputs in range, and ONNX Runtime's outputs."""
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(5)
    feeds = {}
    for i, (spec, shape) in enumerate(zip(session.get_inputs(), shapes)):
        sample = np.load(os.path.join(folder, "inputs_0", f"{i}.npy"))
        low, high = (sample.min(), sample.max()) if sample.size else (-1, 1)
        if sample.dtype.kind == "f":
            feeds[spec.name] = rng.uniform(low, high + 1e-3, shape).astype(sample.dtype)
        else:
            feeds[spec.name] = rng.integers(low, high + 1, shape).astype(sample.dtype)
    return list(feeds.values()), [tensors.of_value(value) for value in session.run(None, feeds)]


def in_order(sets, meta, work):
    """The same, with the inputs in the model's order where the files are in another."""
    result = []
    for index, (folder, wants) in enumerate(sets):
        given = [spec["name"] for spec in meta["sets"][index]["inputs"]]
        wanted = [spec["name"] for spec in meta["model_inputs"]]
        if given != wanted and sorted(given) == sorted(wanted):
            ordered = os.path.join(work, f"inputs_{index}")
            for i, name in enumerate(wanted):
                tensors.save(tensors.load(folder, given.index(name)), ordered, i)
            folder = ordered
        result.append((folder, wants))
    return result


def run_real(context, name, folder, work):
    with open(os.path.join(folder, "meta.json")) as file:
        meta = json.load(file)
    model = os.path.join(folder, "model.onnx")
    sets = in_order(load_sets(folder, len(meta["sets"])), meta, work)
    for index, spec in enumerate(meta["sets"]):  # what the model says, rather than what ONNX Runtime makes of it
        if "outputs_noopt" in spec:
            exact = os.path.join(folder, f"outputs_{index}_noopt")
            sets[index] = (sets[index][0], [tensors.load(exact, i) for i in range(tensors.count(exact))])
    if shapes := other_shapes(name, meta):
        inputs, wants = second_size(folder, model, shapes)
        for i, value in enumerate(inputs):
            tensors.save(value, os.path.join(work, "second"), i)
        sets.append((os.path.join(work, "second"), wants))
    compile_and_compare(context, model, sets, tolerance_of(meta, name), work)


def real(context, report):
    root = os.path.join(context.shared, "models")
    if not os.path.isdir(root):
        report.skip("real", "no shared models beside the checkout", len(REAL))
        return
    tests = []
    for name in filter(context.wants, REAL):
        folder = os.path.join(root, name)
        if not os.path.isdir(folder):
            report.skip(name, "model missing among the shared models")
            continue
        tests.append((f"real/{name}", run_real, context, name, folder, context.folder("real", name)))
    report.run_all(tests, context.jobs)


# --- architectures with weights made from a seed ---------------------------------------------------------------------


def rehydrate(context, name, work):
    """The full model of an architecture: its weights come from a fixed seed."""
    root = os.path.join(context.shared, "architectures")
    full = os.path.join(work, "model.onnx")
    result = command.run([sys.executable, os.path.join(root, "rehydrate.py"),
                          os.path.join(root, name, "model.onnx"), full])
    if result.status:
        raise Failed("rehydrate: " + result.describe())
    return full


def is_reference(full, meta):
    """The stored outputs are of a model with these very weights."""
    with open(full, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == meta["full_sha256"]


def by_onnxruntime(full, sets):
    """The same input sets, with ONNX Runtime's outputs of this model."""
    import onnx
    import onnxruntime as ort
    model = onnx.load(full)
    used = {name for node in model.graph.node for name in node.input}
    for leftover in [i for i in model.graph.input if i.name not in used]:
        model.graph.input.remove(leftover)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    initializers = {t.name for t in model.graph.initializer}
    names = [i.name for i in session.get_inputs() if i.name not in initializers]
    return [(folder, session.run(None, {n: tensors.load(folder, i) for i, n in enumerate(names)})) for folder, _ in sets]


def run_architecture(context, name, work):
    folder = os.path.join(context.shared, "architectures", name)
    with open(os.path.join(folder, "meta.json")) as file:
        meta = json.load(file)
    full = rehydrate(context, name, work)
    try:
        count = len([d for d in os.listdir(folder) if d.startswith("inputs_")])
        sets = load_sets(folder, count, "full_outputs")
        if not is_reference(full, meta): # rehydrate.py gives some of them other weights than the references had
            sets = by_onnxruntime(full, sets)
        compile_and_compare(context, full, sets, tolerance_of(meta), work)
    finally:
        os.remove(full)


def architectures(context, report):
    root = os.path.join(context.shared, "architectures")
    if not os.path.isdir(root):
        report.skip("architectures", "no shared models beside the checkout", len(ARCHITECTURES))
        return
    # One at a time: the largest holds half a gigabyte of weights.
    for name in filter(context.wants, ARCHITECTURES):
        report.run(f"architectures/{name}", run_architecture, context, name, context.folder("architectures", name))

