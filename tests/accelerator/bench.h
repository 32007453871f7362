// The accelerator and its memory without a CPU: a thread of the test is the software, and
// everything is recorded.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/accelerator_regs.h"
#include "network/random.h"
#include "network/reference.h"
#include "platform/dram/dram.h"
#include "platform/soc/tensor_layout.h"
#include "scheduler/program.h"

namespace msd::test {

using accelerator::Unit;
using accelerator::UnitSpan;

struct Bench : sc_core::sc_module {
    sc_core::sc_time period{4673, sc_core::SC_PS};
    accelerator::Accelerator acc;
    platform::Dram dram;
    tlm_utils::simple_initiator_socket<Bench> software{"software"}, unused{"unused"};
    sc_core::sc_signal<bool> irq{"irq"};

    // Since start_over(). All cycles are the simulation's.
    std::vector<UnitSpan> spans;
    std::vector<platform::BurstRecord> bursts;
    std::vector<std::pair<uint64_t, bool>> irq_changes;
    std::vector<std::string> warnings;
    uint64_t lists_done = 0;
    sc_core::sc_event list_done;

    SC_HAS_PROCESS(Bench);
    Bench(const sc_core::sc_module_name& name, const std::string& dram_preset)
        : sc_module(name),
          acc("acc", pe::preset("ultra96"), period),
          dram("dram", dram_config(dram_preset)) {
        software.bind(acc.regs);
        unused.bind(dram.cpu);
        acc.dma_w.socket.bind(dram.weights);
        acc.dma_a.socket.bind(dram.activations);
        acc.dma_s.socket.bind(dram.stores);
        acc.irq.bind(irq);
        acc.on_span = [this](const UnitSpan& s) { spans.push_back(s); };
        acc.on_list_done = [this](uint64_t) {
            ++lists_done;
            list_done.notify(sc_core::SC_ZERO_TIME);
        };
        acc.on_warning = [this](const std::string& text) { warnings.push_back(text); };
        dram.on_burst = [this](const platform::BurstRecord& b) { bursts.push_back(b); };
        SC_THREAD(thread);
        SC_METHOD(irq_changed);
        sensitive << irq;
        dont_initialize();
    }

    // Power-up with another device: registers, ports, memory and records.
    void start_over(const pe::AcceleratorConfig& device) {
        acc.reset();
        acc.configure(device);
        dram.reset();
        forget();
    }
    void forget() {
        spans.clear();
        bursts.clear();
        irq_changes.clear();
        warnings.clear();
        lists_done = 0;
    }

    // Runs `body` as software. What it throws is thrown again here.
    void run(std::function<void()> body) {
        body_ = std::move(body);
        error_ = nullptr;
        finished_ = false;
        sc_core::sc_start(sc_core::SC_ZERO_TIME);  // the first time: the thread begins to listen
        go_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();
        if (error_) std::rethrow_exception(error_);
        if (!finished_) throw std::runtime_error("the simulation ended before the software did");
    }

    uint64_t cycle() const { return sc_core::sc_time_stamp().value() / period.value(); }
    void until(uint64_t at) const {
        if (at > cycle())
            sc_core::wait(sc_core::sc_time::from_value(at * period.value()) -
                          sc_core::sc_time_stamp());
    }
    void cycles(uint64_t count) const { until(cycle() + count); }

    tlm::tlm_response_status access(bool write, uint64_t offset, void* data, unsigned bytes) {
        tlm::tlm_generic_payload p;
        p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        p.set_address(offset);
        p.set_data_ptr(static_cast<unsigned char*>(data));
        p.set_data_length(bytes);
        p.set_streaming_width(bytes);
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        software->b_transport(p, delay);
        return p.get_response_status();
    }
    uint32_t read(uint32_t offset) {
        uint32_t value = 0;
        if (access(false, offset, &value, 4) != tlm::TLM_OK_RESPONSE)
            throw std::runtime_error("cannot read a register");
        return value;
    }
    void write(uint32_t offset, uint32_t value) {
        if (access(true, offset, &value, 4) != tlm::TLM_OK_RESPONSE)
            throw std::runtime_error("cannot write a register");
    }
    // Both registers in this cycle, which it returns.
    uint64_t push(uint32_t address, uint32_t count) {
        write(MSD_LIST_ADDRESS, address);
        write(MSD_LIST_PUSH, count);
        return cycle();
    }
    unsigned queue_level() {
        return (read(MSD_STATUS) & MSD_STATUS_QUEUE_LEVEL_MASK) >> MSD_STATUS_QUEUE_LEVEL_SHIFT;
    }
    bool idle() { return (read(MSD_STATUS) & MSD_STATUS_IDLE) != 0; }
    void wait_idle(uint64_t at_most = 1'000'000) {
        for (uint64_t end = cycle() + at_most; !idle(); cycles(1))
            if (cycle() > end) throw std::runtime_error("never idle: " + acc.waiting());
    }

    void load(const scheduler::Program& program) {
        std::copy(program.image.begin(), program.image.end(),
                  dram.data(MSD_PROGRAM_BASE, program.image.size()));
    }

private:
    platform::DramConfig dram_config(const std::string& preset) const {
        platform::DramConfig c;
        c.timing = platform::dram_preset(preset);
        c.period = period;
        c.base = MSD_PROGRAM_BASE;
        c.size_bytes = 256 << 20;
        if (!c.timing.ideal) c.size_bytes = std::min(c.size_bytes, c.timing.capacity_bytes());
        return c;
    }
    void thread() {
        for (;;) {
            sc_core::wait(go_);
            until(cycle() + 1);  // on an edge
            try {
                body_();
                finished_ = true;
            } catch (...) {
                error_ = std::current_exception();
            }
            sc_core::sc_pause();
        }
    }
    void irq_changed() { irq_changes.emplace_back(cycle(), irq.read()); }

    sc_core::sc_event go_;
    std::function<void()> body_;
    std::exception_ptr error_;
    bool finished_ = false;
};

// One image's run of a program: what was pushed when, and what the bench recorded.
struct ImageLog {
    std::vector<uint64_t> pushed;  // by list
    std::vector<UnitSpan> spans;
    std::vector<platform::BurstRecord> bursts;
    std::array<uint32_t, 4> waits{};  // WAIT_ACT, WAIT_WGT, WAIT_ACC, WAIT_OUT
};

// Runs images of a program, each after a CLEAR; lists are pushed at random moments at which the
// queue has room.
inline std::vector<ImageLog> run_images(Bench& bench, const scheduler::Program& program,
                                        const pe::AcceleratorConfig& device,
                                        const network::Tensor8& input, unsigned images,
                                        uint64_t seed) {
    bench.start_over(device);
    bench.load(program);
    std::vector<ImageLog> logs;
    network::Random random(seed, 0x70757368);
    const auto layer = [&](uint32_t l) {
        const auto* all = reinterpret_cast<const msd_layer*>(
            program.image.data() + (program.header().layers_address - MSD_PROGRAM_BASE));
        return all[l];
    };
    bench.run([&] {
        for (unsigned image = 0; image < images; ++image) {
            const auto& place = program.input;
            platform::pack_tensor(input, place.shape, static_cast<int8_t>(place.quant.zero_point),
                                  reinterpret_cast<int8_t*>(bench.dram.data(
                                      place.address, platform::tensor_bytes(place.shape))));
            bench.write(MSD_CONTROL, MSD_CONTROL_CLEAR);
            bench.forget();
            ImageLog log;
            const uint32_t lists = program.header().layer_count;
            const bool eager = random.below(2) != 0;
            for (uint32_t l = 0; l < lists; ++l) {
                bench.cycles(1 + static_cast<unsigned>(eager ? 0 : random.below(3000)));
                while (bench.queue_level() == 4)
                    bench.cycles(1 + static_cast<unsigned>(random.below(20)));
                log.pushed.push_back(bench.push(layer(l).tiles_address, layer(l).tile_count));
            }
            while (bench.lists_done < lists) {
                const uint64_t before = bench.lists_done, since = bench.cycle();
                sc_core::wait(bench.period * 5e6, bench.list_done);
                if (bench.read(MSD_STATUS) & MSD_STATUS_ERROR)
                    throw std::runtime_error("error " + std::to_string(bench.read(MSD_ERROR)));
                // The event of a list that was done in this very cycle may still have been under way.
                if (bench.lists_done == before && bench.cycle() != since)
                    throw std::runtime_error("timeout: " + bench.acc.waiting());
            }
            bench.cycles(1);
            bench.wait_idle();
            for (unsigned i = 0; i < 4; ++i) log.waits[i] = bench.read(MSD_WAIT_ACT + 4 * i);
            log.spans = bench.spans;
            log.bursts = bench.bursts;
            logs.push_back(std::move(log));
        }
    });
    return logs;
}

}  // namespace msd::test
