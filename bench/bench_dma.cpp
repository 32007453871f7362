// How many bursts a second of CPU time three DMA ports and the DRAM take together: `bench_dma [MiB
// a port]`.
#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdlib>
#include <ctime>
#include <systemc>
#include <vector>

#include "ip/dma/read_port.h"
#include "ip/dma/write_port.h"
#include "platform/dram/dram.h"

namespace {

using namespace msd;

struct Cpu : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Cpu> socket{"socket"};
    explicit Cpu(const sc_core::sc_module_name& name) : sc_module(name) {}
};

}  // namespace

int sc_main(int argc, char** argv) {
    const unsigned mib = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 64;
    const dma::PortConfig port;
    platform::DramConfig config;
    platform::Dram dram("dram", config);
    dma::ReadPort w("w", port), a("a", port);
    dma::WritePort s("s", port);
    Cpu cpu("cpu");
    w.socket.bind(dram.weights);
    a.socket.bind(dram.activations);
    s.socket.bind(dram.stores);
    cpu.socket.bind(dram.cpu);

    constexpr uint32_t kBlock = 64 * 1024;
    std::vector<uint8_t> buffer[3];
    for (auto& b : buffer) b.resize(kBlock);
    const auto block = [](uint32_t base, unsigned i) {
        return msd_block{0x80100000u + base + i % 256 * kBlock, 0, 0, kBlock, 1, 1};
    };
    const unsigned blocks = mib << 4;
    unsigned wi = 0, ai = 0, si = 0;
    const auto next_w = [&] {
        if (wi < blocks) w.read(1, block(0, wi++), buffer[0].data());
    };
    const auto next_a = [&] {
        if (ai < blocks) a.read(1, block(64 << 20, ai++), buffer[1].data());
    };
    const auto next_s = [&] {
        if (si < blocks) s.write(block(128 << 20, si++), buffer[2].data());
    };
    w.on_done = [&](unsigned, uint64_t, bool) { next_w(); };
    a.on_done = [&](unsigned, uint64_t, bool) { next_a(); };
    s.on_done = [&](uint64_t, bool) { next_s(); };

    for (const std::string& preset : platform::dram_preset_names()) {
        config.timing = platform::dram_preset(preset);
        dram.configure(config);
        for (unsigned pass = 0; pass < 2; ++pass) {  // the first one touches the host's pages
            wi = ai = si = 0;
            w.reset();
            a.reset();
            s.reset();
            const sc_core::sc_time from = sc_core::sc_time_stamp();
            const std::clock_t start = std::clock();
            next_w();
            next_a();
            next_s();
            sc_core::sc_start();
            if (pass == 0) continue;
            const double cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
            const double simulated_s = (sc_core::sc_time_stamp() - from).to_seconds();
            const uint64_t bursts = w.stats().bursts + a.stats().bursts + s.stats().bursts;
            fmt::print("{:14} {} bursts of 256 B: {:5.2f} M bursts/s, {:5.2f} GB/s simulated\n",
                       preset, bursts, static_cast<double>(bursts) / cpu_s / 1e6,
                       static_cast<double>(bursts) * 256 / simulated_s / 1e9);
        }
    }
    return 0;
}
