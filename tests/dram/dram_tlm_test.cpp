// The TLM side: sums of cycles from request to response, errors, reset, direct access.
#include <catch2/catch.hpp>

#include <tlm_utils/simple_initiator_socket.h>

#include <unistd.h>
#include <cstring>
#include <fstream>

#include "platform/dram/dram.h"

using namespace msd::platform;

namespace {

constexpr uint64_t kBase = 0x80100000;

// A CPU that blocks, three masters that do not, and a thread that acts.
struct Bench : sc_core::sc_module, tlm::tlm_mm_interface {
    tlm_utils::simple_initiator_socket<Bench> cpu{"cpu"}, w{"w"}, a{"a"}, s{"s"};
    Dram dram;
    sc_core::sc_time period;
    std::function<void()> body,
        other;  // `other` runs beside the body once `start_other` is notified
    sc_core::sc_event start_other;
    std::vector<std::pair<tlm::tlm_generic_payload*, uint64_t>> responses;
    unsigned freed = 0;

    SC_HAS_PROCESS(Bench);
    Bench(const sc_core::sc_module_name& name, const DramConfig& config)
        : sc_module(name), dram("dram", config), period(config.period) {
        w.bind(dram.weights);
        a.bind(dram.activations);
        s.bind(dram.stores);
        cpu.bind(dram.cpu);
        for (auto* socket : {&w, &a, &s}) socket->register_nb_transport_bw(this, &Bench::respond);
        SC_THREAD(thread);
        SC_THREAD(other_thread);
    }
    void thread() {
        body();
        sc_core::sc_stop();
    }
    void other_thread() {
        sc_core::wait(start_other);
        other();
    }
    void run(std::function<void()> f) {
        body = std::move(f);
        sc_core::sc_start();
    }
    uint64_t cycle() const { return sc_core::sc_time_stamp().value() / period.value(); }
    void until(uint64_t cycle) {
        sc_core::wait(sc_core::sc_time::from_value(cycle * period.value()) -
                      sc_core::sc_time_stamp());
    }
    void fill(tlm::tlm_generic_payload& p, bool write, uint64_t address, void* data,
              unsigned bytes) {
        p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        p.set_address(address);
        p.set_data_ptr(static_cast<unsigned char*>(data));
        p.set_data_length(bytes);
        p.set_streaming_width(bytes);
        p.set_byte_enable_ptr(nullptr);
        p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }
    tlm::tlm_response_status access(bool write, uint64_t address, void* data, unsigned bytes) {
        tlm::tlm_generic_payload p;
        fill(p, write, address, data, bytes);
        sc_core::sc_time delay;
        cpu->b_transport(p, delay);
        return p.get_response_status();
    }
    void send(tlm_utils::simple_initiator_socket<Bench>& socket, tlm::tlm_generic_payload& p) {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        if (socket->nb_transport_fw(p, phase, delay) != tlm::TLM_UPDATED || phase != tlm::END_REQ)
            throw std::logic_error("the memory must accept at once");
    }
    tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& p, tlm::tlm_phase&, sc_core::sc_time&) {
        responses.emplace_back(&p, cycle());
        return tlm::TLM_COMPLETED;
    }
    void free(tlm::tlm_generic_payload*) override { ++freed; }
};

DramConfig ddr3_at_100_mhz() {
    DramConfig c;
    c.timing = dram_preset("ddr3_1050_x16");
    c.period = {10, sc_core::SC_NS};
    return c;
}

}  // namespace

TEST_CASE("dram: a CPU access takes arbitration, DRAM and interconnect, rounded to clock edges") {
    Bench bench("bench", ddr3_at_100_mhz());
    std::vector<uint64_t> ends;
    uint32_t value = 0x12345678, back = 0;
    bench.run([&] {
        bench.until(10);
        bench.access(true, kBase, &value, 4);
        ends.push_back(bench.cycle());
        bench.until(40);
        bench.access(false, kBase, &back, 4);
        ends.push_back(bench.cycle());
        sc_core::wait(sc_core::sc_time(5, sc_core::SC_NS) + bench.period * 50.0 +
                      sc_core::sc_time(400, sc_core::SC_NS) - sc_core::sc_time_stamp());
        tlm::tlm_generic_payload p;  // at 905 ns with 40 ns of the CPU's own time ahead
        bench.fill(p, false, kBase, &back, 4);
        sc_core::sc_time delay(40, sc_core::SC_NS);
        bench.cpu->b_transport(p, delay);
        ends.push_back(bench.cycle());
        ends.push_back(delay.value());
    });
    // stamp 10, decided at 110 ns = clock 58: ACT 58 + tRCD 7 + CWL 6 + burst 4 = 75 -> 142.9 ns ->
    // 15, + 8
    CHECK(ends[0] == 23);
    // stamp 40, 410 ns = clock 216: RD 216 + CL 7 + burst 4 = 227 -> 432.4 ns -> 44, + 8
    CHECK(ends[1] == 52);
    // 945 ns -> stamp 95, 960 ns = clock 504: RD 504 + CL 7 + burst 4 = 515 -> 981.0 ns -> 99, + 8
    CHECK(ends[2] == 107);
    CHECK(ends[3] == 0);
    CHECK(back == 0x12345678);
}

TEST_CASE(
    "dram: a burst that DRAM delivers slower than the bus starts so late that its beats are "
    "contiguous") {
    DramConfig config;
    config.timing = dram_preset("ddr3_1050_x16");
    Bench bench("bench", config);  // 214 MHz, 16 bytes a beat: 3.4 GB/s against 2.1 GB/s
    std::vector<uint8_t> data(256);
    tlm::tlm_generic_payload p(&bench);
    bool early = true;
    bench.run([&] {
        bench.fill(p, false, kBase, data.data(), 256);
        p.acquire();
        bench.until(10);
        bench.send(bench.w, p);
        bench.until(35);
        early = !bench.responses.empty();
        bench.until(50);
        p.release();
    });
    // stamp 10, decided at 11 * 4.673 = 51.4 ns = clock 27: ACT 27 + tRCD 7 = RD 34; 16 column
    // accesses, the last one's data end at 34 + 15 * 4 + CL 7 + burst 4 = 105 -> 200.0 ns; beat 15
    // leaves 15 cycles after the first: 129.9 ns -> 28, + 8
    CHECK_FALSE(early);
    REQUIRE(bench.responses.size() == 1);
    CHECK(bench.responses[0].second == 36);
    CHECK(bench.freed == 1);  // the memory gave its reference back
}

TEST_CASE(
    "dram: masters that ask in one cycle are served W, A, S, whatever the order of the calls") {
    Bench bench("bench", ddr3_at_100_mhz());
    std::vector<uint8_t> data(3 * 256);
    std::vector<std::vector<uint64_t>> seen;
    bench.run([&] {
        for (unsigned order = 0; order < 3; ++order) {
            bench.dram.reset();
            bench.responses.clear();
            const uint64_t start = bench.cycle();
            std::vector<std::unique_ptr<tlm::tlm_generic_payload>> p;
            for (unsigned i = 0; i < 3; ++i) {
                p.push_back(std::make_unique<tlm::tlm_generic_payload>(&bench));
                p[i]->acquire();
                bench.fill(*p[i], false, kBase + 4096 * i, data.data() + 256 * i, 256);
            }
            for (unsigned k = 0; k < 3; ++k) {
                const unsigned i = (k + order) % 3;
                bench.send(i == 0 ? bench.w : i == 1 ? bench.a : bench.s, *p[i]);
            }
            bench.until(start + 100);
            std::vector<uint64_t> cycles(3);
            for (const auto& [payload, cycle] : bench.responses)
                for (unsigned i = 0; i < 3; ++i)
                    if (payload == p[i].get()) cycles[i] = cycle - start;
            seen.push_back(cycles);
            for (auto& payload : p) payload->release();
        }
    });
    CHECK(seen[0][0] < seen[0][1]);
    CHECK(seen[0][1] < seen[0][2]);
    CHECK(seen[1] == seen[0]);
    CHECK(seen[2] == seen[0]);
}

TEST_CASE("dram: wrong requests are answered with an error, in their turn, and move no data") {
    Bench bench("bench", ddr3_at_100_mhz());
    const uint64_t end = kBase + bench.dram.config().size_bytes;
    uint32_t value = 7;
    unsigned char enable = 0xff;
    std::vector<tlm::tlm_response_status> cpu;
    std::vector<tlm::tlm_response_status> dma;
    std::vector<uint64_t> cycles;
    std::vector<uint8_t> data(256, 3);
    bench.run([&] {
        cpu.push_back(bench.access(false, kBase - 4, &value, 4));
        cpu.push_back(bench.access(false, end - 2, &value, 4));
        cpu.push_back(bench.access(false, ~uint64_t{0} - 1, &value, 4));
        cpu.push_back(bench.access(false, end - 4, &value, 4));
        cpu.push_back(bench.access(false, kBase, &value, 0));
        tlm::tlm_generic_payload q;
        bench.fill(q, true, kBase, &value, 4);
        q.set_byte_enable_ptr(&enable);
        sc_core::sc_time delay;
        bench.cpu->b_transport(q, delay);
        cpu.push_back(q.get_response_status());

        bench.until(100);
        tlm::tlm_generic_payload good(&bench), bad(&bench);
        for (auto* p : {&good, &bad}) p->acquire();
        bench.fill(good, false, kBase, data.data(), 256);
        bench.fill(bad, false, end, data.data(), 256);
        bench.send(bench.a, good);
        bench.until(101);
        bench.send(bench.a, bad);
        bench.until(200);
        for (const auto& [p, cycle] : bench.responses) {
            dma.push_back(p->get_response_status());
            cycles.push_back(cycle);
        }
        for (auto* p : {&good, &bad}) p->release();
    });
    CHECK(cpu == std::vector<tlm::tlm_response_status>{
                     tlm::TLM_ADDRESS_ERROR_RESPONSE, tlm::TLM_ADDRESS_ERROR_RESPONSE,
                     tlm::TLM_ADDRESS_ERROR_RESPONSE, tlm::TLM_OK_RESPONSE,
                     tlm::TLM_BURST_ERROR_RESPONSE, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE});
    CHECK(value == 0);  // the one good read
    REQUIRE(dma == std::vector<tlm::tlm_response_status>{tlm::TLM_OK_RESPONSE,
                                                         tlm::TLM_ADDRESS_ERROR_RESPONSE});
    CHECK(cycles[1] == cycles[0] + 16);  // ready long before, but behind the good one's 16 beats
}

TEST_CASE("dram: a reset drops requests, clears memory and starts timing over") {
    Bench bench("bench", ddr3_at_100_mhz());
    uint32_t value = 5, back = 1;
    std::vector<uint8_t> data(256, 9);
    std::vector<uint64_t> durations;
    unsigned freed = 0;
    size_t responses = 1;
    tlm::tlm_response_status cut = tlm::TLM_OK_RESPONSE;
    sc_core::sc_event cut_done;
    bench.other = [&] {
        uint32_t word = 0;
        cut = bench.access(false, kBase, &word, 4);
        cut_done.notify();
    };
    bench.run([&] {
        for (unsigned i = 0; i < 3; ++i) {
            sc_core::wait(sc_core::sc_time(1234567 + 991 * i, sc_core::SC_PS));  // any phase
            bench.dram.reset();
            const uint64_t origin = bench.cycle() + 1;
            for (unsigned k = 0; k < 50; ++k) bench.access(true, kBase + 4096 * k, &value, 4);
            durations.push_back(bench.cycle() - origin);
        }
        tlm::tlm_generic_payload p(&bench);
        p.acquire();
        bench.fill(p, false, kBase, data.data(), 256);
        bench.until(bench.cycle() + 1);
        bench.send(bench.w, p);
        bench.start_other.notify();
        bench.until(bench.cycle() + 3);
        bench.dram.reset();
        sc_core::wait(cut_done);
        p.release();
        freed = bench.freed;
        bench.until(bench.cycle() + 100);
        responses = bench.responses.size();
        bench.access(false, kBase, &back, 4);
    });
    CHECK(durations[0] > 50 * 10);
    CHECK(durations[1] == durations[0]);
    CHECK(durations[2] == durations[0]);
    CHECK(freed == 1);
    CHECK(responses == 0);
    CHECK(cut == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(data[0] == 9);
    CHECK(back == 0);
    CHECK(bench.dram.stats().master[kMasterCpu].requests == 1);
}

TEST_CASE("dram: another preset can be configured between programs") {
    Bench bench("bench", ddr3_at_100_mhz());
    std::vector<uint64_t> latency;
    bench.run([&] {
        for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64", "ideal"}) {
            DramConfig config = ddr3_at_100_mhz();
            config.timing = dram_preset(preset);
            config.size_bytes = 64 << 20;
            bench.dram.configure(config);
            const uint64_t start = bench.cycle();
            uint32_t word;
            bench.access(false, kBase, &word, 4);
            latency.push_back(bench.cycle() - start);
        }
    });
    // decided at 10 ns = clock 6: (6 + 18) * 1.905 = 45.7 ns -> 5; LPDDR4 (6 + 30) * 1.876 = 67.5
    // -> 7; DDR4 clock 11: (11 + 34) * 0.9375 = 42.2 -> 5; ideal 10 + 40 = 50 -> 5; each + 8
    CHECK(latency == std::vector<uint64_t>{13, 15, 13, 13});
}

TEST_CASE("dram: loader and debugger reach all bytes and nothing beyond") {
    Bench bench("bench", ddr3_at_100_mhz());
    const uint64_t size = bench.dram.config().size_bytes;
    CHECK(bench.dram.data(kBase - 1, 1) == nullptr);
    CHECK(bench.dram.data(kBase + size, 1) == nullptr);
    CHECK(bench.dram.data(kBase, size + 1) == nullptr);
    CHECK(bench.dram.data(kBase + 1, ~uint64_t{0}) == nullptr);
    uint8_t* const last = bench.dram.data(kBase + size - 1, 1);
    REQUIRE(last != nullptr);
    CHECK(*last == 0);
    *last = 42;
    uint8_t byte = 0;
    tlm::tlm_generic_payload p;
    bench.fill(p, false, kBase + size - 1, &byte, 1);
    CHECK(bench.cpu->transport_dbg(p) == 1);
    CHECK(byte == 42);
    byte = 43;
    bench.fill(p, true, kBase + size - 1, &byte, 1);
    CHECK(bench.w->transport_dbg(p) == 1);
    CHECK(*last == 43);
    bench.fill(p, true, kBase + size - 1, &byte, 2);
    CHECK(bench.cpu->transport_dbg(p) == 0);
}

TEST_CASE("dram: untouched memory costs no pages of the host") {
    const auto resident_bytes = [] {
        size_t total = 0, resident = 0;
        std::ifstream("/proc/self/statm") >> total >> resident;
        return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    };
    Memory memory(512 << 20);
    const size_t before = resident_bytes();
    memory.data()[100 << 20] = 1;
    CHECK(resident_bytes() - before < (1 << 20));
    std::memset(memory.data(), 1, 8 << 20);
    CHECK(resident_bytes() - before >= (7 << 20));
    memory.clear();
    CHECK(resident_bytes() - before < (2 << 20));
    CHECK(memory.data()[5] == 0);
}
