#!/usr/bin/env python3
"""Draws one image of a latency.csv as SVG: a row a unit, a box a tile, a colour a layer."""
import argparse
import csv
import sys
from xml.sax.saxutils import escape

UNITS = ["fetch", "load_act", "load_res", "load_wgt", "exec", "post", "store"]
COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee8866", "#44bb99", "#77aadd", "#999933",
           "#cc6677", "#332288"]  # Paul Tol's palettes, told apart by most colour-blind people
LEFT, WIDTH, ROW, TOP = 80, 1000, 26, 24


def draw(rows):
    layers = list(dict.fromkeys(r["layer"] for r in sorted(rows, key=lambda r: int(r["start_cycle"]))))
    first = min(int(r["start_cycle"]) for r in rows)
    last = max(int(r["end_cycle"]) for r in rows)
    scale = WIDTH / (last - first)
    legend_top = TOP + ROW * len(UNITS) + 34
    height = legend_top + 18 * ((len(layers) + 4) // 5) + 6
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
           'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for n, unit in enumerate(UNITS):
        y = TOP + ROW * n
        out.append(f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{unit}</text>')
        out.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y + ROW - 2}" y2="{y + ROW - 2}" stroke="#ddd"/>')
    for r in rows:
        x = LEFT + (int(r["start_cycle"]) - first) * scale
        width = max((int(r["end_cycle"]) - int(r["start_cycle"])) * scale, 0.4)
        y = TOP + ROW * UNITS.index(r["unit"])
        colour = COLOURS[layers.index(r["layer"]) % len(COLOURS)]
        out.append(f'<rect x="{x:.2f}" y="{y + 3}" width="{width:.2f}" height="{ROW - 8}" fill="{colour}">'
                   f'<title>{escape(r["layer"])}, tile {r["tile"]}: {r["start_cycle"]} to {r["end_cycle"]}, '
                   f'stalled {r["stall_cycles"]}, {r["bytes"]} bytes</title></rect>')
    axis = TOP + ROW * len(UNITS)
    step = 10 ** (len(str((last - first) // 5)) - 1)
    step *= next(m for m in (1, 2, 5, 10) if (last - first) / (step * m) <= 12)
    for tick in range(0, last - first + 1, step):
        x = LEFT + tick * scale
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{axis}" y2="{axis + 4}" stroke="black"/>'
                   f'<text x="{x:.1f}" y="{axis + 16}" text-anchor="middle">{tick}</text>')
    out.append(f'<text x="{LEFT + WIDTH}" y="{TOP - 8}" text-anchor="end">cycles from the first descriptor</text>')
    for n, layer in enumerate(layers):
        x, y = LEFT + 200 * (n % 5), legend_top + 18 * (n // 5)
        out.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{COLOURS[n % len(COLOURS)]}"/>'
                   f'<text x="{x + 18}" y="{y}">{escape(layer)}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", help="latency.csv of a run")
    parser.add_argument("-o", "--out", required=True, help="SVG to write")
    parser.add_argument("--image", default="0", help="which image (default: 0)")
    arguments = parser.parse_args()
    with open(arguments.table, newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["image"] == arguments.image]
    if not rows:
        sys.exit(f"{arguments.table}: no rows of image {arguments.image}")
    with open(arguments.out, "w") as file:
        file.write(draw(rows))


if __name__ == "__main__":
    main()
