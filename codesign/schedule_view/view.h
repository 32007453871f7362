// A schedule as people look at it: a table, a comparison with another one, a roofline. Of both
// styles, ours and the published one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codesign/msd_fccm23/schedule.h"
#include "scheduler/program.h"
#include "scheduler/schedule.h"

namespace msd::schedule_view {

struct Row {
    std::string name;
    std::string tile;   // sizes of a full tile: output channels, input channels, rows x columns
    int64_t tiles = 0;  // that are run
    int lut_channels = 0, dsp_channels = 0;  // of the layer, or of a tile in the published style
    int effective_bits = 0;
    std::string bound;  // what the schedule's own model says
    double cycles = 0;  // predicted
    // Unknown (negative) if the row comes from a file.
    int64_t macs = -1;
    int64_t dram_bytes = -1;      // all that the tiles move
    double roofline_cycles = -1;  // see roofline_cycles()
};

// What the roofs are made of, a cycle.
struct Machine {
    double lut_elements = 0;  // digits
    double dsp_macs = 0;
    double port_bytes = 0;  // of each of the three ports: activations, weights, outputs
    double dram_bytes = 0;  // all ports together; 0: no limit
    double clock_mhz = 0;

    double macs(int effective_bits) const {
        return lut_elements / (effective_bits > 0 ? effective_bits : 1) + dsp_macs;
    }
};

struct View {
    std::string title;
    std::vector<Row> rows;
    std::optional<Machine> machine;  // none if read from a file

    double cycles() const;
    int64_t macs() const;            // negative if unknown
    double roofline_cycles() const;  // negative if unknown
};

// What a layer must move at least, whatever its tiles: each byte once.
struct Compulsory {
    int64_t activations = 0, weights = 0, outputs = 0;
};

// The least cycles a layer can take: max of its MACs at the peak of both arrays, each port's bytes
// at the port's width, and all bytes at the DRAM's peak.
double roofline_cycles(const Machine& machine, int64_t macs, int effective_bits,
                       const Compulsory& bytes);

// program: made from schedule. dram_bytes_per_cycle: the memory's peak; 0: no limit.
View view_of(const scheduler::Program& program, const scheduler::Schedule& schedule,
             const pe::AcceleratorConfig& config, double dram_bytes_per_cycle);

// layers: those that were scheduled.
View view_of(const std::vector<fccm23::ScheduleRow>& rows,
             const std::vector<fccm23::LayerShape>& layers,
             const fccm23::HardwareDescription& hardware, double dram_bytes_per_cycle);

// A schedule.csv of either style. Throws std::invalid_argument or fccm23::InputError
// "file:line: …".
View read_view(const std::string& path);

// One line a layer: tile, tiles, split, bound, predicted cycles, share of all.
std::string table(const View& view);

// Layer by layer, matched by name (a fused Add counts as its convolution), and in all; ratio is
// cycles of a over cycles of b.
std::string comparison(const View& a, const View& b);

// MACs a cycle over MACs a byte, a circle a layer, its area its share of the cycles. The view must
// have a machine. The text carries no date.
std::string roofline_svg(const View& view);

}  // namespace msd::schedule_view
