// Each instruction against written-out values; the words come from the GNU assembler.
#include <catch2/catch.hpp>

#include "tests/iss/machine.h"

using msd::test::kBase;
using msd::test::Machine;

namespace {

struct Binary {
    const char* text;
    uint32_t word;  // rd = x5, rs1 = x6, rs2 = x7
    uint32_t a, b, expected;
};

void check(const Binary& c) {
    Machine m;
    m.put(kBase, {c.word});
    m.hart.set_x(6, c.a);
    m.hart.set_x(7, c.b);
    m.step();
    INFO(c.text << " of " << std::hex << c.a << " and " << c.b);
    CHECK(m.hart.x(5) == c.expected);
    CHECK(m.hart.pc() == kBase + 4);
    CHECK(m.hart.retired() == 1);
    CHECK(m.hart.cycle() == 1);
}

}  // namespace

TEST_CASE("register operations compute as the specification says") {
    const Binary cases[] = {
        {"add", 0x007302b3, 0xffffffff, 2, 1},
        {"sub", 0x407302b3, 1, 2, 0xffffffff},
        {"sll uses five bits", 0x007312b3, 0x40000001, 33, 0x80000002},
        {"slt", 0x007322b3, 0x80000000, 1, 1},
        {"slt", 0x007322b3, 1, 0x80000000, 0},
        {"sltu", 0x007332b3, 0x80000000, 1, 0},
        {"xor", 0x007342b3, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0},
        {"srl", 0x007352b3, 0x80000000, 31, 1},
        {"sra", 0x407352b3, 0x80000000, 31, 0xffffffff},
        {"or", 0x007362b3, 0xf0000000, 0x0f, 0xf000000f},
        {"and", 0x007372b3, 0xff00ff00, 0x0ff00ff0, 0x0f000f00},
        {"addi", 0x80030293, 2047, 0, 0xffffffff},
        {"addi", 0x7ff30293, 1, 0, 2048},
        {"slti -1", 0xfff32293, 0xfffffffe, 0, 1},
        {"sltiu -1", 0xfff33293, 0xfffffffe, 0, 1},
        {"sltiu -1", 0xfff33293, 0xffffffff, 0, 0},
        {"xori -1", 0xfff34293, 0x12345678, 0, 0xedcba987},
        {"ori", 0x05536293, 0xf00, 0, 0xf55},
        {"andi", 0x0f037293, 0xfff, 0, 0xf0},
        {"slli 31", 0x01f31293, 3, 0, 0x80000000},
        {"srli 31", 0x01f35293, 0x80000000, 0, 1},
        {"srai 31", 0x41f35293, 0x80000000, 0, 0xffffffff},
        {"lui", 0xfffff2b7, 0, 0, 0xfffff000},
        {"auipc wraps", 0x80000297, 0, 0, 0},  // 0x80000000 + 0x80000000
    };
    for (const Binary& c : cases) check(c);
}

TEST_CASE("multiplication and division follow the M extension in all corners") {
    const uint32_t min = 0x80000000, minus1 = 0xffffffff;
    const Binary cases[] = {
        {"mul", 0x027302b3, 0x10001, 0x10001, 0x00020001},
        {"mulh", 0x027312b3, minus1, minus1, 0},
        {"mulh", 0x027312b3, min, min, 0x40000000},
        {"mulh", 0x027312b3, min, 2, minus1},
        {"mulhsu", 0x027322b3, minus1, minus1, minus1},  // -1 * (2^32 - 1) = -2^32 + 1
        {"mulhsu", 0x027322b3, min, minus1, 0x80000000},
        {"mulhu", 0x027332b3, minus1, minus1, 0xfffffffe},
        {"div truncates", 0x027342b3, static_cast<uint32_t>(-7), 2, static_cast<uint32_t>(-3)},
        {"div", 0x027342b3, 7, static_cast<uint32_t>(-2), static_cast<uint32_t>(-3)},
        {"div by zero", 0x027342b3, 5, 0, minus1},
        {"div overflow", 0x027342b3, min, minus1, min},
        {"divu", 0x027352b3, minus1, 2, 0x7fffffff},
        {"divu by zero", 0x027352b3, 5, 0, minus1},
        {"divu min by -1", 0x027352b3, min, minus1, 0},
        {"rem sign of dividend", 0x027362b3, static_cast<uint32_t>(-7), 2, minus1},
        {"rem", 0x027362b3, 7, static_cast<uint32_t>(-2), 1},
        {"rem by zero", 0x027362b3, static_cast<uint32_t>(-7), 0, static_cast<uint32_t>(-7)},
        {"rem overflow", 0x027362b3, min, minus1, 0},
        {"remu", 0x027372b3, minus1, 16, 15},
        {"remu by zero", 0x027372b3, min, 0, min},
    };
    for (const Binary& c : cases) check(c);
}

TEST_CASE("register zero stays zero") {
    Machine m;
    m.put(kBase, {0x00700033 /* add x0, x0, x7 */, 0x340010f3 /* csrrw x1, mscratch, x0 */});
    m.hart.set_x(7, 99);
    m.step();
    m.step();
    CHECK(m.hart.x(0) == 0);
    CHECK(m.csr(0x340) == 0);
}

TEST_CASE("loads extend and stores touch their bytes only") {
    struct Load {
        const char* text;
        uint32_t word, expected;
    };
    const Load loads[] = {{"lb -1", 0xfff30283, 0xffffff80},
                          {"lbu -1", 0xfff34283, 0x80},
                          {"lh 2", 0x00231283, 0xffff9080},
                          {"lhu 2", 0x00235283, 0x9080},
                          {"lw 4", 0x00432283, 0x12345678}};
    for (const Load& l : loads) {
        Machine m;
        m.put(kBase, {l.word});
        m.put(kBase + 0x100, {0x80000000, 0x90800000, 0x12345678});
        m.hart.set_x(6, kBase + 0x104);
        m.step();
        INFO(l.text);
        CHECK(m.hart.x(5) == l.expected);
        CHECK(m.accesses == 0);
    }
    Machine m;
    m.put(kBase, {0xfe730fa3 /* sb -1 */, 0x00731123 /* sh 2 */, 0x00732223 /* sw 4 */});
    m.put(kBase + 0x100, {0, 0, 0});
    m.hart.set_x(6, kBase + 0x104);
    m.hart.set_x(7, 0xa1b2c3d4);
    for (int i = 0; i < 3; ++i) m.step();
    CHECK(m.word(kBase + 0x100) == 0xd4000000);
    CHECK(m.word(kBase + 0x104) == 0xc3d40000);
    CHECK(m.word(kBase + 0x108) == 0xa1b2c3d4);
}

TEST_CASE("branches and jumps reach their whole range") {
    struct Jump {
        const char* text;
        uint32_t word, a, b;
        int32_t distance;  // from the instruction
        bool links;
    };
    const Jump jumps[] = {
        {"beq taken", 0x00730863, 5, 5, 16, false},
        {"beq not taken", 0x00730863, 5, 6, 4, false},
        {"bne taken", 0x00731863, 5, 6, 16, false},
        {"blt taken backwards", 0xfe7348e3, 0xffffffff, 0, -16, false},
        {"blt not taken", 0xfe7348e3, 0, 0xffffffff, 4, false},
        {"bge taken when equal", 0x7e735fe3, 3, 3, 4094, false},
        {"bltu taken", 0x80736063, 0, 0xffffffff, -4096, false},
        {"bgeu taken", 0x00737863, 0xffffffff, 0, 16, false},
        {"jal back", 0x800002ef, 0, 0, -1048576, true},
        {"jal ahead", 0x7ffff2ef, 0, 0, 1048574, true},
    };
    const uint32_t at = kBase + 0x8000;
    for (const Jump& j : jumps) {
        Machine m;
        m.put(at, {j.word});
        m.hart.set_pc(at);
        m.hart.set_x(6, j.a);
        m.hart.set_x(7, j.b);
        m.step();
        INFO(j.text);
        CHECK(m.hart.pc() == at + static_cast<uint32_t>(j.distance));
        CHECK(m.hart.x(5) == (j.links ? at + 4 : 0));
    }
    Machine m;  // jalr drops bit 0, and may link to its own base
    m.put(at, {0xffd302e7});
    m.hart.set_pc(at);
    m.hart.set_x(6, kBase + 0x104);
    m.step();
    CHECK(m.hart.pc() == kBase + 0x100);  // 0x104 - 3 = 0x101
    CHECK(m.hart.x(5) == at + 4);
}

TEST_CASE("compressed instructions do what their long forms do") {
    struct Compressed {
        const char* text;
        uint16_t half;
        unsigned rd;
        uint32_t expected;
        uint32_t pc_offset;
    };
    // x2 = base + 0x400, x5 = 0x11, x6 = 0x22, x8 = 0x80000f0f, x9 = base + 0x500; word at x9 +
    // 124: 77, at x2 + 252: 88.
    const uint32_t pc = kBase + 0x1000;
    const Compressed cases[] = {
        {"c.addi4spn x8,sp,1020", 0x1fe0, 8, kBase + 0x400 + 1020, 2},
        {"c.lw x8,124(x9)", 0x5ce0, 8, 77, 2},
        {"c.nop", 0x0001, 5, 0x11, 2},
        {"c.addi x5,-32", 0x1281, 5, 0x11 - 32u, 2},
        {"c.jal -2048", 0x3001, 1, pc + 2, static_cast<uint32_t>(-2048)},
        {"c.li x5,-32", 0x5281, 5, static_cast<uint32_t>(-32), 2},
        {"c.addi16sp -512", 0x7101, 2, kBase + 0x400 - 512, 2},
        {"c.addi16sp 496", 0x617d, 2, kBase + 0x400 + 496, 2},
        {"c.lui x5,0xfffe0", 0x7281, 5, 0xfffe0000, 2},
        {"c.srli x8,31", 0x807d, 8, 1, 2},
        {"c.srai x8,31", 0x847d, 8, 0xffffffff, 2},
        {"c.andi x8,-32", 0x9801, 8, 0x80000f00, 2},
        {"c.sub x8,x9", 0x8c05, 8, 0x80000f0f - 0x80000500, 2},
        {"c.xor x8,x9", 0x8c25, 8, 0x80000f0f ^ 0x80000500, 2},
        {"c.or x8,x9", 0x8c45, 8, 0x80000f0f, 2},
        {"c.and x8,x9", 0x8c65, 8, 0x80000500, 2},
        {"c.j 2046", 0xaffd, 5, 0x11, 2046},
        {"c.beqz not taken", 0xd001, 5, 0x11, 2},
        {"c.bnez 254 taken", 0xec7d, 5, 0x11, 254},
        {"c.slli x5,31", 0x02fe, 5, 0x80000000, 2},
        {"c.lwsp x5,252", 0x52fe, 5, 88, 2},
        {"c.mv x5,x6", 0x829a, 5, 0x22, 2},
        {"c.add x5,x6", 0x929a, 5, 0x33, 2},
    };
    for (const Compressed& c : cases) {
        Machine m;
        m.put16(pc, c.half);
        m.put(kBase + 0x500 + 124, {77});
        m.put(kBase + 0x400 + 252, {88});
        m.hart.set_pc(pc);
        m.hart.set_x(2, kBase + 0x400);
        m.hart.set_x(5, 0x11);
        m.hart.set_x(6, 0x22);
        m.hart.set_x(8, 0x80000f0f);
        m.hart.set_x(9, kBase + 0x500);
        m.step();
        INFO(c.text);
        CHECK(m.hart.x(c.rd) == c.expected);
        CHECK(m.hart.pc() == pc + c.pc_offset);
        CHECK(m.hart.retired() == 1);
    }
    Machine m;
    m.put16(pc, 0xd001);  // c.beqz x8,-256 taken
    m.hart.set_pc(pc);
    m.step();
    CHECK(m.hart.pc() == pc - 256);
    for (const bool link : {false, true}) {
        m.put16(pc, link ? 0x9282 : 0x8282);  // c.jalr x5, c.jr x5
        m.hart.set_pc(pc);
        m.hart.set_x(1, 7);
        m.hart.set_x(5, kBase + 0x301);
        m.step();
        CHECK(m.hart.pc() == kBase + 0x300);
        CHECK(m.hart.x(1) == (link ? pc + 2 : 7));
    }
    m.put16(pc, 0xdce0);      // c.sw x8,124(x9)
    m.put16(pc + 2, 0xdf96);  // c.swsp x5,252(sp)
    m.hart.set_pc(pc);
    m.hart.set_x(2, kBase + 0x400);
    m.hart.set_x(5, 0x55);
    m.hart.set_x(8, 0x88);
    m.hart.set_x(9, kBase + 0x500);
    m.step();
    m.step();
    CHECK(m.word(kBase + 0x500 + 124) == 0x88);
    CHECK(m.word(kBase + 0x400 + 252) == 0x55);
}

TEST_CASE("an instruction may be stored over one that was already executed") {
    Machine m;
    // 0: sw x7, 8(x6)   4: j back is not needed: run 8 first, then 0, then 8 again
    m.put(kBase, {0x00732223 /* sw x7,4(x6) */, 0x00000013, 0x00100293 /* addi x5,x0,1 */});
    m.hart.set_pc(kBase + 8);
    m.step();
    CHECK(m.hart.x(5) == 1);
    m.hart.set_pc(kBase);
    m.hart.set_x(6, kBase + 4);
    m.hart.set_x(7, 0x00200293);  // addi x5,x0,2
    for (int i = 0; i < 3; ++i) m.step();
    CHECK(m.hart.x(5) == 2);

    // A halfword store into the upper half of a 32-bit instruction that crosses a 64-byte line.
    m.put16(kBase + 0x13e, 0x0293);
    m.put16(kBase + 0x140, 0x0010);
    m.hart.set_pc(kBase + 0x13e);
    m.step();
    CHECK(m.hart.x(5) == 1);
    m.put(kBase, {0x00731123 /* sh x7,2(x6) */});
    m.hart.set_pc(kBase + 0x13e);
    m.step();  // decodes it again after put()
    m.hart.set_x(6, kBase + 0x13e);
    m.hart.set_x(7, 0x0030);
    m.hart.set_pc(kBase);
    m.step();
    m.hart.set_pc(kBase + 0x13e);
    m.step();
    CHECK(m.hart.x(5) == 3);
}

TEST_CASE("every retired instruction is traced with its result") {
    Machine m;
    std::vector<msd::platform::Retired> trace;
    m.hart.set_trace([&](const msd::platform::Retired& r) { trace.push_back(r); });
    m.put(kBase, {0x00700293 /* addi x5,x0,7 */, 0x00732223 /* sw x7,4(x6) */,
                  0x340292f3 /* csrrw x5,mscratch,x5 */, 0x00000000 /* illegal */});
    m.hart.set_x(6, kBase + 0x200);
    m.hart.run(4);
    REQUIRE(trace.size() == 3);  // the last one trapped
    CHECK(trace[0].cycle == 0);
    CHECK(trace[0].pc == kBase);
    CHECK(trace[0].rd == 5);
    CHECK(trace[0].value == 7);
    CHECK(trace[1].instruction == 0x00732223);
    CHECK(trace[1].rd == 0);
    CHECK(trace[2].cycle == 2);
    CHECK(trace[2].rd == 5);
    CHECK(trace[2].value == 0);
    CHECK(m.hart.retired() == 3);
}
