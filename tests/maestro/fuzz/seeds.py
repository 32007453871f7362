"""Writes the fuzzer's first inputs: beginnings of the given mappings, models, hardware files and genotypes, the repository's
specs, and some by hand."""

import json
import pathlib
import sys

data, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
BY_HAND = {
    "stride": b"\0Network n { Layer a { Type: CONV Stride { X: 2, Y: 2 } Padding { Y: 1 X: 1 } Dilation { Y: 2 }\n"
              b"Dimensions { N 2, K 8, C 3, R 3, S 3, Y 20, X 19 } Dataflow { SpatialMap(1,1) K; TemporalMap(Sz(R),1) Y; } } }",
    "outputs": b"\0Constant T 4;\nNetwork { Layer a { Type: NGCONV Dimensions { G 2, K T, C T, R 3, S 3, Y' 8, X' 8 }\n"
               b"Dataflow { SpatialMap(1,1) Y'; TemporalMap(Sz(R),Sz(R)) R; Cluster(Sz(R),P); SpatialMap(1,1) Y; SpatialMap(1,1) R; } } }",
    "energy": b"\4mac_nj: 0.001\nl1: 2 l2: 20 noc: 1 dram: 100\n",
    "template": b"\5Dataflow { SpatialMap(1,1) K; TemporalMap(4,4) C; Cluster(4,P); SpatialMap(1,1) C; }",
    "genotype": b'\6[{"normal": [' + b",".join([b'["skip_connect", 0]'] * 8) + b'], "reduce": ['
                + b",".join([b'["sep_conv_3x3", 1]'] * 8) + b"]}]",
    "alphanet": b'\6[{"resolution": 224, "width": [16, 16, 24, 32, 64, 112, 192, 216, 1792], "depth": [1, 3, 3, 3, 3, 3, 1], '
                b'"kernel_size": [3, 3, 3, 3, 3, 3, 3], "expand_ratio": [1, 4, 4, 4, 4, 6, 6]}]',
    "spec": b'\x0fkind = "sweep"\n[networks]\nspace = "darts"\nsample = 2\nseed = 3\n[darts]\nchannels = 8\n[score]\nproxy = "weights"\n'
            b'[maestro]\ndataflows = ["kcp_ws", "rs"]\nnum_pes = [64, 256]\nnoc_bw = 100\noffchip_bw = [50]\nl1_bytes = 100\nl2_bytes = 3000\n'
            b'draw = 1\nmode = "original"\n',
    "spec_platform": b'\x0fkind = "sweep"\n[networks]\nspace = "alphanet"\n[platform]\ndevices = ["xc7z020"]\nlut = "48x32"\ndsp = ["14x15"]\n'
                     b'effective_bits = [1, 2]\ndram_bytes_per_cycle = 8.5\ndram_latency_cycles = 40\n',
    "values": bytes([7, 0, 4, 8, 4, 4, 4, 2, 3, 3, 20, 20, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1, 2, 8, 3, 1, 16, 0, 3, 4, 1, 0, 3, 1]),
}
for name, content in BY_HAND.items():
    (corpus / name).write_bytes(content)
hardware = sorted((data / "maestro/hw").glob("*.m"))
for folder, kind in (("mapping", b"\0"), ("model", b"\1"), ("hw", b"\3")):
    for i, path in enumerate(sorted((data / "maestro" / folder).glob("*.m"))):
        text = path.read_bytes()
        if len(text) > 2500:  # whole layers, then closing braces
            text = text[: text.rfind(b"Layer", 0, 2500)] + b"}\n"
        (corpus / f"{folder}_{path.stem}").write_bytes(kind + text)
        if folder == "mapping":
            (corpus / f"pair_{path.stem}").write_bytes(b"\x08" + text + b"\nhardware\n" + hardware[i % len(hardware)].read_bytes())
for path in (data / "nasbench").glob("genotypes.json"):
    (corpus / "genotypes").write_bytes(b"\6" + json.dumps(json.loads(path.read_text())[:2]).encode())
for path in (pathlib.Path(__file__).parents[3] / "scenarios/explore").glob("*.toml"):
    (corpus / f"spec_{path.stem}").write_bytes(b"\x0f" + path.read_bytes())
