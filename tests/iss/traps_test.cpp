// Traps, control and status registers, interrupts and wfi.
#include <catch2/catch.hpp>

#include "tests/iss/machine.h"

using msd::platform::Hart;
using msd::test::kBase;
using msd::test::Machine;
using msd::test::Random;

namespace {

enum : uint32_t {
    kMstatus = 0x300,
    kMie = 0x304,
    kMtvec = 0x305,
    kMepc = 0x341,
    kMcause = 0x342,
    kMtval = 0x343,
    kMip = 0x344
};
constexpr uint32_t kHandler = kBase + 0x800;
constexpr uint32_t kNop = 0x00000013, kWfi = 0x10500073, kMret = 0x30200073;

void check_trap(Machine& m, uint32_t pc, uint32_t cause, uint32_t value) {
    CHECK(m.hart.pc() == kHandler);
    CHECK(m.csr(kMepc) == pc);
    CHECK(m.csr(kMcause) == cause);
    CHECK(m.csr(kMtval) == value);
}

}  // namespace

TEST_CASE("exceptions are precise and say why") {
    struct Case {
        const char* text;
        uint32_t word;
        uint32_t cause, value;
    };
    const uint32_t outside = 0x0b000000;  // x6
    const Case cases[] = {
        {"all ones", 0xffffffff, 2, 0xffffffff},
        {"compressed zero", 0x00000000, 2, 0},
        {"c.lwsp into x0", 0x00004002, 2, 0x4002},
        {"ecall", 0x00000073, 11, 0},
        {"ebreak", 0x00100073, 3, 0},
        {"c.ebreak", 0x00009002, 3, 0},
        {"lw", 0x00432283, 5, outside + 4},
        {"lb", 0xfff30283, 5, outside - 1},
        {"sw", 0x00732223, 7, outside + 4},
        {"sb", 0xfe730fa3, 7, outside - 1},
        {"csrrw of a register that does not exist", 0x7c0292f3, 2, 0x7c0292f3},
        {"csrrw of mhartid, which is read only", 0xf14292f3, 2, 0xf14292f3},
    };
    for (const Case& c : cases) {
        Machine m;
        m.put(kBase, {kNop, c.word});
        m.hart.write_csr(kMtvec, kHandler);
        m.hart.write_csr(kMstatus, 8);
        m.hart.set_x(5, 1234);
        m.hart.set_x(6, outside);
        m.step();
        CHECK(m.csr(kMepc) == 0);
        m.step();
        INFO(c.text);
        check_trap(m, kBase + 4, c.cause, c.value);
        CHECK(m.hart.x(5) == 1234);
        CHECK(m.hart.retired() == 1);
        CHECK(m.hart.cycle() == 2);        // a trap costs a cycle but retires nothing
        CHECK(m.csr(kMstatus) == 0x1880);  // MPP = machine, MPIE = 1, MIE = 0
    }
}

TEST_CASE("a misaligned access is allowed in RAM and traps outside") {
    Machine m;
    m.device[0x40000000] = m.device[0x40000004] = 0;
    m.put(kBase, {0x00432283 /* lw x5,4(x6) */, 0x00732223 /* sw x7,4(x6) */});
    m.put(kBase + 0x100, {0x44332211, 0x88776655});
    m.hart.write_csr(kMtvec, kHandler);
    m.hart.set_x(6, kBase + 0x101 - 4);
    m.step();
    CHECK(m.hart.x(5) == 0x55443322);
    for (const bool store : {false, true}) {
        m.hart.set_x(6, 0x40000001 - 4);
        m.hart.set_pc(kBase + (store ? 4 : 0));
        m.step();
        check_trap(m, kBase + (store ? 4 : 0), store ? 6 : 4, 0x40000001);
    }
    CHECK(m.accesses == 0);
}

TEST_CASE("code outside RAM and code cut off by its end are fetch faults") {
    Machine m;
    m.hart.write_csr(kMtvec, kHandler);
    m.hart.set_pc(0x40000000);
    m.step();
    check_trap(m, 0x40000000, 1, 0x40000000);
    const uint32_t last = kBase + static_cast<uint32_t>(m.ram.size()) - 2;
    m.put16(last, 0x0013);  // the lower half of a nop
    m.hart.set_pc(last);
    m.step();
    check_trap(m, last, 1, last + 2);
    m.put16(last, 0x0001);  // c.nop fits
    m.hart.set_pc(last);
    m.step();
    CHECK(m.hart.pc() == last + 2);
}

TEST_CASE("mret returns and restores the interrupt enable") {
    Machine m;
    m.put(kBase, {kMret});
    m.hart.write_csr(kMepc, kBase + 0x101);  // bit 0 does not exist
    m.hart.write_csr(kMstatus, 0x80);
    m.step();
    CHECK(m.hart.pc() == kBase + 0x100);
    CHECK(m.csr(kMstatus) == 0x1888);
    m.hart.set_pc(kBase);
    m.hart.write_csr(kMstatus, 0);
    m.step();
    CHECK(m.csr(kMstatus) == 0x1880);
}

TEST_CASE("csr instructions read the old value and write the new one") {
    Machine m;
    m.put(kBase,
          {0x340312f3 /* csrrw x5,mscratch,x6 */, 0x340322f3 /* csrrs */, 0x340332f3 /* csrrc */,
           0x340ad2f3 /* csrrwi 21 */, 0x340562f3 /* csrrsi 10 */, 0x3401f2f3 /* csrrci 3 */});
    m.hart.write_csr(0x340, 0x0f);
    m.hart.set_x(6, 0x35);
    const uint32_t after[] = {0x35, 0x35, 0, 21, 31, 28}, before[] = {0x0f, 0x35, 0x35, 0, 21, 31};
    for (int i = 0; i < 6; ++i) {
        m.step();
        INFO("instruction " << i);
        CHECK(m.hart.x(5) == before[i]);
        CHECK(m.csr(0x340) == after[i]);
    }
    CHECK(m.csr(0x301) == 0x40001104);  // RV32, I, M, C
    CHECK(m.csr(0xf14) == 0);
    m.hart.write_csr(kMie, 0xffffffff);
    CHECK(m.csr(kMie) == 0x888);
    m.put(kBase, {0xf14022f3 /* csrrs x5,mhartid,x0: a read */});
    m.hart.set_pc(kBase);
    m.step();
    CHECK(m.hart.pc() == kBase + 4);
}

TEST_CASE("mcycle counts cycles with stalls, minstret instructions, and both can be written") {
    Machine m;
    m.device[0x40000000] = 5;
    m.on_access = [&] { m.hart.stall(9); };
    m.put(kBase, {0x00032283 /* lw x5,0(x6) */, 0xb0002573 /* csrr x10,mcycle */,
                  0xb02025f3 /* csrr x11,minstret */, 0xb0061073 /* csrw mcycle,x12 */, 0xb0002573,
                  0xb0261073 /* csrw minstret,x12 */, 0xb02025f3, 0xb8061073 /* csrw mcycleh,x12 */,
                  0xb80026f3 /* csrr x13,mcycleh */, 0xc0102773 /* csrr x14,time */});
    m.hart.set_x(6, 0x40000000);
    m.hart.set_x(12, 1000);
    m.step();
    CHECK(m.hart.cycle() == 10);
    m.step();
    CHECK(m.hart.x(10) == 10);
    m.step();
    CHECK(m.hart.x(11) == 2);
    m.step();
    m.step();
    CHECK(m.hart.x(10) == 1000);
    m.step();
    m.step();
    CHECK(m.hart.x(11) == 1000);
    m.step();
    m.step();
    CHECK(m.hart.x(13) == 1000);
    m.step();
    CHECK(m.hart.x(14) == 18);  // not moved by writes to mcycle
}

TEST_CASE("an external interrupt is taken between instructions when enabled") {
    Machine m;
    m.put(kBase, {kNop, kNop, kNop});
    m.hart.write_csr(kMtvec, kHandler);
    m.hart.write_csr(kMie, 1 << 11);
    m.hart.set_external_interrupt(true);
    m.step();
    CHECK(m.hart.pc() == kBase + 4);  // pending, but mstatus.MIE = 0
    CHECK(m.csr(kMip) == 1 << 11);
    m.hart.write_csr(kMstatus, 8);
    m.step();
    check_trap(m, kBase + 4, 0x8000000b, 0);
    CHECK(m.hart.retired() == 1);
    CHECK((m.csr(kMstatus) & 8) == 0);
    m.hart.write_csr(kMie, 0);
    m.hart.write_csr(kMstatus, 8);
    m.hart.set_pc(kBase + 4);
    m.step();
    CHECK(m.hart.pc() == kBase + 8);  // mie.MEIE = 0
}

TEST_CASE("vectored interrupts go to their own entry, exceptions to the first") {
    Machine m;
    m.put(kBase, {kNop, 0xffffffff});
    m.hart.write_csr(kMtvec, kHandler | 1);
    m.hart.write_csr(kMie, 1 << 11);
    m.hart.write_csr(kMstatus, 8);
    m.hart.set_external_interrupt(true);
    m.step();
    CHECK(m.hart.pc() == kHandler + 4 * 11);
    m.hart.set_pc(kBase + 4);
    m.step();
    CHECK(m.hart.pc() == kHandler);
}

TEST_CASE("an interrupt that instructions enable is taken before the next one") {
    Machine m;
    bool line = false;
    m.on_sync = [&] { m.hart.set_external_interrupt(line); };
    m.put(kBase, {0x30046073 /* csrsi mstatus,8 */, kNop, kNop});
    m.hart.write_csr(kMtvec, kHandler);
    m.hart.write_csr(kMie, 1 << 11);
    line = true;  // arrives unnoticed; the write to mstatus looks
    m.hart.run(2);
    CHECK(m.csr(kMepc) == kBase + 4);
    CHECK(m.csr(kMcause) == 0x8000000b);
}

TEST_CASE("an interrupt that mret enables is taken before the instruction returned to") {
    Machine m;
    m.on_sync = [&] { m.hart.set_external_interrupt(true); };
    m.put(kBase, {kMret, kNop});
    m.hart.write_csr(kMtvec, kHandler);
    m.hart.write_csr(kMie, 1 << 11);
    m.hart.write_csr(kMstatus, 0x80);
    m.hart.write_csr(kMepc, kBase + 0x200);
    m.hart.run(2);
    check_trap(m, kBase + 0x200, 0x8000000b, 0);
}

TEST_CASE("wfi sleeps until an interrupt is pending, enabled globally or not") {
    for (const bool enabled : {false, true}) {
        Machine m;
        m.put(kBase, {kWfi, kNop, kNop});
        m.hart.write_csr(kMtvec, kHandler);
        m.hart.write_csr(kMie, 1 << 11);
        m.hart.write_csr(kMstatus, enabled ? 8 : 0);
        CHECK(m.hart.run(100) == Hart::State::kWaiting);
        CHECK(m.hart.retired() == 1);
        CHECK(m.hart.cycle() == 1);
        CHECK(m.hart.run(100) == Hart::State::kWaiting);  // nothing pending: no time passes
        CHECK(m.hart.cycle() == 1);
        m.hart.set_external_interrupt(true);
        CHECK(m.hart.run(2) == Hart::State::kRunning);
        if (enabled) {
            check_trap(m, kBase + 4, 0x8000000b, 0);
        } else {
            CHECK(m.hart.pc() == kBase + 8);
        }
    }
}

TEST_CASE("random instruction words never break the hart") {
    Random random(1);
    for (int round = 0; round < 400; ++round) {
        Machine m(1 << 12);
        m.device[0x40000000] = 1;
        m.on_access = [&] { m.hart.stall(random.below(4)); };
        for (size_t i = 0; i < m.ram.size(); i += 4) {
            uint32_t w = random();
            const uint32_t majors[] = {0x33, 0x13, 0x63, 0x03, 0x23, 0x73, 0x6f, 0x67};
            if (random.below(2)) w = (w & ~0x7fu) | majors[random.below(8)];
            std::memcpy(&m.ram[i], &w, 4);
        }
        m.hart.invalidate_code();
        m.hart.write_csr(kMtvec, kBase + 4 * random.below(1024));
        for (unsigned r = 1; r < 32; ++r) m.hart.set_x(r, kBase + random.below(1 << 13));
        uint64_t traced = 0;
        if (round % 2) m.hart.set_trace([&](const auto&) { ++traced; });
        for (int slice = 0; slice < 50; ++slice) {
            m.hart.set_external_interrupt(random.below(2));
            const uint64_t end = m.hart.cycle() + 100;
            const Hart::State state = m.hart.run(end);
            REQUIRE(state != Hart::State::kStopped);
            if (state == Hart::State::kRunning) REQUIRE(m.hart.cycle() >= end);
            REQUIRE(m.hart.cycle() <= end + 4);
        }
        REQUIRE(m.hart.x(0) == 0);
        REQUIRE(m.hart.retired() + m.hart.traps() <= m.hart.cycle());
        if (round % 2) REQUIRE(traced == m.hart.retired());
    }
}
