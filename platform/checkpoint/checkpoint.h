// The file of a checkpoint: what run it is of, the platform between two cycles, and what was
// recorded until then (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace msd::platform {

struct Checkpoint {
    struct Property {
        std::string name, value;
    };
    std::vector<Property> run;  // what must be the same in a run that goes on from here
    uint64_t cycle = 0;         // since power-up; it is over
    uint64_t interrupts = 0;    // rises of the line
    uint32_t image = 0;         // that runs, counted from 0
    uint32_t layers_done = 0;   // of it
    std::string where;          // why the run stopped here, for people
    std::string platform;       // RunControl::restart
    std::string records;        // of whoever recorded the run
};

void write_checkpoint(Checkpoint checkpoint, const std::filesystem::path& path);

// Throws std::runtime_error "path: what is wrong; what would be right" if any byte is damaged.
Checkpoint read_checkpoint(const std::filesystem::path& path);

// Whether a file begins as one.
bool is_checkpoint(const std::filesystem::path& path);

// Throws std::runtime_error naming the first property in which the runs differ.
void check_same_run(const Checkpoint& checkpoint, const std::vector<Checkpoint::Property>& run,
                    const std::filesystem::path& path);

std::string to_text(const Checkpoint& checkpoint);

}  // namespace msd::platform
