// Decoding of RV32IMC instruction words into the operations that the hart executes.
#pragma once

#include <cstdint>

namespace msd::platform {

// clang-format off
enum class Opcode : uint8_t {
    kUndecoded,  // a cache entry that was never filled, or was dropped by a store
    kIllegal,
    kFetchFault,  // a 32-bit instruction whose upper half lies behind the memory
    kLui,         // also auipc: imm holds the result
    kJal,         // imm holds the target
    kJalr,
    kBeq, kBne, kBlt, kBge, kBltu, kBgeu,  // imm holds the target
    kLb, kLh, kLw, kLbu, kLhu,
    kSb, kSh, kSw,
    kAddi, kSlti, kSltiu, kXori, kOri, kAndi, kSlli, kSrli, kSrai,
    kAdd, kSub, kSll, kSlt, kSltu, kXor, kSrl, kSra, kOr, kAnd,
    kMul, kMulh, kMulhsu, kMulhu, kDiv, kDivu, kRem, kRemu,
    kFence,  // fence and fence.i: nothing to do, memory and decoded code are always coherent
    kEcall, kEbreak, kMret, kWfi,
    kCsrrw, kCsrrs, kCsrrc, kCsrrwi, kCsrrsi, kCsrrci,  // imm holds the CSR's number
};
// clang-format on

constexpr uint8_t kSink = 32;  // register index that takes writes to x0

struct Op {
    Opcode code = Opcode::kUndecoded;
    uint8_t rd = kSink;  // 1..31, or kSink
    uint8_t rs1 = 0;     // register, or the immediate of csrr?i
    uint8_t rs2 = 0;
    int32_t imm = 0;
    uint32_t raw = 0;   // the instruction as fetched: 16 or 32 bits
    uint8_t bytes = 4;  // 2 or 4
};

// The 32-bit instruction that a 16-bit one stands for; 0 (illegal) if it stands for none.
uint32_t expand_compressed(uint16_t half);

// Decodes the 32-bit word at `pc`; `raw` and `bytes` describe what was really fetched.
Op decode(uint32_t word, uint32_t pc, uint32_t raw, uint8_t bytes);

// Decodes what is fetched at `pc`: `fetched` holds 32 bits, the upper 16 unused if the lower are
// compressed.
Op decode_fetched(uint32_t fetched, uint32_t pc);

}  // namespace msd::platform
