"""A small random float network in ONNX, and images for it, for tests that quantise one."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(path, seed=1, channels=16, spread=0.0, poison=None):
    """3x12x12 -> conv, depthwise, pointwise, residual, pool, average, 10 classes. spread > 0: channels of unequal
    magnitude, the same function; poison: a weight that becomes NaN or infinite."""
    random = np.random.RandomState(seed)
    tensors, nodes = [], []

    def tensor(name, values):
        tensors.append(numpy_helper.from_array(np.asarray(values, dtype=np.float32), name))
        return name

    def conv(name, source, out, taken, kernel, groups=1, stride=1, relu=True, gain=None):
        fan = taken // groups * kernel * kernel
        w = random.normal(0, np.sqrt(2 / fan), (out, taken // groups, kernel, kernel))
        b = random.normal(0, 0.1, out)
        if gain is not None:
            w *= gain[0].reshape(-1, 1, 1, 1) / gain[1].reshape(1, -1, 1, 1)
            b *= gain[0]
        nodes.append(helper.make_node("Conv", [source, tensor(name + ".w", w), tensor(name + ".b", b)], [name],
                                      name=name, group=groups, strides=[stride, stride],
                                      pads=[kernel // 2] * 4))
        if relu:
            nodes.append(helper.make_node("Relu", [name], [name + ".relu"]))
        return name + ".relu" if relu else name

    one, wide = np.ones, np.exp(random.normal(0, 1, channels) * spread)
    x = conv("stem", "input", channels, 3, 3, gain=(wide / 64, one(3)))
    x = conv("mix", x, channels, channels, 3, gain=(one(channels), wide))
    nodes.append(helper.make_node("MaxPool", [x], ["pool"], kernel_shape=[2, 2], strides=[2, 2]))
    y = conv("depthwise", "pool", channels, channels, 3, groups=channels)
    y = conv("pointwise", y, channels, channels, 1, relu=False)
    nodes.append(helper.make_node("Add", [y, "pool"], ["sum"]))
    nodes.append(helper.make_node("Relu", ["sum"], ["sum.relu"]))
    nodes.append(helper.make_node("GlobalAveragePool", ["sum.relu"], ["mean"]))
    nodes.append(helper.make_node("Flatten", ["mean"], ["flat"]))
    w = tensor("classes.w", random.normal(0, 0.5, (10, channels)))
    nodes.append(helper.make_node("Gemm", ["flat", w, tensor("classes.b", random.normal(0, 0.1, 10))], ["logits"],
                                  transB=1))
    if poison is not None:
        values = numpy_helper.to_array(tensors[2]).copy()
        values.flat[7] = poison
        tensors[2].CopyFrom(numpy_helper.from_array(values, tensors[2].name))
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 12, 12])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 10])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return model


def images(count, seed=2):
    """Smooth pictures of 0..255, so that activations have structure."""
    random = np.random.RandomState(seed)
    coarse = random.uniform(0, 255, (count, 3, 4, 4))
    return np.rint(coarse.repeat(3, axis=2).repeat(3, axis=3)).astype(np.float32)
