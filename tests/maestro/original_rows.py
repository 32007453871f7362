"""Mapping files to the original's columns, by the plain analysis of original_oracle.py."""
import math
import re

from original_oracle import INPUT, OUTPUT, WEIGHT, Cost, Dies, levels_of, product, ratio

COUPLED = {"CONV": ("C Y X", "K C R S", "K Y X"), "TRCONV": ("C Y X", "K C R S", "K Y X"), "DSCONV": ("C Y X", "C R S", "C Y X"),
           "NGCONV": ("G C Y X", "G K C R S", "G K C Y X"), "GEMM": ("M K", "K N", "M N")}


def words(text):
    result = []
    for line in text.split("\n"):
        for word in re.split(r"[ ,\->():\t;\r]+", line):
            if word.startswith("//"):
                break
            if word:
                result.append(word)
    return result


def layers_of(text):
    """(network's name, [(name, type, [(dim, size)], strides, directives)]); a size is a number already."""
    at, todo, constants, result = 0, words(text), {}, []

    def take():
        nonlocal at
        at += 1
        return todo[at - 1]

    def block():
        assert take() == "{"
        while (word := take()) != "}":
            yield word

    network = ""
    while at < len(todo):
        word = take()
        if word == "Constant":
            name = take()
            constants[name] = int(take())
        if word != "Network":
            continue
        while (word := take()) != "{":
            network = word
        while (word := take()) != "}":
            assert word == "Layer"
            name, kind, dims, strides, flow = "", "", [], {}, []
            while (word := take()) != "{":
                name = word
            number = lambda word: constants[word] if word in constants else int(word)
            while (word := take()) != "}":
                if word == "Type":
                    kind = take()
                elif word == "Stride":
                    for dim in block():
                        strides[dim] = number(take())
                elif word == "Dimensions":
                    for dim in block():
                        dims.append((dim, number(take())))
                elif word == "Dataflow":
                    for directive in block():
                        size = lambda: dict(reversed(dims))[take()] if todo[at] == "Sz" and take() else number(take())
                        first = size()
                        flow.append((directive, first, None, take()) if directive == "Cluster" else (directive, first, size(), take()))
            result.append((name, kind, dims, strides, flow or result[-1][4]))
    return network, result


def number(value):
    if isinstance(value, int):
        return str(value)
    return "-nan" if math.isnan(value) else f"{value:g}"


def rows(text, hw):
    """A list of cells a layer, or of one Dies."""
    hw = {"num_pes": 1, "noc_bw_cstr": (1 << 31) - 1, "NoC_NumHops": 1, "offchip_bw_cstr": (1 << 31) - 1, "num_simd_lanes": 1, **hw}
    network, layers = layers_of(text)
    batch, table, before = {}, [], None
    for name, kind, listed, strides, flow in layers:
        try:
            size, stride = {}, {}
            for dim, n in listed:
                size.setdefault(dim, n)
            family = "CONV" if kind == "TRCONV" else kind
            batch.setdefault(family, family != "GEMM" and "N" in size)
            for out, dim, kernel in (("X'", "X", "S"), ("Y'", "Y", "R")):
                stride[dim] = strides.get(dim, strides.get(out, 1) if out in size else 1)
                if out in size:
                    size[dim] = (size[out] - 1) * stride[dim] + size[kernel]
            coupled = [("N " if batch[family] and t != WEIGHT else "") + c for t, c in enumerate(COUPLED[kind])]
            coupled = [c.split() for c in coupled]
            pixels = [product(n for d, n in listed if d in coupled[t]) for t in (INPUT, WEIGHT)]
            results = []
            levels = levels_of(kind, size, stride, flow, coupled, hw["num_pes"])
            c = Cost(levels, 0, size, hw, {}, results)
        except (Dies, KeyError) as reason:  # KeyError: of a dimension that the layer or the level lacks
            table.append(reason)
            continue
        l1_of = lambda x: [1.68 * n for t in (INPUT, WEIGHT, OUTPUT) for n in (x.l1_read[t], x.l1_write[t])]
        l2 = [18.61 * n for n in (c.l2_read[INPUT], c.l2_write[INPUT], c.l2_read[WEIGHT], c.l2_write[WEIGHT], c.l2_write[OUTPUT])]
        terms = l2 + l1_of(c) if len(results) == 1 else (l1_of(before) if before else []) + l2
        energy = 0.00023 * sum(terms)  # in the original's order, as the sixth digit may hang on it
        before = c
        n, lanes, bw = hw["num_pes"], hw["num_simd_lanes"], hw["noc_bw_cstr"]
        l1, l2 = sum(results[0].l1_need), sum(c.l2_need)
        bus, arbiter = 14.662 * n + 28.895, 1.2886 * n * n + 5.5814 * n - 23.711
        area = n * (283 * lanes + 0.104 * max(l1, 1)) + 0.104 * max(l2, 1) + 101.7938 * bus * bw + 395.473 * max(1, arbiter)
        power = [n * lanes * 1.2223, n * 0.00345 * l1, 0.00345 * l2, 0.8 * bus / 1000 * bw + max(0.34, 0.34 * arbiter / 1000)]
        rate = ratio(c.macs, c.runtime)
        cast = [1.0 if c.l2_read[t] else math.nan for t in (WEIGHT, INPUT)]
        cells = [network, name, n, c.runtime, energy, rate, ratio(rate, energy) * 1e9, area, sum(power), c.peak, c.avg_bw, c.peak, lanes,
                 c.offchip, l2, l1, *cast, *pixels, ratio(c.macs, energy) * 1e9, c.macs, *power]
        for t in (INPUT, WEIGHT, OUTPUT):
            cells += [c.l1_read[t], c.l1_write[t], c.l2_read[t], c.l2_write[t], ratio(c.l1_read[t], c.l1_write[t])]
        for delay in c.delays:
            cells += delay
        cells += [c.pes, c.intensity]
        table.append([x if isinstance(x, str) else number(x) for x in cells])
    return table
