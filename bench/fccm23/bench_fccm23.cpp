// Which read, write and status latency brings replayed schedules closest to the published board
// latencies: `bench_fccm23 DATA_DIRECTORY [DEVICE [fit]]`; `fit` searches a grid over one model a
// device.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <vector>

#include "platform/fccm23/replay.h"

namespace {

using namespace msd;

struct Board {
    const char *device, *network;
    double latency_ms;         // published
    bool reproducible = true;  // by the artefact itself, whatever the memory
};

const Board kBoards[] = {
    {"xc7z020", "vgg16", 287.18},
    {"xc7z020", "resnet18", 26.31},
    {"xc7z020", "mobilenetv2", 16.40, false},
    {"ultra96", "vgg16", 74.22},
    {"ultra96", "resnet18", 7.72},
    {"ultra96", "resnet50", 29.06},
    {"ultra96", "mobilenetv2", 7.41},
    {"zcu102", "vgg16", 52.70},
    {"zcu102", "resnet18", 5.69},
    {"zcu102", "resnet50", 15.94},
    {"zcu102", "vitbase", 22.30},
};

}  // namespace

int sc_main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_fccm23 DATA_DIRECTORY [DEVICE [fit]]\n");
        return 2;
    }
    platform::Replay replay("replay");
    for (const std::string& device : fccm23::published_devices()) {
        if (argc > 2 && device != argv[2]) continue;
        const bool fit = argc > 3;
        const fccm23::HardwareDescription hw = fccm23::published_hardware(device);
        const fccm23::InstructionFormat format = fccm23::published_format(device);
        const sc_core::sc_time period(std::llround(1e12 / static_cast<double>(hw.frequency_hz)),
                                      sc_core::SC_PS);
        struct Case {
            const Board* board;
            std::vector<fccm23::LayerCommand> commands;
        };
        std::vector<Case> cases;
        for (const Board& board : kBoards) {
            if (device != board.device) continue;
            const auto layers =
                fccm23::read_layers(fmt::format("{}/msd/models/{}.csv", argv[1], board.network));
            cases.push_back({&board, fccm23::commands(fccm23::schedule(layers, hw, 2),
                                                      fccm23::published_host_array(device))});
        }
        platform::ReplayMemory best = platform::published_memory(device);
        const auto worst_of = [&](const platform::ReplayMemory& m) {
            double worst = 0;
            std::string line;
            for (const Case& c : cases) {
                const auto r =
                    replay.run(c.commands, format, static_cast<unsigned>(hw.bandwidth_bytes),
                               period, platform::dram_preset(m.dram_preset), m, 1'000'000'000);
                const double ms =
                    static_cast<double>(r.cycles) / static_cast<double>(hw.frequency_hz) * 1e3;
                const double error = ms / c.board->latency_ms - 1;
                line += fmt::format(" {} {:.2f} ms {:+.1f} %", c.board->network, ms, 100 * error);
                if (c.board->reproducible) worst = std::max(worst, std::abs(error));
            }
            fmt::print("{} read {} write {} status {} outstanding {}:{}\n", device,
                       m.read_latency_cycles, m.write_latency_cycles, m.status_latency_cycles,
                       m.outstanding, line);
            return worst;
        };
        double worst = worst_of(best);
        if (!fit) continue;
        for (const unsigned outstanding : {4u, 8u, 16u})
            for (const unsigned read : {20u, 30u, 40u, 50u, 60u, 65u, 70u, 80u, 90u, 100u})
                for (const unsigned write : {8u, 40u, 80u})
                    for (const unsigned status : {1u, 40u, 80u}) {
                        platform::ReplayMemory m = best;
                        m.outstanding = outstanding;
                        m.read_latency_cycles = read;
                        m.write_latency_cycles = write;
                        m.status_latency_cycles = status;
                        const double w = worst_of(m);
                        if (w < worst) {
                            worst = w;
                            best = m;
                        }
                    }
        fmt::print("{}: best\n", device);
        worst_of(best);
    }
    return 0;
}
