// The hart's instruction loop and its slow paths: code cache, bus accesses, traps.
#include "platform/iss/hart.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace msd::platform {
namespace {

constexpr unsigned kLineShift = 6;  // has_code_ granule: 64 bytes
constexpr uint32_t kMstatusMie = 1u << 3;
constexpr uint32_t kMstatusMpie = 1u << 7;
constexpr uint32_t kMeip = 1u << 11;

int32_t as_signed(uint32_t value) {
    return static_cast<int32_t>(value);
}

uint32_t mulh(uint32_t a, uint32_t b) {
    return static_cast<uint32_t>((static_cast<int64_t>(as_signed(a)) * as_signed(b)) >> 32);
}
uint32_t mulhsu(uint32_t a, uint32_t b) {
    return static_cast<uint32_t>((as_signed(a) * static_cast<int64_t>(b)) >> 32);
}
uint32_t mulhu(uint32_t a, uint32_t b) {
    return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32);
}
// Division by zero and overflow: RISC-V unprivileged specification, table 7.1.
bool overflows(uint32_t a, uint32_t b) {
    return a == 0x80000000u && b == 0xffffffffu;
}
uint32_t div(uint32_t a, uint32_t b) {
    if (b == 0) return 0xffffffffu;
    return overflows(a, b) ? a : static_cast<uint32_t>(as_signed(a) / as_signed(b));
}
uint32_t rem(uint32_t a, uint32_t b) {
    if (b == 0) return a;
    return overflows(a, b) ? 0 : static_cast<uint32_t>(as_signed(a) % as_signed(b));
}

template <class T>
T peek(const uint8_t* p) {
    T value;
    std::memcpy(&value, p, sizeof(T));
    return value;
}

}  // namespace

void Hart::set_memory(uint8_t* data, uint32_t base, uint32_t bytes) {
    assert(bytes % 4 == 0 && bytes <= 64u << 20);
    memory_ = data;
    base_ = base;
    bytes_ = data ? bytes : 0;
    // calloc: untouched pages of the cache never become resident.
    code_.reset(static_cast<Op*>(std::calloc(bytes_ / 2 + 1, sizeof(Op))));
    if (!code_) throw std::bad_alloc();
    has_code_.assign((bytes_ >> kLineShift) + 1, 0);
}

void Hart::invalidate_code() {
    for (uint32_t line = 0; line < has_code_.size(); ++line) {
        if (!has_code_[line]) continue;
        for (uint32_t i = 0; i < 1u << kLineShift; i += 2) {
            const uint32_t offset = (line << kLineShift) + i;
            if (offset < bytes_) code_[offset / 2].code = Opcode::kUndecoded;
        }
        has_code_[line] = 0;
    }
}

void Hart::reset(uint32_t pc) {
    x_.fill(0);
    pc_ = pc & ~1u;
    cycle_ = retired_ = traps_ = 0;
    mstatus_ = mie_ = mtvec_ = mscratch_ = mepc_ = mcause_ = mtval_ = 0;
    mip_ = 0;
    mcycle_offset_ = minstret_offset_ = 0;
    state_ = State::kRunning;
    invalidate_code();
}

void Hart::set_external_interrupt(bool level) {
    mip_ = level ? mip_ | kMeip : mip_ & ~kMeip;
}

void Hart::fill(Op& op, uint32_t offset) {
    uint32_t fetched = peek<uint16_t>(memory_ + offset);
    has_code_[offset >> kLineShift] = 1;
    if ((fetched & 3u) == 3u) {
        if (offset + 4 > bytes_) {
            op = Op{};
            op.code = Opcode::kFetchFault;
            return;
        }
        fetched |= static_cast<uint32_t>(peek<uint16_t>(memory_ + offset + 2)) << 16;
        has_code_[(offset + 2) >> kLineShift] = 1;
    }
    op = decode_fetched(fetched, base_ + offset);
}

void Hart::drop_code(uint32_t offset, unsigned size) {
    // An instruction that begins one halfword earlier may reach into the stored bytes.
    const uint32_t first = offset < 2 ? 0 : (offset - 2) / 2;
    for (uint32_t i = first; i <= (offset + size - 1) / 2; ++i) {
        code_[i].code = Opcode::kUndecoded;
    }
}

void Hart::trap(uint32_t cause, uint32_t value) {
    mepc_ = pc_;
    mcause_ = cause;
    mtval_ = value;
    mstatus_ = (mstatus_ & kMstatusMie) ? kMstatusMpie : 0;  // MPIE = MIE, MIE = 0
    const bool vectored = (mtvec_ & 1u) && (cause >> 31);
    pc_ = (mtvec_ & ~3u) + (vectored ? 4 * (cause & 0x7fffffffu) : 0);
    ++cycle_;
    ++traps_;
}

void Hart::take_interrupt() {
    trap(kCauseExternalInterrupt, 0);
}

bool Hart::load(const Op& op, uint32_t address, uint32_t& value) {
    const unsigned size = op.code == Opcode::kLw                              ? 4
                          : op.code == Opcode::kLh || op.code == Opcode::kLhu ? 2
                                                                              : 1;
    if (address % size != 0) return trap(kCauseLoadMisaligned, address), false;
    value = 0;
    if (bus_.read(address, size, value) != Response::kOk) {
        return trap(kCauseLoadAccess, address), false;
    }
    if (op.code == Opcode::kLb) value = static_cast<uint32_t>(static_cast<int8_t>(value));
    if (op.code == Opcode::kLh) value = static_cast<uint32_t>(static_cast<int16_t>(value));
    return true;
}

bool Hart::store(const Op& op, uint32_t address, uint32_t value) {
    const unsigned size = op.code == Opcode::kSw ? 4 : op.code == Opcode::kSh ? 2 : 1;
    if (address % size != 0) return trap(kCauseStoreMisaligned, address), false;
    if (size < 4) value &= (1u << 8 * size) - 1u;
    if (bus_.write(address, size, value) != Response::kOk) {
        return trap(kCauseStoreAccess, address), false;
    }
    return true;
}

bool Hart::system(const Op& op) {
    switch (op.code) {
        case Opcode::kEcall:
            return trap(kCauseEcall, 0), false;
        case Opcode::kEbreak:
            return trap(kCauseBreakpoint, 0), false;
        case Opcode::kMret:
            bus_.sync();
            mstatus_ = kMstatusMpie | ((mstatus_ & kMstatusMpie) ? kMstatusMie : 0);
            next_pc_ = mepc_;
            return true;
        case Opcode::kWfi:
            state_ = State::kWaiting;
            return true;
        default:
            if (csr(op)) return true;
            return trap(kCauseIllegal, op.raw), false;
    }
}

template <bool kTrace>
void Hart::loop(uint64_t end_cycle) {
    uint32_t* const x = x_.data();
    uint8_t* const memory = memory_;
    Op* const code = code_.get();
    uint8_t* const has_code = has_code_.data();
    const uint32_t base = base_, bytes = bytes_;
    uint32_t pc = pc_;
    uint64_t left = 0;    // instructions until end_cycle, if none costs more than its cycle
    uint64_t budget = 0;  // value of `left` when cycle_ and retired_ were last brought up to date

    // Instructions keep pc and the counters in locals; whatever may look at them is enclosed in
    // flush and resume.
    const auto flush = [&] {
        const uint64_t done = budget - left;
        cycle_ += done;
        retired_ += done;
        budget = left;
        pc_ = pc;
    };
    const auto resume = [&] {  // false: leave the loop
        if (state_ == State::kRunning && interrupt_pending() && (mstatus_ & kMstatusMie)) {
            take_interrupt();
        }
        pc = pc_;
        left = budget = cycle_ < end_cycle ? end_cycle - cycle_ : 0;
        return state_ == State::kRunning && left != 0;
    };
    const auto retire_slow = [&](const Op& op, uint32_t next) {  // between flush and resume
        if (kTrace) {
            const bool writes =
                op.rd != kSink && !(op.code >= Opcode::kSb && op.code <= Opcode::kSw);
            trace_(Retired{cycle_, pc, op.raw, writes ? op.rd : 0u, writes ? x[op.rd] : 0u});
        }
        ++retired_;
        ++cycle_;
        pc_ = next;
    };

    if (!resume()) return;
    while (left != 0) {
        const uint32_t offset = pc - base;
        if (offset >= bytes) {
            flush();
            trap(kCauseFetchAccess, pc);
            if (!resume()) return;
            continue;
        }
        Op& op = code[offset / 2];
        uint32_t next = pc + op.bytes;
        const uint32_t a = x[op.rs1], b = x[op.rs2];
        const auto imm = static_cast<uint32_t>(op.imm);
        uint32_t& rd = x[op.rd];
        const auto slow_load = [&] {
            const uint32_t address = a + imm;
            const Op copy = op;
            flush();
            uint32_t value = 0;
            if (load(copy, address, value)) {
                x[copy.rd] = value;
                retire_slow(copy, pc + copy.bytes);
            }
            return resume();
        };
        const auto slow_store = [&] {
            const uint32_t address = a + imm, value = b;
            const Op copy = op;
            flush();
            if (store(copy, address, value)) retire_slow(copy, pc + copy.bytes);
            return resume();
        };
        // The widest access is 4 bytes and memory holds at least 4 if any.
        const auto inside = [&](uint32_t at, uint32_t size) { return at <= bytes - size; };
        const auto stored = [&](uint32_t at, uint32_t size) {
            if (has_code[at >> kLineShift] | has_code[(at + size - 1) >> kLineShift]) {
                drop_code(at, size);
            }
        };
#define MSD_LOAD(type)                                       \
    {                                                        \
        const uint32_t at = a + imm - base;                  \
        if (!inside(at, sizeof(type))) {                     \
            if (!slow_load()) return;                        \
            continue;                                        \
        }                                                    \
        rd = static_cast<uint32_t>(peek<type>(memory + at)); \
        break;                                               \
    }
#define MSD_STORE(type)                                  \
    {                                                    \
        const uint32_t at = a + imm - base;              \
        if (!inside(at, sizeof(type))) {                 \
            if (!slow_store()) return;                   \
            continue;                                    \
        }                                                \
        const type narrow = static_cast<type>(b);        \
        std::memcpy(memory + at, &narrow, sizeof(type)); \
        traced_raw = op.raw;                             \
        stored(at, sizeof(type));                        \
        break;                                           \
    }
        // clang-format off
        uint32_t traced_raw = 0;  // a store may drop the entry it was decoded from; `raw` stays
        switch (op.code) {
            case Opcode::kUndecoded: fill(op, offset); continue;
            case Opcode::kIllegal:
                flush();
                trap(kCauseIllegal, op.raw);
                if (!resume()) return;
                continue;
            case Opcode::kFetchFault:
                flush();
                trap(kCauseFetchAccess, pc + 2);
                if (!resume()) return;
                continue;
            case Opcode::kLui: rd = imm; break;
            case Opcode::kJal: rd = next; next = imm; break;
            case Opcode::kJalr: rd = next; next = (a + imm) & ~1u; break;
            case Opcode::kBeq: if (a == b) next = imm; break;
            case Opcode::kBne: if (a != b) next = imm; break;
            case Opcode::kBlt: if (as_signed(a) < as_signed(b)) next = imm; break;
            case Opcode::kBge: if (as_signed(a) >= as_signed(b)) next = imm; break;
            case Opcode::kBltu: if (a < b) next = imm; break;
            case Opcode::kBgeu: if (a >= b) next = imm; break;
            case Opcode::kLb: MSD_LOAD(int8_t)
            case Opcode::kLh: MSD_LOAD(int16_t)
            case Opcode::kLw: MSD_LOAD(uint32_t)
            case Opcode::kLbu: MSD_LOAD(uint8_t)
            case Opcode::kLhu: MSD_LOAD(uint16_t)
            case Opcode::kSb: MSD_STORE(uint8_t)
            case Opcode::kSh: MSD_STORE(uint16_t)
            case Opcode::kSw: MSD_STORE(uint32_t)
            case Opcode::kAddi: rd = a + imm; break;
            case Opcode::kSlti: rd = as_signed(a) < op.imm; break;
            case Opcode::kSltiu: rd = a < imm; break;
            case Opcode::kXori: rd = a ^ imm; break;
            case Opcode::kOri: rd = a | imm; break;
            case Opcode::kAndi: rd = a & imm; break;
            case Opcode::kSlli: rd = a << imm; break;
            case Opcode::kSrli: rd = a >> imm; break;
            case Opcode::kSrai: rd = static_cast<uint32_t>(as_signed(a) >> imm); break;
            case Opcode::kAdd: rd = a + b; break;
            case Opcode::kSub: rd = a - b; break;
            case Opcode::kSll: rd = a << (b & 31u); break;
            case Opcode::kSlt: rd = as_signed(a) < as_signed(b); break;
            case Opcode::kSltu: rd = a < b; break;
            case Opcode::kXor: rd = a ^ b; break;
            case Opcode::kSrl: rd = a >> (b & 31u); break;
            case Opcode::kSra: rd = static_cast<uint32_t>(as_signed(a) >> (b & 31u)); break;
            case Opcode::kOr: rd = a | b; break;
            case Opcode::kAnd: rd = a & b; break;
            case Opcode::kMul: rd = a * b; break;
            case Opcode::kMulh: rd = mulh(a, b); break;
            case Opcode::kMulhsu: rd = mulhsu(a, b); break;
            case Opcode::kMulhu: rd = mulhu(a, b); break;
            case Opcode::kDiv: rd = div(a, b); break;
            case Opcode::kDivu: rd = b == 0 ? 0xffffffffu : a / b; break;
            case Opcode::kRem: rd = rem(a, b); break;
            case Opcode::kRemu: rd = b == 0 ? a : a % b; break;
            case Opcode::kFence: break;
            // clang-format on
            default: {  // system: may change state, counters and pc
                flush();
                next_pc_ = next;
                const Op copy = op;
                if (system(copy)) retire_slow(copy, next_pc_);
                if (!resume()) return;
                continue;
            }
        }
#undef MSD_LOAD
#undef MSD_STORE
        if (kTrace) {
            const bool store =
                op.code == Opcode::kUndecoded || (op.code >= Opcode::kSb && op.code <= Opcode::kSw);
            const bool branch = op.code >= Opcode::kBeq && op.code <= Opcode::kBgeu;
            const bool writes = op.rd != kSink && !store && !branch && op.code != Opcode::kFence;
            trace_(Retired{cycle_ + budget - left, pc, store ? traced_raw : op.raw,
                           writes ? op.rd : 0u, writes ? rd : 0u});
        }
        pc = next;
        --left;
    }
    flush();
}

Hart::State Hart::run(uint64_t end_cycle) {
    if (state_ == State::kWaiting) {
        if (!interrupt_pending()) return state_;
        state_ = State::kRunning;
    }
    if (state_ == State::kRunning) {
        if (trace_) {
            loop<true>(end_cycle);
        } else {
            loop<false>(end_cycle);
        }
    }
    return state_;
}

}  // namespace msd::platform
