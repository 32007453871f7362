// AXI bridges between pins and TLM: bursts, back-pressure, errors, order.
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <map>

#include "ip/dma/core/bursts.h"
#include "network/random.h"
#include "platform/rtl_accelerator/axi_lite_bridge.h"
#include "platform/rtl_accelerator/axi_read_bridge.h"
#include "platform/rtl_accelerator/axi_write_bridge.h"

using namespace msd;
using namespace msd::platform;

namespace {

constexpr uint64_t kPeriodPs = 1000;
const sc_core::sc_time kPeriod(1000, sc_core::SC_PS);

uint8_t byte_at(uint64_t address) {
    return static_cast<uint8_t>(address * 37 + (address >> 8) * 11);
}

// Answers bursts after a random time, in any order; what it got is recorded. Addresses from 2^31 on
// do not exist, those from 2^30 on fail.
struct Memory : sc_core::sc_module {
    struct Seen {
        uint64_t address, cycle, issue, last;
        std::vector<uint8_t> data, enables;
    };
    tlm_utils::simple_target_socket<Memory> socket{"socket"};
    std::vector<Seen> seen;
    network::Random random{1, 2};
    unsigned max_latency = 30;
    std::multimap<uint64_t, tlm::tlm_generic_payload*> answers;
    std::map<uint64_t, uint64_t> answered;  // by number of the burst: cycle
    std::map<tlm::tlm_generic_payload*, uint64_t> numbers;
    uint64_t next_number = 0;

    explicit Memory(const sc_core::sc_module_name& name) : sc_module(name) {
        socket.register_nb_transport_fw(this, &Memory::request);
    }
    tlm::tlm_sync_enum request(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                               sc_core::sc_time&) {
        const auto* info = p.get_extension<dma::BurstInfo>();
        const uint64_t now = sc_core::sc_time_stamp().value() / kPeriodPs;
        Seen s{p.get_address(), now, info->issue_cycle, info->data_last_cycle, {}, {}};
        s.data.assign(p.get_data_ptr(), p.get_data_ptr() + p.get_data_length());
        if (p.get_byte_enable_ptr())
            s.enables.assign(p.get_byte_enable_ptr(),
                             p.get_byte_enable_ptr() + p.get_byte_enable_length());
        seen.push_back(s);
        p.acquire();
        numbers[&p] = next_number++;
        answers.emplace(now + 1 + random.below(static_cast<int>(max_latency)), &p);
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
    }
    void answer(uint64_t cycle) {
        while (!answers.empty() && answers.begin()->first <= cycle) {
            tlm::tlm_generic_payload* p = answers.begin()->second;
            answers.erase(answers.begin());
            const uint64_t a = p->get_address();
            p->set_response_status(a >= 1u << 31   ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                   : a >= 1u << 30 ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                   : tlm::TLM_OK_RESPONSE);
            if (p->is_read())
                for (unsigned i = 0; i < p->get_data_length(); ++i)
                    p->get_data_ptr()[i] = byte_at(a + i);
            answered[numbers[p]] = cycle;
            tlm::tlm_phase phase = tlm::BEGIN_RESP;
            sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
            socket->nb_transport_bw(*p, phase, delay);
            p->release();
        }
    }
};

uint8_t size_of(unsigned beat_bytes) {
    return beat_bytes == 16 ? 4 : 3;
}

struct Wanted {
    uint32_t address;
    unsigned beats;
};

std::vector<Wanted> random_bursts(network::Random& random, unsigned beat_bytes, int count) {
    std::vector<Wanted> all;
    for (int i = 0; i < count; ++i) {
        const unsigned beats = 1 + static_cast<unsigned>(random.below(16));
        uint32_t address = static_cast<uint32_t>(random.below(1 << 20)) / beat_bytes * beat_bytes;
        if (address / 4096 != (address + beats * beat_bytes - 1) / 4096) address &= ~4095u;
        if (random.below(10) == 0) address |= 1u << 30;
        if (random.below(10) == 0) address |= 1u << 31;
        all.push_back({address, beats});
    }
    return all;
}

uint8_t wanted_resp(uint32_t address) {
    return address >> 31 ? kAxiDecErr : address >> 30 & 1 ? kAxiSlvErr : kAxiOkay;
}

}  // namespace

TEST_CASE("a read bridge moves bursts in order under back-pressure, with data and errors") {
    AxiReadBridge bridge("bridge", kPeriod, 16);
    Memory memory("memory");
    bridge.socket.bind(memory.socket);
    unsigned violations = 0;
    bridge.on_violation = [&](const std::string&) { ++violations; };
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    uint64_t cycle = 0;
    for (int round = 0; round < 200; ++round) {
        network::Random random(static_cast<uint64_t>(round), 5);
        const unsigned beat_bytes = round % 2 ? 8 : 16;
        const bool pressed = round % 4 >= 2;
        bridge.reset(beat_bytes);
        memory.seen.clear();
        memory.answered.clear();
        memory.next_number = 0;
        std::map<uint64_t, bool> address_ready, data_shown;
        bridge.stall_address = [&](uint64_t) { return pressed && random.below(3) == 0; };
        bridge.stall_data = bridge.stall_address;
        const auto bursts = random_bursts(random, beat_bytes, 20);
        std::size_t issued = 0, received = 0;
        unsigned beat = 0;
        uint64_t last_beat = 0;
        std::vector<uint64_t> issue_cycles;
        while (received < bursts.size()) {
            ++cycle;
            sc_core::sc_start(kPeriod);
            MsdRtlReadOutputs out{};
            out.rready = pressed ? random.below(2) != 0 : 1;
            if (issued < bursts.size()) {
                out.arvalid = 1;
                out.araddr = bursts[issued].address;
                out.arlen = static_cast<uint8_t>(bursts[issued].beats - 1);
                out.arsize = size_of(beat_bytes);
                out.arburst = 1;
            }
            bridge.outputs(cycle, out);
            memory.answer(cycle);
            MsdRtlReadInputs in{};
            bridge.inputs(cycle, in);
            if (out.arvalid && in.arready) {
                issue_cycles.push_back(cycle);
                ++issued;
            }
            if (in.rvalid && out.rready) {
                const Wanted& w = bursts[received];
                REQUIRE(memory.answered.count(received) == 1);
                const uint64_t answered = memory.answered[received];
                REQUIRE(cycle >= answered);
                // Without back-pressure: first_i = max(response_i, last_{i-1} + 1), no gaps.
                if (!pressed)
                    REQUIRE(cycle ==
                            (beat == 0 ? std::max(answered, last_beat + 1) : last_beat + 1));
                REQUIRE(in.rresp == wanted_resp(w.address));
                if (in.rresp == kAxiOkay)
                    for (unsigned i = 0; i < beat_bytes; ++i)
                        REQUIRE(in.rdata[i] == byte_at(w.address + beat * beat_bytes + i));
                REQUIRE((in.rlast != 0) == (beat + 1 == w.beats));
                last_beat = cycle;
                if (++beat == w.beats) {
                    beat = 0;
                    ++received;
                }
            }
            bridge.finish(cycle, out);
        }
        REQUIRE(memory.seen.size() == bursts.size());
        for (std::size_t i = 0; i < bursts.size(); ++i) {
            REQUIRE(memory.seen[i].address == bursts[i].address);
            REQUIRE(memory.seen[i].data.size() == bursts[i].beats * beat_bytes);
            REQUIRE(memory.seen[i].cycle == issue_cycles[i]);
        }
        REQUIRE(bridge.idle());
    }
    CHECK(violations == 0);
}

TEST_CASE("a write bridge matches data with addresses, whichever comes first") {
    AxiWriteBridge bridge("bridge", kPeriod, 16);
    Memory memory("memory");
    bridge.socket.bind(memory.socket);
    std::vector<std::string> violations;
    bridge.on_violation = [&](const std::string& text) { violations.push_back(text); };
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    uint64_t cycle = 0;
    for (int round = 0; round < 200; ++round) {
        network::Random random(static_cast<uint64_t>(round), 6);
        const unsigned beat_bytes = round % 2 ? 8 : 16;
        const bool pressed = round % 4 >= 2, partial = round % 8 >= 4;
        bridge.reset(beat_bytes);
        memory.seen.clear();
        memory.answered.clear();
        memory.next_number = 0;
        bridge.stall_address = [&](uint64_t) { return pressed && random.below(3) == 0; };
        bridge.stall_data = bridge.stall_response = bridge.stall_address;
        const auto bursts = random_bursts(random, beat_bytes, 20);
        std::size_t issued = 0, sent = 0, responses = 0;
        unsigned beat = 0;
        std::vector<uint64_t> issue_cycles, last_cycles;
        std::vector<std::vector<uint8_t>> data(bursts.size()), strobes(bursts.size());
        MsdRtlWriteOutputs out{};
        bool data_kept = false;
        while (responses < bursts.size()) {
            ++cycle;
            sc_core::sc_start(kPeriod);
            out.bready = pressed ? random.below(2) != 0 : 1;
            // An address that was not taken stays.
            out.awvalid = issued < bursts.size() && (out.awvalid || random.below(2));
            if (issued < bursts.size()) {
                out.awaddr = bursts[issued].address;
                out.awlen = static_cast<uint8_t>(bursts[issued].beats - 1);
                out.awsize = size_of(beat_bytes);
                out.awburst = 1;
            }
            out.wvalid = sent < bursts.size() && (data_kept || random.below(4));
            if (out.wvalid && !data_kept) {
                for (unsigned i = 0; i < beat_bytes; ++i)
                    out.wdata[i] = static_cast<uint8_t>(random.below(256));
                out.wstrb = static_cast<uint16_t>((1u << beat_bytes) - 1);
                if (partial && random.below(3) == 0)
                    out.wstrb &= static_cast<uint16_t>(random.below(65536));
                out.wlast = beat + 1 == bursts[sent].beats;
            }
            bridge.outputs(cycle, out);
            memory.answer(cycle);
            MsdRtlWriteInputs in{};
            bridge.inputs(cycle, in);
            if (out.awvalid && in.awready) {
                issue_cycles.push_back(cycle);
                ++issued;
                out.awvalid = 0;
            }
            data_kept = out.wvalid && !in.wready;
            if (out.wvalid && in.wready) {
                for (unsigned i = 0; i < beat_bytes; ++i) {
                    data[sent].push_back(out.wdata[i]);
                    strobes[sent].push_back(out.wstrb >> i & 1 ? 0xff : 0);
                }
                if (++beat == bursts[sent].beats) {
                    last_cycles.push_back(cycle);
                    beat = 0;
                    ++sent;
                }
            }
            if (in.bvalid && out.bready) {
                REQUIRE(memory.answered.count(responses) == 1);
                REQUIRE(in.bresp == wanted_resp(bursts[responses].address));
                ++responses;
            }
            bridge.finish(cycle, out);
        }
        REQUIRE(memory.seen.size() == bursts.size());
        for (std::size_t i = 0; i < bursts.size(); ++i) {
            const Memory::Seen& s = memory.seen[i];
            REQUIRE(s.address == bursts[i].address);
            REQUIRE(s.data == data[i]);
            REQUIRE(s.issue == issue_cycles[i]);
            REQUIRE(s.last == std::max(last_cycles[i], issue_cycles[i]));
            REQUIRE(s.cycle >= s.last);
            const bool all = std::count(strobes[i].begin(), strobes[i].end(), 0) == 0;
            REQUIRE(s.enables == (all ? std::vector<uint8_t>{} : strobes[i]));
        }
        REQUIRE(bridge.idle());
    }
    CHECK(violations.empty());
}

TEST_CASE("a bridge names the rule that a master breaks") {
    AxiReadBridge bridge("bridge", kPeriod, 16);
    Memory memory("memory");
    bridge.socket.bind(memory.socket);
    std::string fault;
    bridge.on_violation = [&](const std::string& text) { fault = text; };
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    const auto shows = [&](uint32_t address, uint8_t len, uint8_t size, uint8_t burst) {
        fault.clear();
        bridge.outputs(1, {address, 1, len, size, burst, 1});
        return fault;
    };
    CHECK(shows(0x1000, 15, 4, 1).empty());
    CHECK(shows(0x1f10, 15, 4, 1).find("4 KiB") != std::string::npos);
    CHECK(shows(0x1008, 0, 4, 1).find("multiple of 16") != std::string::npos);
    CHECK(shows(0x1000, 0, 3, 1).find("8 bytes") != std::string::npos);
    CHECK(shows(0x1000, 0, 4, 2).find("INCR") != std::string::npos);
    bridge.stall_address = [](uint64_t) { return true; };
    CHECK(shows(0x2000, 0, 4, 1).empty());
    CHECK(shows(0x3000, 0, 4, 1).find("changed") != std::string::npos);
}

namespace {

// A slave of four registers at pins: takes and answers after some cycles; reads what was written.
// Offset 12 answers SLVERR, from 16 on DECERR.
struct Slave {
    network::Random random{3, 4};
    int slowness = 0;
    uint32_t registers[4] = {};
    int address_wait = 0, data_wait = 0, answer_wait = 0;
    bool have_address = false, have_data = false, answering = false, read = false;
    uint32_t address = 0, data = 0;
    uint64_t write_cycle = 0;

    void settle(const MsdRtlLiteInputs& in, MsdRtlLiteOutputs& out) {
        out.awready = in.awvalid && !have_address && address_wait == 0;
        out.wready = in.wvalid && !have_data && data_wait == 0;
        out.arready = in.arvalid && !have_address && address_wait == 0;
    }
    int wait() { return slowness == 0 ? 0 : random.below(slowness); }
    uint8_t resp() const { return address >= 16 ? kAxiDecErr : address == 12 ? kAxiSlvErr : 0; }
    void edge(const MsdRtlLiteInputs& in, MsdRtlLiteOutputs& out, uint64_t cycle) {
        if (out.bvalid || out.rvalid) {  // READY is constantly 1
            out.bvalid = out.rvalid = 0;
            have_address = have_data = answering = false;
            address_wait = wait(), data_wait = wait();
        }
        if (in.awvalid && out.awready) have_address = true, address = in.awaddr, read = false;
        if (in.wvalid && out.wready) have_data = true, data = in.wdata;
        if (in.arvalid && out.arready)
            have_address = have_data = true, address = in.araddr, read = true;
        if (address_wait > 0) --address_wait;
        if (data_wait > 0) --data_wait;
        if (have_address && have_data && !answering) {
            answering = true;
            answer_wait = wait();
            if (!read && resp() == 0) registers[address / 4] = data, write_cycle = cycle;
        } else if (answering) {
            --answer_wait;
        }
        if (answering && answer_wait <= 0) {
            (read ? out.rvalid : out.bvalid) = 1;
            (read ? out.rresp : out.bresp) = resp();
            out.rdata = resp() == 0 && read ? registers[address / 4] : 0xdeadbeef;
        }
    }
};

struct LiteBench : sc_core::sc_module {
    AxiLiteBridge bridge{kPeriod};
    Slave slave;
    MsdRtlLiteInputs in{};
    MsdRtlLiteOutputs out{};
    uint64_t cycle = 0;
    bool ahead = false, over = false;
    std::function<void()> body;

    SC_HAS_PROCESS(LiteBench);
    explicit LiteBench(const sc_core::sc_module_name& name) : sc_module(name) {
        bridge.run_ahead = [this] { return finish(); };
        SC_THREAD(clock);
        SC_THREAD(software);
    }
    bool finish() {
        if (ahead) return false;
        ahead = true;
        bridge.inputs(cycle, in);
        slave.settle(in, out);
        bridge.finish(out);
        slave.edge(in, out, cycle);
        bridge.outputs(out);
        return true;
    }
    void clock() {
        for (;; wait(kPeriod)) {
            const uint64_t now = sc_core::sc_time_stamp().value() / kPeriodPs;
            if (now == cycle) continue;
            finish();
            cycle = now;
            ahead = false;
        }
    }
    void software() {
        wait(kPeriod * 3);
        body();
        over = true;
        sc_core::sc_stop();
    }
    uint32_t access(bool write, uint32_t offset, uint32_t value, tlm::tlm_response_status& status) {
        tlm::tlm_generic_payload p;
        p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        p.set_address(offset);
        p.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        p.set_data_length(4);
        p.set_streaming_width(4);
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        bridge.transport(p, delay);
        status = p.get_response_status();
        return value;
    }
};

}  // namespace

TEST_CASE("a register access acts in the cycle of its call if the slave takes it at once") {
    LiteBench bench("bench");
    bench.body = [&] {
        tlm::tlm_response_status status{};
        for (uint32_t i = 0; i < 100; ++i) {
            const uint64_t before = sc_core::sc_time_stamp().value() / kPeriodPs;
            bench.access(true, i % 3 * 4, i * 77, status);
            CHECK(status == tlm::TLM_OK_RESPONSE);
            CHECK(sc_core::sc_time_stamp().value() / kPeriodPs == before);
            CHECK(bench.slave.write_cycle == before);
            sc_core::wait(kPeriod * 2);
            CHECK(bench.access(false, i % 3 * 4, 0, status) == i * 77);
            sc_core::wait(kPeriod * 2);
        }
    };
    sc_core::sc_start(kPeriod * 100000.0);
    CHECK(bench.over);
}

TEST_CASE("a slow slave is waited for, and its errors come back") {
    LiteBench bench("bench");
    bench.slave.slowness = 9;
    bench.body = [&] {
        network::Random random(8, 8);
        uint32_t mirror[4] = {};
        for (uint32_t i = 0; i < 2000; ++i) {
            const uint32_t offset = 4 * static_cast<uint32_t>(random.below(6));
            const bool write = random.below(2) != 0;
            const auto value = static_cast<uint32_t>(random.next());
            tlm::tlm_response_status status{};
            const uint32_t got = bench.access(write, offset, value, status);
            REQUIRE(status == (offset >= 16   ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                               : offset == 12 ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                              : tlm::TLM_OK_RESPONSE));
            if (status != tlm::TLM_OK_RESPONSE) continue;
            if (write) mirror[offset / 4] = value;
            if (!write) REQUIRE(got == mirror[offset / 4]);
            if (random.below(2)) sc_core::wait(kPeriod * (1 + random.below(4)));
        }
    };
    sc_core::sc_start(kPeriod * 1000000.0);
    CHECK(bench.over);
}

TEST_CASE("what is no word is refused before it reaches the pins") {
    LiteBench bench("bench");
    unsigned warnings = 0;
    bench.bridge.on_warning = [&](const std::string&) { ++warnings; };
    bench.body = [&] {
        uint8_t byte = 0;
        tlm::tlm_generic_payload p;
        p.set_command(tlm::TLM_READ_COMMAND);
        p.set_address(1);
        p.set_data_ptr(&byte);
        p.set_data_length(1);
        p.set_streaming_width(1);
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        bench.bridge.transport(p, delay);
        CHECK(p.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
    };
    sc_core::sc_start(kPeriod * 100.0);
    CHECK(warnings == 1);
}
