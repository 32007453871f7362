// RV32IMC decoder: compressed instructions are expanded first, so that there is one table of
// operations.
#include "platform/iss/decode.h"

namespace msd::platform {
namespace {

uint32_t bits(uint32_t word, unsigned hi, unsigned lo) {
    return (word >> lo) & ((1u << (hi - lo + 1)) - 1u);
}

int32_t sign_extend(uint32_t value, unsigned width) {
    return static_cast<int32_t>(value << (32 - width)) >> (32 - width);
}

// Encoders of the six formats, used by the expansion.
uint32_t r_type(uint32_t f7, uint32_t rs2, uint32_t rs1, uint32_t f3, uint32_t rd, uint32_t op) {
    return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
uint32_t i_type(int32_t imm, uint32_t rs1, uint32_t f3, uint32_t rd, uint32_t op) {
    return (static_cast<uint32_t>(imm) & 0xfffu) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
uint32_t s_type(uint32_t imm, uint32_t rs2, uint32_t rs1, uint32_t f3) {
    return bits(imm, 11, 5) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | bits(imm, 4, 0) << 7 | 0x23u;
}
uint32_t b_type(int32_t imm, uint32_t rs1, uint32_t f3) {
    const auto u = static_cast<uint32_t>(imm);
    return bits(u, 12, 12) << 31 | bits(u, 10, 5) << 25 | rs1 << 15 | f3 << 12 |
           bits(u, 4, 1) << 8 | bits(u, 11, 11) << 7 | 0x63u;
}
uint32_t j_type(int32_t imm, uint32_t rd) {
    const auto u = static_cast<uint32_t>(imm);
    return bits(u, 20, 20) << 31 | bits(u, 10, 1) << 21 | bits(u, 11, 11) << 20 |
           bits(u, 19, 12) << 12 | rd << 7 | 0x6fu;
}

// clang-format off
uint32_t expand_quadrant0(uint32_t h) {
    const uint32_t rd = 8 + bits(h, 4, 2), rs1 = 8 + bits(h, 9, 7);
    const uint32_t word_offset = bits(h, 12, 10) << 3 | bits(h, 6, 6) << 2 | bits(h, 5, 5) << 6;
    switch (bits(h, 15, 13)) {
        case 0: {  // c.addi4spn
            const uint32_t imm = bits(h, 12, 11) << 4 | bits(h, 10, 7) << 6 | bits(h, 6, 6) << 2 |
                                 bits(h, 5, 5) << 3;
            return imm == 0 ? 0 : i_type(static_cast<int32_t>(imm), 2, 0, rd, 0x13);
        }
        case 2: return i_type(static_cast<int32_t>(word_offset), rs1, 2, rd, 0x03);  // c.lw
        case 6: return s_type(word_offset, rd, rs1, 2);                              // c.sw
        default: return 0;  // floating point, reserved
    }
}

int32_t jump_offset(uint32_t h) {
    const uint32_t u = bits(h, 12, 12) << 11 | bits(h, 11, 11) << 4 | bits(h, 10, 9) << 8 |
                       bits(h, 8, 8) << 10 | bits(h, 7, 7) << 6 | bits(h, 6, 6) << 7 |
                       bits(h, 5, 3) << 1 | bits(h, 2, 2) << 5;
    return sign_extend(u, 12);
}

int32_t branch_offset(uint32_t h) {
    const uint32_t u = bits(h, 12, 12) << 8 | bits(h, 11, 10) << 3 | bits(h, 6, 5) << 6 |
                       bits(h, 4, 3) << 1 | bits(h, 2, 2) << 5;
    return sign_extend(u, 9);
}

uint32_t expand_arithmetic(uint32_t h, int32_t imm6) {  // quadrant 1, funct3 100
    const uint32_t rd = 8 + bits(h, 9, 7), rs2 = 8 + bits(h, 4, 2);
    const bool wide_shift = bits(h, 12, 12) != 0;  // shift amounts of 32 and more: not RV32
    switch (bits(h, 11, 10)) {
        case 0: return wide_shift ? 0 : r_type(0x00, bits(h, 6, 2), rd, 5, rd, 0x13);  // c.srli
        case 1: return wide_shift ? 0 : r_type(0x20, bits(h, 6, 2), rd, 5, rd, 0x13);  // c.srai
        case 2: return i_type(imm6, rd, 7, rd, 0x13);                                  // c.andi
        default: break;
    }
    if (wide_shift) return 0;  // c.subw, c.addw: RV64 only
    switch (bits(h, 6, 5)) {
        case 0: return r_type(0x20, rs2, rd, 0, rd, 0x33);   // c.sub
        case 1: return r_type(0x00, rs2, rd, 4, rd, 0x33);   // c.xor
        case 2: return r_type(0x00, rs2, rd, 6, rd, 0x33);   // c.or
        default: return r_type(0x00, rs2, rd, 7, rd, 0x33);  // c.and
    }
}

uint32_t expand_quadrant1(uint32_t h) {
    const uint32_t rd = bits(h, 11, 7);
    const int32_t imm6 = sign_extend(bits(h, 12, 12) << 5 | bits(h, 6, 2), 6);
    switch (bits(h, 15, 13)) {
        case 0: return i_type(imm6, rd, 0, rd, 0x13);  // c.nop, c.addi
        case 1: return j_type(jump_offset(h), 1);      // c.jal
        case 2: return i_type(imm6, 0, 0, rd, 0x13);   // c.li
        case 3:
            if (rd == 2) {  // c.addi16sp
                const uint32_t u = bits(h, 12, 12) << 9 | bits(h, 6, 6) << 4 | bits(h, 5, 5) << 6 |
                                   bits(h, 4, 3) << 7 | bits(h, 2, 2) << 5;
                return u == 0 ? 0 : i_type(sign_extend(u, 10), 2, 0, 2, 0x13);
            }
            return imm6 == 0 ? 0 : static_cast<uint32_t>(imm6) << 12 | rd << 7 | 0x37u;  // c.lui
        case 4: return expand_arithmetic(h, imm6);
        case 5: return j_type(jump_offset(h), 0);                           // c.j
        case 6: return b_type(branch_offset(h), 8 + bits(h, 9, 7), 0);      // c.beqz
        default: return b_type(branch_offset(h), 8 + bits(h, 9, 7), 1);     // c.bnez
    }
}

uint32_t expand_quadrant2(uint32_t h) {
    const uint32_t rd = bits(h, 11, 7), rs2 = bits(h, 6, 2);
    switch (bits(h, 15, 13)) {
        case 0: return bits(h, 12, 12) ? 0 : r_type(0, rs2, rd, 1, rd, 0x13);  // c.slli
        case 2: {                                                              // c.lwsp
            const uint32_t imm = bits(h, 12, 12) << 5 | bits(h, 6, 4) << 2 | bits(h, 3, 2) << 6;
            return rd == 0 ? 0 : i_type(static_cast<int32_t>(imm), 2, 2, rd, 0x03);
        }
        case 4:
            if (bits(h, 12, 12) == 0) {
                if (rs2 != 0) return r_type(0, rs2, 0, 0, rd, 0x33);  // c.mv
                return rd == 0 ? 0 : i_type(0, rd, 0, 0, 0x67);       // c.jr
            }
            if (rs2 != 0) return r_type(0, rs2, rd, 0, rd, 0x33);        // c.add
            return rd == 0 ? 0x00100073u : i_type(0, rd, 0, 1, 0x67);    // c.ebreak, c.jalr
        case 6:  // c.swsp
            return s_type(bits(h, 12, 9) << 2 | bits(h, 8, 7) << 6, rs2, 2, 2);
        default: return 0;  // floating point
    }
}

Opcode pick(const Opcode (&by_funct3)[8], uint32_t funct3) { return by_funct3[funct3]; }

Opcode decode_system(uint32_t word, uint32_t funct3) {
    using O = Opcode;
    if (funct3 != 0) {
        return pick({O::kIllegal, O::kCsrrw, O::kCsrrs, O::kCsrrc, O::kIllegal, O::kCsrrwi,
                     O::kCsrrsi, O::kCsrrci}, funct3);
    }
    switch (word) {
        case 0x00000073: return O::kEcall;
        case 0x00100073: return O::kEbreak;
        case 0x30200073: return O::kMret;
        case 0x10500073: return O::kWfi;
        default: return O::kIllegal;
    }
}

Opcode decode_register(uint32_t funct7, uint32_t funct3) {
    using O = Opcode;
    switch (funct7) {
        case 0x00: return pick({O::kAdd, O::kSll, O::kSlt, O::kSltu, O::kXor, O::kSrl, O::kOr,
                                O::kAnd}, funct3);
        case 0x01: return pick({O::kMul, O::kMulh, O::kMulhsu, O::kMulhu, O::kDiv, O::kDivu,
                                O::kRem, O::kRemu}, funct3);
        case 0x20: return funct3 == 0 ? O::kSub : funct3 == 5 ? O::kSra : O::kIllegal;
        default: return O::kIllegal;
    }
}

Opcode decode_immediate(uint32_t funct7, uint32_t funct3) {
    using O = Opcode;
    if (funct3 == 1) return funct7 == 0 ? O::kSlli : O::kIllegal;
    if (funct3 == 5) return funct7 == 0 ? O::kSrli : funct7 == 0x20 ? O::kSrai : O::kIllegal;
    return pick({O::kAddi, O::kIllegal, O::kSlti, O::kSltiu, O::kXori, O::kIllegal, O::kOri,
                 O::kAndi}, funct3);
}

// clang-format on

}  // namespace

uint32_t expand_compressed(uint16_t half) {
    switch (half & 3u) {
        case 0:
            return expand_quadrant0(half);
        case 1:
            return expand_quadrant1(half);
        case 2:
            return expand_quadrant2(half);
        default:
            return 0;
    }
}

Op decode(uint32_t word, uint32_t pc, uint32_t raw, uint8_t bytes) {
    using O = Opcode;
    Op op;
    op.raw = raw;
    op.bytes = bytes;
    const uint32_t rd = bits(word, 11, 7), funct3 = bits(word, 14, 12), funct7 = bits(word, 31, 25);
    op.rd = rd == 0 ? kSink : static_cast<uint8_t>(rd);
    op.rs1 = static_cast<uint8_t>(bits(word, 19, 15));
    op.rs2 = static_cast<uint8_t>(bits(word, 24, 20));
    op.imm = sign_extend(bits(word, 31, 20), 12);
    op.code = O::kIllegal;
    // clang-format off
    switch (word & 0x7fu) {
        case 0x37:
            op.code = O::kLui;
            op.imm = static_cast<int32_t>(word & 0xfffff000u);
            break;
        case 0x17:
            op.code = O::kLui;
            op.imm = static_cast<int32_t>(pc + (word & 0xfffff000u));
            break;
        case 0x6f: {
            const uint32_t u = bits(word, 31, 31) << 20 | bits(word, 19, 12) << 12 |
                               bits(word, 20, 20) << 11 | bits(word, 30, 21) << 1;
            op.code = O::kJal;
            op.imm = static_cast<int32_t>(pc + static_cast<uint32_t>(sign_extend(u, 21)));
            break;
        }
        case 0x67:
            if (funct3 == 0) op.code = O::kJalr;
            break;
        case 0x63: {
            const uint32_t u = bits(word, 31, 31) << 12 | bits(word, 7, 7) << 11 |
                               bits(word, 30, 25) << 5 | bits(word, 11, 8) << 1;
            op.code = pick({O::kBeq, O::kBne, O::kIllegal, O::kIllegal, O::kBlt, O::kBge, O::kBltu,
                            O::kBgeu}, funct3);
            op.imm = static_cast<int32_t>(pc + static_cast<uint32_t>(sign_extend(u, 13)));
            break;
        }
        case 0x03:
            op.code = pick({O::kLb, O::kLh, O::kLw, O::kIllegal, O::kLbu, O::kLhu, O::kIllegal,
                            O::kIllegal}, funct3);
            break;
        case 0x23:
            op.code = pick({O::kSb, O::kSh, O::kSw, O::kIllegal, O::kIllegal, O::kIllegal,
                            O::kIllegal, O::kIllegal}, funct3);
            op.imm = sign_extend(funct7 << 5 | rd, 12);
            break;
        case 0x13:
            op.code = decode_immediate(funct7, funct3);
            if (funct3 == 1 || funct3 == 5) op.imm = static_cast<int32_t>(bits(word, 24, 20));
            break;
        case 0x33: op.code = decode_register(funct7, funct3); break;
        case 0x0f:
            if (funct3 <= 1) op.code = O::kFence;
            break;
        case 0x73:
            op.code = decode_system(word, funct3);
            op.imm = static_cast<int32_t>(bits(word, 31, 20));
            break;
        default: break;
    }
    // clang-format on
    return op;
}

Op decode_fetched(uint32_t fetched, uint32_t pc) {
    if ((fetched & 3u) == 3u) return decode(fetched, pc, fetched, 4);
    const auto half = static_cast<uint16_t>(fetched);
    return decode(expand_compressed(half), pc, half, 2);
}

}  // namespace msd::platform
