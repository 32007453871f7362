// How many requests a second of CPU time the DRAM's timing model takes: `bench_dram [requests]`.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "platform/dram/dram_timing.h"

namespace {

using namespace msd::platform;

// Two readers and a writer, each with `outstanding` bursts always in flight.
void run(const std::string& preset, const char* pattern, uint64_t requests, uint32_t bytes,
         unsigned outstanding, bool random, unsigned masters) {
    DramTiming dram(dram_preset(preset));
    uint64_t next[3] = {0, 100 << 20, 200 << 20};
    uint32_t state = 1;
    uint64_t submitted = 0, last_ps = 0;
    const auto submit = [&](unsigned m, uint64_t arrival_ps) {
        if (submitted == requests) return;
        uint64_t address = next[m];
        next[m] += bytes;
        if (random) {
            state = state * 1664525u + 1013904223u;
            address = uint64_t{state >> 3} / bytes * bytes;
        }
        dram.submit({submitted++, m, address, bytes, m == kMasterS, arrival_ps});
    };
    const std::clock_t start = std::clock();
    for (unsigned i = 0; i < outstanding; ++i)
        for (unsigned m = 0; m < masters; ++m) submit(m, 0);
    dram.advance(kNever - 1, [&](const DramRequest& r, const DramCompletion& c) {
        last_ps = c.last_data_ps;
        submit(r.master, c.last_data_ps);
    });
    const double s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const double rate =
        static_cast<double>(dram.stats().bytes) / static_cast<double>(last_ps) * 1e12;
    fmt::print(
        "{:14} {:22} {:5} B: {:6.2f} M requests/s, {:6.2f} GB/s simulated = {:4.1f} % of peak\n",
        preset, pattern, bytes, static_cast<double>(requests) / s / 1e6, rate / 1e9,
        100 * rate / dram.config().peak_bytes_per_s());
}

}  // namespace

int main(int argc, char** argv) {
    const uint64_t requests = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 2'000'000;
    for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64"}) {
        run(preset, "sequential, 1 reader", requests, 256, 8, false, 1);
        run(preset, "sequential, 2R + 1W", requests, 256, 8, false, 3);
        run(preset, "random, 1 reader", requests, 64, 8, true, 1);
        run(preset, "random, 1 reader, 24", requests, 64, 24, true, 1);
        run(preset, "random, 2R + 1W", requests, 256, 8, true, 3);
    }
}
