"""Evaluates an ONNX file, float or QDQ, in numpy: a second implementation that shares nothing with the platform's."""
import numpy as np
import onnx
from onnx import numpy_helper


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def windows(x, kernel, strides, pads, fill):
    """[n][c][h][w] -> [n][c][oh][ow][kh][kw], a view of the padded input."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1]]


def geometry(a, x, kernel):
    """Strides and pads; SAME_UPPER and SAME_LOWER computed from the input."""
    strides, pads = a.get("strides", [1, 1]), a.get("pads", [0, 0, 0, 0])
    auto = a.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(x.shape[2:], strides, kernel)]
        less, more = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = less + more if auto == b"SAME_UPPER" else more + less
    return strides, pads


def conv(a, x, w, bias=None):
    groups = a.get("group", 1)
    strides, pads = geometry(a, x, w.shape[2:])
    taken = windows(x, w.shape[2:], strides, pads, 0)
    parts = []
    for xs, ws in zip(np.split(taken, groups, axis=1), np.split(w, groups)):
        n, c, oh, ow, kh, kw = xs.shape
        rows = xs.transpose(0, 2, 3, 1, 4, 5).reshape(n * oh * ow, c * kh * kw)
        y = rows @ ws.reshape(len(ws), -1).T
        parts.append(y.reshape(n, oh, ow, len(ws)).transpose(0, 3, 1, 2))
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def max_pool(a, x):
    strides, pads = geometry(a, x, a["kernel_shape"])
    return windows(x, a["kernel_shape"], strides, pads, -np.inf).max(axis=(4, 5))


def average_pool(a, x):
    strides, pads = geometry(a, x, a["kernel_shape"])
    total = windows(x, a["kernel_shape"], strides, pads, 0).sum(axis=(4, 5))
    inside = windows(np.ones_like(x[:1, :1]), a["kernel_shape"], strides, pads,
                     1 if a.get("count_include_pad", 0) else 0).sum(axis=(4, 5))
    return total / inside


def gemm(a, x, w, bias=0):
    x, w = (x.T if a.get("transA") else x), (w.T if a.get("transB") else w)
    return a.get("alpha", 1.0) * (x @ w) + a.get("beta", 1.0) * bias


def along(values, axis, rank):
    """A scale or zero point a channel, shaped to multiply a tensor of that rank."""
    values = np.asarray(values)
    return values.reshape([-1 if i == axis % rank else 1 for i in range(rank)]) if values.ndim else values


def quantize(a, x, scale, zero):
    axis = a.get("axis", 1)
    limits = np.iinfo(zero.dtype)
    q = np.rint(x / along(scale, axis, x.ndim).astype(np.float64)) + along(zero, axis, x.ndim)
    return np.clip(q, limits.min, limits.max).astype(zero.dtype)


def dequantize(a, q, scale, zero=np.int8(0)):
    axis = a.get("axis", 1)
    return (q.astype(np.float64) - along(zero, axis, q.ndim)) * along(scale, axis, q.ndim).astype(np.float64)


def softmax(a, x):
    e = np.exp(x - x.max(axis=a.get("axis", -1), keepdims=True))
    return e / e.sum(axis=a.get("axis", -1), keepdims=True)


OPERATORS = {
    "Conv": conv, "MaxPool": max_pool, "AveragePool": average_pool, "Gemm": gemm,
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize, "Softmax": softmax,
    "MatMul": lambda a, x, w: x @ w,
    "Add": lambda a, x, y: x + y,
    "Relu": lambda a, x: np.maximum(x, 0),
    "Clip": lambda a, x, lo=-np.inf, hi=np.inf: np.clip(x, lo, hi),
    "GlobalAveragePool": lambda a, x: x.mean(axis=(2, 3), keepdims=True),
    "Flatten": lambda a, x: x.reshape(int(np.prod(x.shape[:a.get("axis", 1)])), -1),
    "Reshape": lambda a, x, shape: x.reshape([len(x) if i == 0 else int(n) for i, n in enumerate(shape)]),
    "Identity": lambda a, x: x,
}


def evaluate(model, images, before_softmax=True):
    """Outputs for images [n][c][h][w]; of a network that ends in Softmax what goes into it."""
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    inputs = [i.name for i in model.graph.input if i.name not in values]
    values[inputs[0]] = np.asarray(images, dtype=np.float64)
    for node in model.graph.node:
        operands = [values[name] for name in node.input if name]
        if node.op_type == "Softmax" and before_softmax:
            values[node.output[0]] = operands[0]
            continue
        if node.op_type == "Constant":
            values[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
            continue
        values[node.output[0]] = OPERATORS[node.op_type](attributes(node), *operands)
    return values[model.graph.output[0].name]
