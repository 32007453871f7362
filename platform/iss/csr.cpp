// The hart's control and status registers (privileged specification 1.12, machine mode only).
#include "platform/iss/hart.h"

namespace msd::platform {
namespace {

constexpr uint32_t kMstatusMie = 1u << 3;
constexpr uint32_t kMstatusMpie = 1u << 7;
constexpr uint32_t kMstatusMpp = 3u << 11;                           // reads as machine mode
constexpr uint32_t kMisa = 1u << 30 | 1u << 2 | 1u << 8 | 1u << 12;  // RV32 C I M
constexpr uint32_t kMieMask = 1u << 3 | 1u << 7 | 1u << 11;

// clang-format off
enum Number : uint32_t {
    kMstatus = 0x300, kMisaNumber = 0x301, kMie = 0x304, kMtvec = 0x305, kMstatush = 0x310,
    kMcountinhibit = 0x320, kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343,
    kMip = 0x344, kMvendorid = 0xf11, kMarchid = 0xf12, kMimpid = 0xf13, kMhartid = 0xf14,
    kMconfigptr = 0xf15,
};

bool between(uint32_t number, uint32_t first, uint32_t last) {
    return number >= first && number <= last;
}

// Event counters 3..31 and their selectors exist and read as zero.
bool always_zero(uint32_t number) {
    return between(number, 0x323, 0x33f) || between(number, 0xb03, 0xb1f) ||
           between(number, 0xb83, 0xb9f) || number == kMstatush || number == kMcountinhibit;
}

}  // namespace

// mcycle, minstret and their read-only shadows; `time` counts the same cycles as mcycle at reset.
bool Hart::counter(uint32_t number, uint32_t& value) const {
    const uint64_t cycles = cycle_ + mcycle_offset_, instructions = retired_ + minstret_offset_;
    switch (number) {
        case 0xb00: case 0xc00: value = static_cast<uint32_t>(cycles); return true;
        case 0xb80: case 0xc80: value = static_cast<uint32_t>(cycles >> 32); return true;
        case 0xc01: value = static_cast<uint32_t>(cycle_); return true;
        case 0xc81: value = static_cast<uint32_t>(cycle_ >> 32); return true;
        case 0xb02: case 0xc02: value = static_cast<uint32_t>(instructions); return true;
        case 0xb82: case 0xc82: value = static_cast<uint32_t>(instructions >> 32); return true;
        default: return false;
    }
}

bool Hart::read_csr(uint32_t number, uint32_t& value) const {
    if (counter(number, value)) return true;
    switch (number) {
        case kMstatus: value = mstatus_ | kMstatusMpp; return true;
        case kMisaNumber: value = kMisa; return true;
        case kMie: value = mie_; return true;
        case kMtvec: value = mtvec_; return true;
        case kMscratch: value = mscratch_; return true;
        case kMepc: value = mepc_; return true;
        case kMcause: value = mcause_; return true;
        case kMtval: value = mtval_; return true;
        case kMip: value = mip_; return true;
        case kMvendorid: case kMarchid: case kMimpid: case kMhartid: case kMconfigptr:
            value = 0;
            return true;
        default: value = 0; return always_zero(number);
    }
}

bool Hart::write_csr(uint32_t number, uint32_t value) {
    // A counter written by an instruction shows the written value to the next one.
    const auto replace = [value](uint64_t& offset, uint64_t real, bool high) {
        const uint64_t shown = real + offset;
        const uint64_t wanted = high ? static_cast<uint64_t>(value) << 32 | (shown & 0xffffffffu)
                                     : (shown & ~uint64_t{0xffffffffu}) | value;
        offset = wanted - real;
    };
    switch (number) {
        case kMstatus: mstatus_ = value & (kMstatusMie | kMstatusMpie); return true;
        case kMisaNumber: case kMip: return true;  // writable in form, nothing to change
        case kMie: mie_ = value & kMieMask; return true;
        case kMtvec: mtvec_ = value & ~2u; return true;
        case kMscratch: mscratch_ = value; return true;
        case kMepc: mepc_ = value & ~1u; return true;
        case kMcause: mcause_ = value; return true;
        case kMtval: mtval_ = value; return true;
        case 0xb00: replace(mcycle_offset_, cycle_ + 1, false); return true;
        case 0xb80: replace(mcycle_offset_, cycle_ + 1, true); return true;
        case 0xb02: replace(minstret_offset_, retired_ + 1, false); return true;
        case 0xb82: replace(minstret_offset_, retired_ + 1, true); return true;
        default: return always_zero(number);
    }
}

// clang-format on

bool Hart::csr(const Op& op) {
    const auto number = static_cast<uint32_t>(op.imm) & 0xfffu;
    const bool immediate = op.code >= Opcode::kCsrrwi;
    const bool swaps = op.code == Opcode::kCsrrw || op.code == Opcode::kCsrrwi;
    const uint32_t operand = immediate ? op.rs1 : x_[op.rs1];
    const bool writes = swaps || op.rs1 != 0;
    if (number == kMip || number == kMie || number == kMstatus) bus_.sync();

    uint32_t old = 0;
    if (!read_csr(number, old)) return false;
    if (writes) {
        if ((number >> 10) == 3) return false;  // read only
        const bool sets = op.code == Opcode::kCsrrs || op.code == Opcode::kCsrrsi;
        const uint32_t value = swaps ? operand : sets ? old | operand : old & ~operand;
        if (!write_csr(number, value)) return false;
    }
    x_[op.rd] = old;
    return true;
}

}  // namespace msd::platform
