// What an accelerator of a configuration costs on an FPGA: the modules' synthesis
// (docs/synthesis.md) times their number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ip/msd_pe/core/config.h"

namespace msd::pe {

struct Area {
    double lut = 0, ff = 0, dsp = 0, bram36 = 0;
};

// 7-series and UltraScale+.
enum class Family { kXc7, kXcup };

// A device and what it holds: AMD's data sheets DS190 (XC7Z020), DS891 (ZU3EG, ZU9EG).
struct Board {
    std::string name;
    Family family;
    Area capacity;
};
// The board of a preset ("ultra96", "ultra96_fit", ...); throws std::invalid_argument if it has
// none.
const Board& board_of(std::string_view preset);

// The accelerator without interconnect and processor: linear in rows and columns between measured
// arrays (elements times their number), block RAM by its shapes.
Area area_of(const AcceleratorConfig& config, Family family);

// Blocks of 36 Kib for a RAM of one read and one write port, by half blocks.
double bram36(unsigned width_bits, unsigned depth);

// Whether everything fits, leaving `spare` of LUTs (placement, routing and the interconnect want
// some).
bool fits(const Area& area, const Board& board, double spare = 0.0);

}  // namespace msd::pe
