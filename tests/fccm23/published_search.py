"""The published search written from its description (facts of the artefact, section 3.2), loop by loop and in floating
point as there; slow. The oracle of `msd schedule --style fccm23`, independent of codesign/ and of brute_force.h."""
import math


class Hardware:
    def __init__(self, bandwidth, lut_rows, lut_cols, dsp_rows, dsp_cols, bram18):
        self.bandwidth = bandwidth
        self.lut_rows, self.lut_cols, self.dsp_rows, self.dsp_cols = lut_rows, lut_cols, dsp_rows, dsp_cols
        bits = bram18 * 16384
        self.lut_depth = (bits // 8, bits // 4, bits // 8)
        self.dsp_depth = (bits // 16, bits // 8, bits // 16)


DEVICES = {
    "xc7z020": Hardware(8, 40, 40, 14, 15, 4),
    "ultra96": Hardware(16, 48, 48, 16, 16, 4),
    "zcu102": Hardware(16, 100, 100, 48, 48, 6),
}


def up(a, b):
    return -(-a // b)


def read_model(path):
    """(name, K, H, C, filter height, filter width, stride) of each row of the schedule."""
    rows = []
    for line in path.read_text().splitlines()[1:]:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < 8 or not cells[0]:
            continue
        height, _, fh, fw, c, k, stride = map(int, cells[1:8])
        layer = (k, math.ceil((height - fh + stride) / stride), c, fh, fw, stride)
        if "Encoder_0" in cells[0]:
            rows += [(f"{cells[0]}_{i}", *layer) for i in range(12)]
        else:
            rows.append((cells[0], *layer))
    return rows


class Search:
    def __init__(self, hardware, digits, layer):
        self.hw, self.eb = hardware, digits
        self.K, self.H, self.C, self.I, self.J, self.s = layer
        self.depthwise = self.C == 1
        self.best = None
        self.loops = 0

    def fits(self, c, o, l, d):
        hw, area, cij = self.hw, o * o, c * self.I * self.J
        if self.depthwise:
            l = d = 1
        return (math.ceil(area * cij / hw.lut_cols) < hw.lut_depth[0]
                and math.ceil(cij * l * self.eb / hw.lut_rows) < hw.lut_depth[1]
                and math.ceil(area * l / hw.lut_cols) < hw.lut_depth[2]
                and math.ceil(area * cij / (2 * hw.dsp_cols)) < hw.dsp_depth[0]
                and math.ceil(cij * d / hw.dsp_rows) < hw.dsp_depth[1]
                and math.ceil(area * d / (2 * hw.dsp_cols)) < hw.dsp_depth[2])

    def compute(self, c, o, l, d):
        hw, area = self.hw, o * o
        taps = self.I * self.J * (1 if self.depthwise else c)
        return max(taps * self.eb * math.ceil(area / hw.lut_rows) * math.ceil(l / hw.lut_cols),
                   taps * math.ceil(area / (2 * hw.dsp_rows)) * math.ceil(d / hw.dsp_cols))

    def load(self, c, o, l, d):
        taps = self.I * self.J * (1 if self.depthwise else c)
        weights = math.ceil(l * self.eb * taps / 2) + d * taps
        acts = c * ((o - 1) * self.s + self.I) * ((o - 1) * self.s + self.J)
        beats = math.ceil(max(weights, acts) / self.hw.bandwidth)
        return beats * 1.2 if beats < 16 else beats

    def candidate(self, channels, ratio, l, c, o):
        """Returns the l of the candidates that follow."""
        self.loops += 1
        d = channels - l
        if not self.fits(c, o, l, d):
            return l
        compute, load = self.compute(c, o, l, d), self.load(c, o, l, d)
        write = math.ceil(channels * o * o / self.hw.bandwidth)
        latency = max(compute, load, write)
        bound = "compute" if compute > max(load, write) else "memory"
        if self.depthwise or not (self.C < 8 and self.H < 8):
            l = math.floor(channels * ratio)
            d = channels - l
        tiles = up(self.K, channels) * up(self.H, o) ** 2 * (1 if self.depthwise else up(self.C, c))
        total = tiles * latency + self.load(c, o, l, d) + write
        if self.best is None or total < self.best[0]:
            self.best = (total, channels, up(self.K, channels), c, up(self.C, c), o, up(self.H, o), ratio, bound)
        return l

    def outputs(self):
        if self.H < 8:
            return [o for o in range(self.H, 0, -1) if not up(self.H, o) > o]
        return [o for o in range(self.H, 3, -2) if not up(self.H, o) > o / 2]

    def inputs(self):
        most = min(self.C, 512)
        if most < 8:
            return [c for c in range(most, 0, -1) if not up(self.C, c) > c]
        return [c for c in range(most, 15, -2) if not up(self.C, c) > c / 2]

    def run(self):
        least, share = (4, 0.1) if self.depthwise else (16, 0.2)
        for channels in range(min(self.K, 512), least - 1, -2):
            if up(self.K, channels) > channels / 2:
                continue
            for start in range(math.floor(share * channels), math.floor(0.7 * channels)):
                ratio, l = start / channels, start
                for c in [channels] if self.depthwise else self.inputs():
                    for o in self.outputs():
                        l = self.candidate(channels, ratio, l, c, o)
        return self.best

    def row(self):
        """The columns of the published file behind the name."""
        total, k, kt, c, ct, o, ot, ratio, bound = self.best
        if self.depthwise:
            k, kt, c, ct = (1, 1, k, kt) if self.H >= 8 else (k, kt, 1, 1)
        return [str(total), *map(str, (k, kt, c, ct, o, ot, self.J, self.s, ratio, self.eb)), bound + " bound"]
