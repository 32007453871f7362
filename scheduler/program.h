// The program image (.msdp): writing it from a schedule, reading it back, as text. Format:
// docs/formats.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/program.h"
#include "scheduler/schedule.h"

namespace msd::scheduler {

// Where a tensor lies in DRAM: [ceil(c/16)][h][w][16] from `address`.
struct TensorPlace {
    uint32_t address = 0;
    network::Shape shape;
    network::QuantParams quant;
};

struct ProgramLayer {
    std::string name, kind, bound;
    network::LayerId id = 0;  // graph layer whose tensor is stored
    uint32_t first_tile = 0, tile_count = 0;
    uint64_t predicted_cycles = 0;
    int64_t macs = 0;
    int effective_bits = 0;
    bool kept = false;  // the map is handed over on chip: nothing is at output.address
    TensorPlace output;
};

// The DRAM image (what firmware sees) and what only the host needs to name and check things.
struct Program {
    std::vector<uint8_t> image;  // begins with msd_program
    std::vector<ProgramLayer> layers;
    TensorPlace input, output;
    std::string network, device;
    int images = 1;  // of a batch: every tensor is so many maps, one behind the other
    uint64_t predicted_cycles = 0;

    const msd_program& header() const {
        return *reinterpret_cast<const msd_program*>(image.data());
    }
    std::vector<msd_tile> tiles() const;  // all, in order of execution
};

// graph must be quantised and its weights encoded for the schedule.
Program make_program(const network::Graph& graph, const Schedule& schedule,
                     const pe::AcceleratorConfig& config);

// The file: image, then a JSON section (names, shapes, predictions) with lengths and CRC-32.
// Written whole or not at all.
void write_program(const Program& program, const std::string& path);
// Throws std::runtime_error "path: what is wrong; what would be right" on any damage.
Program read_program(const std::string& path);
// Human-readable dump (`msd dump`).
std::string to_text(const Program& program);

}  // namespace msd::scheduler
