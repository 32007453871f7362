#!/bin/sh
# Writes the table of rtl/README.md: what one processing element costs on a 7-series device (Yosys synth_xilinx).
set -eu
cd "$(dirname "$0")"
printf '| module | LUT | FF | CARRY4 | DSP48E1 |\n|---|---|---|---|---|\n'
for top in lut_pe dsp_pe; do
  yosys -p "read_verilog -sv -I. dsp_mac.sv $top.sv; synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -top $top; stat" |
    awk -v top="$top" '
      /=== / { delete count }
      $1 ~ /^(LUT[1-6]|FDRE|FDSE|CARRY4|DSP48E1|MUXF7|MUXF8)$/ { count[$1] = $2 }
      END {
        for (i = 1; i <= 6; i++) lut += count["LUT" i]
        printf "| `%s` | %d | %d | %d | %d |\n", top, lut, count["FDRE"] + count["FDSE"], count["CARRY4"], count["DSP48E1"]
      }'
done
