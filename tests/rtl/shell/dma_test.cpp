// The DMA masters alone: every address, beat and end against a loop over cycles, with memories of
// any latency; and against memories that do not take what they are offered.
#include <catch2/catch.hpp>
#include <set>

#include <cstring>
#include <deque>
#include <memory>

#include "Vdma_read_16.h"
#include "Vdma_read_8.h"
#include "Vdma_write_16.h"
#include "Vdma_write_8.h"
#include "tests/dma/reference.h"
#include "verilated.h"

using namespace msd;
using namespace msd::test;

namespace {

constexpr uint32_t kBase = 0x80100000, kWindow = 1 << 18;

// shell_pkg::block_t.
template <class Port>
void set_block(Port& port, const msd_block& b) {
    port[0] = b.planes | uint32_t{b.rows} << 16;
    port[1] = b.row_bytes;
    port[2] = b.plane_stride;
    port[3] = b.row_stride;
    port[4] = b.address;
}

template <class Top>
struct Model {
    VerilatedContext context;
    std::unique_ptr<Top> top;

    explicit Model(int fault) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"dma", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);
        context.randSeed(1);
        top = std::make_unique<Top>(&context, "dma");
        top->rst_i = 1;
        for (int i = 0; i < 4; ++i) tick();
        top->rst_i = 0;
    }
    ~Model() { top->final(); }
    void settle() {
        top->clk_i = 0;
        top->eval();
    }
    void tick() {
        settle();
        top->clk_i = 1;
        top->eval();
    }
};

uint64_t latency_of(uint64_t round, uint64_t i) {
    Random random(round * 7919 + i);
    random(2);
    return round % 3 == 0 ? 1 + round % 40 : round % 3 == 1 ? 20 + random(10) : 1 + random(200);
}

std::vector<uint32_t> word_addresses(const msd_block& b) {
    std::vector<uint32_t> all;
    for (unsigned p = 0; p < b.planes; ++p)
        for (unsigned r = 0; r < b.rows; ++r)
            for (uint32_t at = 0; at < b.row_bytes; at += 16)
                all.push_back(b.address + p * b.plane_stride + r * b.row_stride + at);
    return all;
}

msd_block descriptor_at(uint32_t address) {
    return {address / 256 * 256, 256, 256, 256, 1, 1};
}

// What lies at an address: never twice the same.
uint32_t content(uint32_t address) {
    return address * 2654435761u ^ (address >> 7);
}

struct Outcome {
    std::string fault;  // what is wrong, empty: nothing
    uint64_t beats = 0, stalls = 0;
};

// One round: blocks asked for at random moments, of a channel only when the one before is done.
// busy: of 1000 cycles, how many ARREADY is low; then cycles are not compared.
template <class Top, unsigned kBeatBytes>
Outcome read_round(uint64_t number, int fault, unsigned busy) {
    Model<Top> m(fault);
    Top& top = *m.top;
    Random random(number);
    const unsigned outstanding = 1 + random(8);
    top.outstanding_i = outstanding;
    struct Flying {
        uint32_t address;
        unsigned beats, beat = 0;
        uint64_t response;
        bool error;
    };
    std::deque<Flying> flying;
    std::vector<ReferenceRequest> requests;
    ReferenceResult seen;
    std::deque<uint32_t> due[2];  // words of the block under way
    std::set<uint32_t> zeros;
    bool active[2] = {false, false}, error_due[2] = {false, false};
    uint64_t next_start[2] = {random(20), random(20)}, issued = 0, most = 0;
    unsigned blocks_left = 6;
    Outcome outcome;
    const auto wrong = [&](uint64_t t, const std::string& what) {
        if (outcome.fault.empty()) outcome.fault = "cycle " + std::to_string(t) + ": " + what;
    };
    bool waiting = false;  // an address was not taken in the cycle before
    uint32_t waiting_address = 0;
    for (uint64_t t = 0;
         (blocks_left || active[0] || active[1]) && outcome.fault.empty() && t < 100'000; ++t) {
        top.start0_i = top.start1_i = 0;
        for (unsigned c = 0; c < 2; ++c) {
            if (active[c] || blocks_left == 0 || t < next_start[c]) continue;
            const msd_block block = c == 0 ? descriptor_at(kBase + random(kWindow))
                                           : random_block(random, kBase, kWindow / 4);
            if (c == 0) set_block(top.block0_i, block), top.start0_i = 1;
            if (c == 1) set_block(top.block1_i, block), top.start1_i = 1;
            requests.push_back({t, c, block});
            for (uint32_t w : word_addresses(block)) due[c].push_back(w);
            active[c] = true;
            error_due[c] = false;
            --blocks_left;
        }
        top.rvalid_i = top.rlast_i = 0;
        top.rresp_i = 0;
        unsigned ended = 0;
        if (!flying.empty() && flying.front().response <= t) {
            Flying& f = flying.front();
            uint32_t* data = reinterpret_cast<uint32_t*>(&top.rdata_i);
            for (unsigned i = 0; i < kBeatBytes / 4; ++i)
                data[i] = content(f.address + f.beat * kBeatBytes + 4 * i);
            top.rvalid_i = 1;
            top.rresp_i = f.error && f.beat == f.beats / 2 ? 2 : 0;
            for (unsigned i = 0; i < kBeatBytes / 4; ++i) {  // a beat with an error reads as zero
                const uint32_t address = f.address + f.beat * kBeatBytes + 4 * i;
                if (top.rresp_i != 0)
                    zeros.insert(address);
                else
                    zeros.erase(address);
            }
            top.rlast_i = ++f.beat == f.beats;
            if (top.rlast_i) ended = 1;
        }
        top.arready_i = random(1000) >= busy;
        outcome.stalls += !top.arready_i;
        m.settle();
        if (waiting && (!top.arvalid_o || top.araddr_o != waiting_address))
            wrong(t, "an address that waits is withdrawn");
        waiting = top.arvalid_o && !top.arready_i;
        waiting_address = top.araddr_o;
        if (top.arvalid_o && top.arready_i) {
            seen.issues.push_back({t, top.araddr_o});
            Random errors(number * 31 + issued);
            const bool error = errors(40) == 0;
            flying.push_back(
                {top.araddr_o, top.arlen_o + 1u, 0, t + latency_of(number, issued++), error});
            if (top.arburst_o != 1 || (1u << top.arsize_o) != kBeatBytes)
                wrong(t, "a burst of another kind");
        }
        most = std::max<uint64_t>(most, flying.size());
        if (top.word_o) {
            auto& words = due[top.channel_o];
            const uint32_t* data = reinterpret_cast<const uint32_t*>(&top.data_o);
            if (words.empty()) {
                wrong(t, "a word too many");
            } else {
                for (unsigned i = 0; i < 4; ++i)
                    if (data[i] !=
                        (zeros.count(words.front() + 4 * i) ? 0 : content(words.front() + 4 * i)))
                        wrong(t, "a word differs");
                words.pop_front();
            }
        }
        outcome.beats += top.beat_o;
        for (unsigned c = 0; c < 2; ++c) {
            if (!(c == 0 ? top.done0_o : top.done1_o)) continue;
            seen.done.push_back({c, t});
            if (!due[c].empty()) wrong(t, "done before the last word");
            if (top.error_o != error_due[c]) wrong(t, "error is wrong");
            active[c] = false;
            next_start[c] = t + 1 + random(3) * random(100);
        }
        if (ended) {
            // Which channel's block it was is told by its address.
            const Flying f = flying.front();
            flying.pop_front();
            for (unsigned c = 0; c < 2; ++c)
                for (auto r = requests.rbegin(); r != requests.rend() && f.error; ++r) {
                    if (r->channel != c || !active[c]) continue;
                    for (const ReferenceBurst& b : walk(r->block, kBeatBytes))
                        if (b.address == f.address) error_due[c] = true;
                    break;
                }
        }
        top.clk_i = 1;
        top.eval();
    }
    if (active[0] || active[1]) wrong(0, "never done");
    if (!outcome.fault.empty()) return outcome;
    if (most > outstanding) wrong(0, "too many bursts in flight");
    if (busy != 0) return outcome;
    const ReferenceResult want = simulate(requests, kBeatBytes, outstanding, false,
                                          [&](uint64_t i) { return latency_of(number, i); });
    if (!(seen.issues == want.issues)) wrong(0, "bursts differ");
    if (!(seen.done == want.done)) wrong(0, "ends differ");
    return outcome;
}

// Write responses come `latency` cycles after the last beat.
template <class Top, unsigned kBeatBytes>
Outcome write_round(uint64_t number, int fault, unsigned busy) {
    Model<Top> m(fault);
    Top& top = *m.top;
    Random random(number);
    const unsigned outstanding = 1 + random(8);
    top.outstanding_i = outstanding;
    struct Flying {
        uint32_t address;
        unsigned beats, beat = 0;
        uint64_t response = ~uint64_t{0};
        bool error;
    };
    std::deque<Flying> flying;
    std::size_t data = 0;  // of flying: whose data come
    std::vector<ReferenceRequest> requests;
    ReferenceResult seen;
    std::vector<uint32_t> words;  // of the block under way
    std::size_t next_word = 0;
    uint32_t ram = 0;  // address of the word that the RAM shows
    bool active = false, error_due = false;
    uint64_t next_start = random(20), issued = 0;
    unsigned blocks_left = 5;
    Outcome outcome;
    const auto wrong = [&](uint64_t t, const std::string& what) {
        if (outcome.fault.empty()) outcome.fault = "cycle " + std::to_string(t) + ": " + what;
    };
    for (uint64_t t = 0; (blocks_left || active) && outcome.fault.empty() && t < 100'000; ++t) {
        top.start_i = 0;
        if (!active && blocks_left && t >= next_start) {
            const msd_block block = random_block(random, kBase, kWindow / 4);
            set_block(top.block_i, block);
            top.start_i = 1;
            requests.push_back({t, 0, block});
            words = word_addresses(block);
            next_word = 0;
            active = true;
            error_due = false;
            --blocks_left;
        }
        for (unsigned i = 0; i < 4; ++i) top.data_i[i] = content(ram + 4 * i);
        top.bvalid_i = 0;
        if (!flying.empty() && flying.front().response <= t) {
            top.bvalid_i = 1;
            top.bresp_i = flying.front().error ? 2 : 0;
            error_due = error_due || flying.front().error;
        }
        top.awready_i = random(1000) >= busy;
        top.wready_i = random(1000) >= busy;
        outcome.stalls += !top.awready_i + !top.wready_i;
        m.settle();
        if (top.bvalid_i) flying.pop_front(), --data;
        if (top.wvalid_o && top.wready_i) {
            if (data >= flying.size()) {
                wrong(t, "a beat before its address");
                break;
            }
            Flying& f = flying[data];
            const uint32_t* beat = reinterpret_cast<const uint32_t*>(&top.wdata_o);
            for (unsigned i = 0; i < kBeatBytes / 4; ++i)
                if (beat[i] != content(f.address + f.beat * kBeatBytes + 4 * i))
                    wrong(t, "a beat differs");
            if (top.wlast_o != (++f.beat == f.beats)) wrong(t, "WLAST is wrong");
            if (f.beat == f.beats) {
                f.response = t + latency_of(number, issued - flying.size() + data);
                ++data;
            }
        }
        outcome.beats += top.beat_o;
        if (top.awvalid_o && top.awready_i) {
            seen.issues.push_back({t, top.awaddr_o});
            Random errors(number * 31 + issued++);
            flying.push_back({top.awaddr_o, top.awlen_o + 1u, 0, ~uint64_t{0}, errors(40) == 0});
            if (flying.size() > outstanding) wrong(t, "too many bursts in flight");
        }
        if (top.done_o) {
            seen.done.push_back({0, t});
            if (top.error_o != error_due) wrong(t, "error is wrong");
            active = false;
            next_start = t + 1 + random(3) * random(100);
        }
        const bool read = top.read_o != 0;
        top.clk_i = 1;
        top.eval();
        if (read) {
            if (next_word == words.size()) {
                wrong(t, "a word too many is read");
                break;
            }
            ram = words[next_word++];
        }
    }
    if (active) wrong(0, "never done");
    if (!outcome.fault.empty() || busy != 0) return outcome;
    const ReferenceResult want = simulate(requests, kBeatBytes, outstanding, true,
                                          [&](uint64_t i) { return latency_of(number, i); });
    if (!(seen.issues == want.issues)) wrong(0, "bursts differ");
    if (!(seen.done == want.done)) wrong(0, "ends differ");
    return outcome;
}

using Round = Outcome (*)(uint64_t, int, unsigned);

void rounds(Round round, uint64_t count, unsigned busy) {
    uint64_t beats = 0, stalls = 0;
    for (uint64_t n = 0; n < count; ++n) {
        const Outcome o = round(n, 0, busy);
        INFO("round " << n);
        REQUIRE(o.fault == "");
        beats += o.beats;
        stalls += o.stalls;
    }
    CHECK(beats > 100 * count);
    CHECK((stalls > 100 * count) == (busy > 100));
}

bool caught(Round round, int fault) {
    for (uint64_t n = 0; n < 100; ++n)
        if (!round(n, fault, 0).fault.empty()) return true;
    return false;
}

}  // namespace

TEST_CASE("the reading master takes the cycles of docs/timing.md with any memory") {
    rounds(read_round<Vdma_read_16, 16>, 400, 0);
    rounds(read_round<Vdma_read_8, 8>, 400, 0);
}

TEST_CASE("the writing master takes the cycles of docs/timing.md with any memory") {
    rounds(write_round<Vdma_write_16, 16>, 400, 0);
    rounds(write_round<Vdma_write_8, 8>, 400, 0);
}

TEST_CASE("the masters lose and invent nothing where addresses or data have to wait") {
    rounds(read_round<Vdma_read_16, 16>, 100, 600);
    rounds(read_round<Vdma_read_8, 8>, 100, 600);
    rounds(write_round<Vdma_write_16, 16>, 100, 400);
    rounds(write_round<Vdma_write_8, 8>, 100, 400);
}

TEST_CASE("faults planted into the masters are caught") {
    CHECK(caught(read_round<Vdma_read_16, 16>, 40));  // a burst across 4 KiB
    CHECK(caught(write_round<Vdma_write_8, 8>, 40));
    CHECK(caught(read_round<Vdma_read_16, 16>, 41));  // a descriptor after the data
    CHECK(caught(read_round<Vdma_read_8, 8>, 42));    // a credit in the cycle in which it is freed
    CHECK(caught(read_round<Vdma_read_16, 16>, 43));  // a lost beat
    CHECK(caught(write_round<Vdma_write_16, 16>, 44));  // stored counted at the data
}
