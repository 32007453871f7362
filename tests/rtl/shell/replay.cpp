#include "tests/rtl/shell/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <set>

namespace msd::test {
namespace {

using accelerator::Unit;
using crosscheck::Event;
using crosscheck::Stream;

constexpr unsigned kResetCycles = 300;  // longer than the longest delay line

// Bits of shell_pkg::tokens_t.
enum Token {
    kFetchStart,
    kFetched,
    kLoadAStart,
    kActLoaded,
    kResStart,
    kResLoaded,
    kLoadWStart,
    kWgtLoaded,
    kExecStart,
    kFeedEnd,
    kDrained,
    kPostStart,
    kPostEnd,
    kStoreStart,
    kStoreEnd,
    kError,
    kTokens
};
const char* const kTokenNames[kTokens] = {
    "fetch_start",  "fetched",     "load_a_start", "act_loaded", "res_start", "res_loaded",
    "load_w_start", "wgt_loaded",  "exec_start",   "feed_end",   "drained",   "post_start",
    "post_end",     "store_start", "store_end",    "error"};

// Which tokens a unit's span begins and ends with, and whether all such tokens are of spans.
struct SpanTokens {
    Unit unit;
    Token start;
    bool all_starts;
    Token end;
};
const SpanTokens kSpanTokens[] = {
    {Unit::kFetch, kFetchStart, false, kFetched},  // a refused tile has no span
    {Unit::kLoadAct, kLoadAStart, false, kActLoaded},
    {Unit::kLoadRes, kResStart, true, kResLoaded},
    {Unit::kLoadWgt, kLoadWStart, false, kWgtLoaded},
    {Unit::kExec, kExecStart, false, kFeedEnd},  // POOL_ONLY
    {Unit::kPost, kPostStart, true, kPostEnd},
    {Unit::kStore, kStoreStart, true, kStoreEnd}};

struct Burst {
    uint64_t address, response;
    unsigned beats, beat = 0;
    bool error;
    bool read = false;  // the memory has read `data`
    std::array<uint8_t, 256> data{};
};

// One AXI port: what it should ask for and when, and what was answered when.
struct Port {
    const char* name;
    const std::vector<Event>* requests;
    std::map<uint64_t, const Event*> responses;  // by issue cycle
    std::size_t next = 0;
    std::deque<Burst> in_flight;
    uint64_t free = 0;  // the data (write: response) channel

    Port(const char* n, const crosscheck::Recording& r, Stream request, Stream response)
        : name(n), requests(&r.streams[static_cast<unsigned>(request)]) {
        for (const Event& e : r.streams[static_cast<unsigned>(response)])
            responses[e.values[2]] = &e;
    }
};

class Player {
public:
    Player(const MsdRtlApi& rtl, const crosscheck::Program& program,
           const crosscheck::Recording& recording, const ReplayOptions& options)
        : rtl_(rtl),
          recording_(recording),
          options_(options),
          beat_bytes_(rtl.parameters->beat_bytes),
          memory_(program.memory),
          a_("dma_a", recording, Stream::kRequestA, Stream::kResponseA),
          w_("dma_w", recording, Stream::kRequestW, Stream::kResponseW),
          s_("dma_s", recording, Stream::kRequestS, Stream::kResponseS) {
        memory_.resize(std::max<std::size_t>(memory_.size(), program.memory_bytes) + 4096);
        model_ = rtl.create(options.fault);
        in_.act_words = static_cast<uint16_t>(program.device.act_words);
        in_.lut_weight_words = static_cast<uint16_t>(program.device.lut_weight_words);
        in_.dsp_weight_words = static_cast<uint16_t>(program.device.dsp_weight_words);
        in_.acc_entries = static_cast<uint16_t>(program.device.acc_entries);
        in_.out_words = static_cast<uint16_t>(program.device.out_words);
        in_.tile_channels = static_cast<uint16_t>(program.device.tile_channels);
        in_.outstanding = static_cast<uint8_t>(program.device.outstanding);
        in_.regs.bready = in_.regs.rready = 1;
        in_.regs.wstrb = 15;
        in_.a.arready = in_.w.arready = in_.s.awready = in_.s.wready = 1;
        expect_tokens();
    }
    ~Player() { rtl_.destroy(model_); }

    Replayed run() {
        in_.reset = 1;
        for (unsigned i = 0; i < kResetCycles; ++i) rtl_.settle(model_, &in_, &out_), edge();
        in_.reset = 0;
        for (cycle_ = 0; go_on(); ++cycle_) {
            access_memory();
            drive_registers();
            drive_read(a_, in_.a);
            drive_read(w_, in_.w);
            drive_responses();
            rtl_.settle(model_, &in_, &out_);
            check_registers();
            check_read(a_, out_.a);
            check_read(w_, out_.w);
            check_write();
            check_irq();
            check_tokens();
            edge();
        }
        if (options_.busy_permille != 0 && s_.next != s_.requests->size()) differ("it never ends");
        for (unsigned t = 0; t < kTokens && options_.busy_permille == 0; ++t)
            for (uint64_t cycle : expected_[t])
                if (cycle < cycle_)
                    differ(fmt::format("token {} of cycle {} is missing", kTokenNames[t], cycle));
        result_.cycles = cycle_;
        return result_;
    }

private:
    // A busy memory takes longer: until all is stored, or nothing more comes.
    bool go_on() const {
        if (!result_.difference.empty()) return false;
        if (options_.busy_permille == 0) return cycle_ < recording_.cycles;
        const bool stored = s_.next == s_.requests->size() && s_.in_flight.empty();
        return !stored && cycle_ < 20 * recording_.cycles + 10'000;
    }

    void edge() {
        MsdRtlOutputs next;
        rtl_.edge(model_, &next);
    }

    void differ(const std::string& what) {
        if (result_.difference.empty())
            result_.difference = fmt::format("cycle {}: {}", cycle_, what);
    }

    uint8_t* data(uint64_t address) {
        const uint64_t at = address - MSD_PROGRAM_BASE;
        return at + 16 <= memory_.size() ? memory_.data() + at : scratch_.data();
    }

    // ---- registers

    void drive_registers() {
        in_.regs.awvalid = in_.regs.wvalid = in_.regs.arvalid = 0;
        const auto& events = recording_.streams[static_cast<unsigned>(Stream::kRegister)];
        if (access_ == events.size() || events[access_].cycle != cycle_) return;
        const Event& e = events[access_];
        if (e.values[2]) {
            in_.regs.awvalid = in_.regs.wvalid = 1;
            in_.regs.awaddr = static_cast<uint32_t>(e.values[0]);
            in_.regs.wdata = static_cast<uint32_t>(e.values[1]);
        } else {
            in_.regs.arvalid = 1;
            in_.regs.araddr = static_cast<uint32_t>(e.values[0]);
        }
    }

    void check_registers() {
        const auto& events = recording_.streams[static_cast<unsigned>(Stream::kRegister)];
        if (answer_) {
            const Event& e = *answer_;
            const bool write = e.values[2] != 0, good = e.values[3] != 0;
            const uint8_t valid = write ? out_.regs.bvalid : out_.regs.rvalid;
            const uint8_t response = write ? out_.regs.bresp : out_.regs.rresp;
            if (!valid || (response == 0) != good)
                differ(fmt::format("{} of register {:#x}: valid {}, response {}, should be {}",
                                   write ? "write" : "read", e.values[0], valid, response, good));
            else if (!write && good && options_.busy_permille == 0 &&
                     out_.regs.rdata != e.values[1])
                differ(fmt::format("register {:#x} read in the cycle before: rtl {:#x}, tlm {:#x}",
                                   e.values[0], out_.regs.rdata, e.values[1]));
            ++result_.accesses;
            answer_ = nullptr;
        }
        if (access_ == events.size() || events[access_].cycle != cycle_) return;
        const Event& e = events[access_];
        if (!(e.values[2] ? out_.regs.awready && out_.regs.wready : out_.regs.arready))
            differ("a register is not ready");
        answer_ = &e;
        ++access_;
    }

    // ---- memory

    bool busy() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return (state_ >> 33) % 1000 < options_.busy_permille;
    }

    // As platform/dram does: bytes are read and written in the cycle of the response.
    void access_memory() {
        for (Port* port : {&w_, &a_})
            for (Burst& b : port->in_flight) {
                if (b.read || b.response > cycle_) continue;
                b.read = true;
                for (unsigned i = 0; i < b.beats && !b.error; ++i)
                    std::memcpy(b.data.data() + std::size_t{i} * beat_bytes_,
                                data(b.address + uint64_t{i} * beat_bytes_), beat_bytes_);
            }
        for (Burst& b : s_.in_flight) {
            if (b.read || b.beat != b.beats || b.response > cycle_) continue;
            b.read = true;
            for (unsigned i = 0; i < b.beats && !b.error; ++i)
                std::memcpy(data(b.address + uint64_t{i} * beat_bytes_),
                            b.data.data() + std::size_t{i} * beat_bytes_, beat_bytes_);
        }
    }

    void drive_read(Port& port, MsdRtlReadInputs& in) {
        in.rvalid = in.rlast = in.rresp = 0;
        in.arready = !busy();
        if (port.in_flight.empty() || port.in_flight.front().response > cycle_) return;
        Burst& b = port.in_flight.front();
        in.rvalid = 1;
        in.rresp = b.error ? 2 : 0;
        std::memcpy(in.rdata, b.data.data() + std::size_t{b.beat} * beat_bytes_, beat_bytes_);
        in.rlast = ++b.beat == b.beats;
        if (in.rlast) port.in_flight.pop_front();
    }

    // The burst that is issued now: when, where, how long. Returns what the memory makes of it.
    const Event* issued(Port& port, uint64_t address, unsigned beats, uint8_t size, uint8_t kind) {
        if (port.next == port.requests->size()) {
            // At the end of the recording a request may not have reached the memory.
            if (cycle_ + 2 < recording_.cycles)
                differ(fmt::format("{}: a burst at {:#x} too many", port.name, address));
            return nullptr;
        }
        const Event& want = (*port.requests)[port.next++];
        // Descriptors and data may change places on a busy port.
        const bool any_order = options_.busy_permille != 0 && &port == &a_;
        if (!any_order &&
            (want.values[0] != address || want.values[1] != uint64_t{beats} * beat_bytes_ ||
             (want.values[2] != cycle_ && options_.busy_permille == 0)))
            differ(fmt::format(
                "{}: rtl issues {} bytes at {:#x}, tlm {} bytes at {:#x} in cycle {}", port.name,
                beats * beat_bytes_, address, want.values[1], want.values[0], want.values[2]));
        if ((1u << size) != beat_bytes_ || kind != 1)
            differ(fmt::format("{}: burst of another kind", port.name));
        if (address / 4096 != (address + uint64_t{beats} * beat_bytes_ - 1) / 4096 || beats > 16)
            differ(fmt::format("{}: a burst too long", port.name));
        ++result_.bursts;
        const auto response = port.responses.find(want.values[2]);
        return response == port.responses.end() ? nullptr : response->second;
    }

    void check_read(Port& port, const MsdRtlReadOutputs& out) {
        if (!out.rready) differ(fmt::format("{}: RREADY is low", port.name));
        MsdRtlReadInputs& in = &port == &a_ ? in_.a : in_.w;
        if (!out.arvalid || !in.arready) {
            late(port);
            return;
        }
        const unsigned beats = out.arlen + 1u;
        const Event* response = issued(port, out.araddr, beats, out.arsize, out.arburst);
        uint64_t at = ~uint64_t{0};
        if (options_.busy_permille != 0)
            at = cycle_ + 5;
        else if (response)
            at = response->cycle;
        port.in_flight.push_back(
            {out.araddr, at, beats, 0, response && response->values[3], false, {}});
    }

    void late(const Port& port) {
        if (options_.busy_permille == 0 && port.next < port.requests->size() &&
            (*port.requests)[port.next].values[2] <= cycle_)
            differ(fmt::format("{}: no burst; tlm issues one at {:#x}", port.name,
                               (*port.requests)[port.next].values[0]));
    }

    void drive_responses() {
        in_.s.bvalid = in_.s.bresp = 0;
        in_.s.awready = !busy();
        in_.s.wready = !busy();
        if (s_.in_flight.empty()) return;
        Burst& b = s_.in_flight.front();
        if (b.beat != b.beats || b.response > cycle_) return;
        in_.s.bvalid = 1;
        in_.s.bresp = b.error ? 2 : 0;
        s_.in_flight.pop_front();
        --writing_;
        ++writing_base_;
    }

    void check_write() {
        // Data first: a beat in this cycle is of an earlier address.
        const bool due = writing_ < s_.in_flight.size();
        if (options_.busy_permille == 0 && (out_.s.wvalid != 0) != due)
            differ(fmt::format("dma_s: data {}, {} due", out_.s.wvalid ? "come" : "do not come",
                               due ? "are" : "none"));
        if (out_.s.wvalid && in_.s.wready && due) {
            Burst& b = s_.in_flight[writing_];
            const uint64_t address = b.address + uint64_t{b.beat} * beat_bytes_;
            if (out_.s.wstrb != (1u << beat_bytes_) - 1) differ("dma_s: not all bytes are written");
            const auto& want = written_[writing_base_ + writing_];
            if (want && !want->data.empty() &&
                std::memcmp(want->data.data() + std::size_t{b.beat} * beat_bytes_, out_.s.wdata,
                            beat_bytes_) != 0) {
                std::size_t i = 0;
                while (want->data[std::size_t{b.beat} * beat_bytes_ + i] == out_.s.wdata[i]) ++i;
                differ(fmt::format(
                    "dma_s: byte at {:#x} of tile {}: rtl {}, tlm {}", address + i, storing(),
                    static_cast<int8_t>(out_.s.wdata[i]),
                    static_cast<int8_t>(want->data[std::size_t{b.beat} * beat_bytes_ + i])));
            }
            result_.bytes += beat_bytes_;
            std::memcpy(b.data.data() + std::size_t{b.beat} * beat_bytes_, out_.s.wdata,
                        beat_bytes_);
            ++b.beat;
            if ((b.beat == b.beats) != (out_.s.wlast != 0)) differ("dma_s: WLAST is wrong");
            if (b.beat == b.beats) {
                ++writing_;
                if (options_.busy_permille) b.response = cycle_ + 3;
            }
        }
        if (!out_.s.bready) differ("dma_s: BREADY is low");
        if (!out_.s.awvalid || !in_.s.awready) return late(s_);
        const unsigned beats = out_.s.awlen + 1u;
        const Event* response = issued(s_, out_.s.awaddr, beats, out_.s.awsize, out_.s.awburst);
        s_.in_flight.push_back({out_.s.awaddr,
                                response ? response->cycle : ~uint64_t{0},
                                beats,
                                0,
                                response && response->values[3],
                                false,
                                {}});
        written_.push_back(response);
    }

    // The tile that is being stored.
    uint64_t storing() const {
        for (const Event& e : recording_.streams[static_cast<unsigned>(Stream::kUnit) +
                                                 static_cast<unsigned>(Unit::kStore)])
            if (e.values[1] <= cycle_ && cycle_ <= e.values[2]) return e.values[0];
        return ~uint64_t{0};
    }

    // ---- interrupt and tokens

    void check_irq() {
        const auto& events = recording_.streams[static_cast<unsigned>(Stream::kInterrupt)];
        while (irq_ < events.size() && events[irq_].cycle <= cycle_)
            level_ = events[irq_++].values[0] != 0;
        if (options_.busy_permille == 0 && level_ != (out_.irq != 0))
            differ(fmt::format("irq: rtl {}, tlm {}", out_.irq, level_));
    }

    void expect_tokens() {
        for (const SpanTokens& s : kSpanTokens)
            for (const Event& e : recording_.streams[static_cast<unsigned>(Stream::kUnit) +
                                                     static_cast<unsigned>(s.unit)]) {
                expected_[s.start].insert(e.values[1]);
                expected_[s.end].insert(e.values[2]);
            }
    }

    void check_tokens() {
        if (options_.busy_permille) return;
        for (const SpanTokens& s : kSpanTokens) {
            check_token(s.start, s.all_starts);
            check_token(s.end, true);
        }
    }

    void check_token(Token token, bool all) {
        const bool is = (out_.token >> token & 1) != 0;
        const bool due = expected_[token].count(cycle_) != 0;
        if (is != due && (due || all))
            // What has not ended at the end of the recording has no span.
            if (due || cycle_ + 2000 < recording_.cycles || recording_.finished)
                differ(fmt::format("token {}: rtl {}, tlm {}", kTokenNames[token], is, due));
        if (is && due) ++result_.tokens;
        expected_[token].erase(cycle_);
    }

    const MsdRtlApi& rtl_;
    const crosscheck::Recording& recording_;
    const ReplayOptions options_;
    const unsigned beat_bytes_;
    std::vector<uint8_t> memory_;
    std::array<uint8_t, 16> scratch_{};
    void* model_;
    MsdRtlInputs in_{};
    MsdRtlOutputs out_{};
    Port a_, w_, s_;
    std::size_t access_ = 0, irq_ = 0;
    const Event* answer_ = nullptr;
    std::size_t writing_ = 0,
                writing_base_ = 0;  // burst in s_.in_flight whose data come; number of its first
    std::vector<const Event*> written_;
    std::set<uint64_t> expected_[kTokens];
    bool level_ = false;
    uint64_t cycle_ = 0;
    uint64_t state_ = options_.seed;
    Replayed result_;
};

}  // namespace

Replayed replay(const MsdRtlApi& rtl, const crosscheck::Program& program,
                const crosscheck::Recording& recording, const ReplayOptions& options) {
    return Player(rtl, program, recording, options).run();
}

}  // namespace msd::test
