// The CPU in SystemC: time, quantum, interrupts, sleep and reset.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "firmware/firmware_image.h"
#include "platform/bus/bus.h"
#include "platform/bus/devices.h"
#include "platform/iss/cpu.h"
#include "platform/iss/elf.h"
#include "tests/iss/device.h"

using namespace msd::platform;
using msd::test::Device;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

// Raises or lowers the interrupt line at given times.
struct Driver : sc_core::sc_module {
    sc_core::sc_out<bool> irq{"irq"};
    std::vector<std::pair<sc_time, bool>> changes;
    SC_HAS_PROCESS(Driver);
    explicit Driver(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }
    void run() {
        for (const auto& [when, level] : changes) {
            if (when > sc_core::sc_time_stamp()) wait(when - sc_core::sc_time_stamp());
            irq.write(level);
        }
    }
};

constexpr uint32_t kRam = 0x80000000, kDevice = 0x40000000;

struct Bench {
    Cpu cpu;
    Bus bus{"bus"};
    Ram ram{"ram", 1 << 20};
    Uart uart{"uart"};
    ExitDevice exit{"exit"};
    Device device{"device"}, memory{"memory"};
    Driver driver{"driver"};
    sc_core::sc_signal<bool> irq{"irq"};
    std::string text;
    std::vector<std::string> warnings;
    std::vector<uint32_t> exits;
    sc_time exit_time;

    explicit Bench(unsigned quantum = 1000, unsigned bus_cycles = 2)
        : cpu("cpu", CpuConfig{sc_time(10, SC_NS), quantum, bus_cycles, kRam, 1 << 20}) {
        cpu.bus.bind(bus.target);
        bus.map(kRam, ram.size(), ram.socket);
        bus.map(0x10000000, 0x100, uart.socket);
        bus.map(0x00100000, 0x1000, exit.socket);
        bus.map(kDevice, 0x1000, device.socket);
        bus.map(0x80100000, 0x1000, memory.socket, Addressing::kAbsolute);
        cpu.irq.bind(irq);
        driver.irq.bind(irq);
        uart.on_char = [this](char c) { text += c; };
        exit.on_exit = [this](uint32_t code) {
            exits.push_back(code);
            exit_time = sc_core::sc_time_stamp();
            sc_core::sc_pause();
        };
        const auto warn = [this](const std::string& w) { warnings.push_back(w); };
        bus.on_warning = uart.on_warning = exit.on_warning = warn;
    }

    void put(uint32_t address, std::initializer_list<uint32_t> words) {
        for (const uint32_t w : words) {
            std::memcpy(ram.data() + (address - kRam), &w, 4);
            address += 4;
        }
    }
    uint32_t word(uint32_t address) {
        uint32_t w;
        std::memcpy(&w, ram.data() + (address - kRam), 4);
        return w;
    }
    void load_firmware() {
        ram.clear();
        const Elf elf = parse_elf(kFirmwareElf, kFirmwareElfSize, "firmware");
        elf.load(ram.data(), kRam, 1 << 20);
        cpu.reset(elf.entry);
    }
    void run_ns(double ns) { sc_core::sc_start(sc_time(ns, SC_NS)); }
};

constexpr uint32_t kNop = 0x00000013, kWfi = 0x10500073, kLoopHere = 0x0000006f;
constexpr uint32_t kLuiDevice = 0x400000b7;       // lui x1,0x40000
constexpr uint32_t kLoad = 0x0000a103;            // lw x2,0(x1)
constexpr uint32_t kStore = 0x0020a223;           // sw x2,4(x1)
constexpr uint32_t kReadCycle = 0xb00021f3;       // csrr x3,mcycle
constexpr uint32_t kLuiExit = 0x001002b7;         // lui x5,0x100
constexpr uint32_t kLuiPass = 0x00005337;         // lui x6,5
constexpr uint32_t kAddiPass = 0x55530313;        // addi x6,x6,0x555
constexpr uint32_t kExit = 0x0062a023;            // sw x6,0(x5)
constexpr uint32_t kEnableExternal = 0x30429073;  // csrw mie,x5

}  // namespace

TEST_CASE("the cpu does nothing before its first reset and starts at a clock edge") {
    Bench b;
    b.put(kRam, {kLuiDevice, kLoad, kLoopHere});
    b.run_ns(23);
    CHECK(b.cpu.halted());
    CHECK(b.device.times.empty());
    b.cpu.reset(kRam);
    b.run_ns(1);
    CHECK_FALSE(b.cpu.halted());
    b.run_ns(100);
    REQUIRE(b.device.times.size() == 1);
    CHECK(b.device.times[0] ==
          sc_time(30 + 10, SC_NS));  // edge after 23 ns, one instruction before
}

TEST_CASE("each bus access happens in its own exact cycle, whatever the quantum") {
    for (const bool blocks : {true, false}) {
        // Elaborates once a process: one bench, the two ways to take time one after the other.
        static Bench b{7, 3};
        const sc_time origin = sc_core::sc_time_stamp();
        b.put(kRam, {kLuiDevice, kNop, kLoad /* cycle 2 */, kReadCycle, kNop, kStore, kReadCycle,
                     kLuiExit, kLuiPass, kAddiPass, kExit});
        b.device.latency = sc_time(34, SC_NS);  // 4 cycles
        b.device.blocks = blocks;
        b.device.times.clear();
        b.exits.clear();
        b.cpu.reset(kRam);
        b.run_ns(1000);
        REQUIRE(b.device.times.size() == 2);
        CHECK(b.device.times[0] - origin == sc_time(20, SC_NS));
        // load: 1 + 4 + bus 3 = 8 cycles; so csrr at 10, nop 11, store 12
        CHECK(b.device.times[1] - origin == sc_time(120, SC_NS));
        CHECK(b.cpu.hart().x(3) == 20);  // 12 + 8
        REQUIRE(b.exits == std::vector<uint32_t>{0});
        CHECK(b.exit_time - origin ==
              sc_time(240, SC_NS));  // csrr 20, three instructions, store 24
        CHECK(b.cpu.halted());
        CHECK(b.cpu.stats().bus_accesses == 3);
        CHECK(b.cpu.stats().wait_cycles == 7 + 7 + 3);
        CHECK(b.cpu.stats().instructions == 11);
        CHECK(b.cpu.waiting() == "has ended");
        b.run_ns(90);
    }
}

namespace {

// Sleeps for the interrupt twice; returns the cycles at which the CPU went on.
void run_sleeper(unsigned quantum) {
    Bench b(quantum);
    b.driver.changes = {
        {sc_time(500, SC_NS), true}, {sc_time(604, SC_NS), false}, {sc_time(1203, SC_NS), true}};
    b.put(kRam, {0x000012b7 /* lui x5,1 */, 0x80028293 /* addi x5,x5,-2048 */, kEnableExternal,
                 kWfi, kReadCycle, kLuiDevice, kStore, 0x344022f3 /* csrr x5,mip */,
                 0xfe029ee3 /* bnez x5,-4 */, kWfi, 0xb0002273 /* csrr x4,mcycle */, kStore, kWfi,
                 kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(490);
    CHECK(b.cpu.sleeping());
    CHECK(b.cpu.waiting() == "sleeps until irq");
    b.run_ns(15);
    CHECK(b.cpu.sleeping());
    b.run_ns(900);
    CHECK(b.cpu.hart().x(3) == 51);   // the level of cycle 50 is seen in 51
    CHECK(b.cpu.hart().x(4) == 121);  // raised within cycle 120
    REQUIRE(b.device.times.size() == 2);
    CHECK(b.device.times[0] == sc_time(530, SC_NS));
    CHECK(b.device.times[1] == sc_time(1220, SC_NS));
    CHECK_FALSE(b.cpu.sleeping());  // the line is still high: the last wfi did not sleep
    CHECK(b.cpu.stats().sleep_cycles > 100);
}

}  // namespace

TEST_CASE("wfi ends in the cycle after the interrupt line rose, with a long quantum") {
    run_sleeper(1000);
}
TEST_CASE("wfi ends in the cycle after the interrupt line rose, with quantum 1") {
    run_sleeper(1);
}

TEST_CASE("a level of the interrupt line is seen from the next cycle on") {
    Bench b;
    b.driver.changes = {{sc_time(40, SC_NS), true}, {sc_time(60, SC_NS), false}};
    b.put(kRam, {kNop, kNop, kNop, kNop, 0x34402573 /* csrr x10,mip: cycle 4 */,
                 0x344025f3 /* x11 */, 0x34402673 /* x12 */, 0x344026f3 /* x13 */, kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(200);
    CHECK(b.cpu.hart().x(10) == 0);
    CHECK(b.cpu.hart().x(11) == 1 << 11);
    CHECK(b.cpu.hart().x(12) == 1 << 11);
    CHECK(b.cpu.hart().x(13) == 0);
}

TEST_CASE("wfi with the interrupt disabled in mie sleeps until a reset") {
    Bench b;
    b.driver.changes = {{sc_time(100, SC_NS), true}};
    b.put(kRam, {kWfi, kLuiDevice, kStore, kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(5000);
    CHECK(b.cpu.sleeping());
    CHECK(b.device.times.empty());
    b.cpu.reset(kRam + 4);
    b.run_ns(100);
    CHECK_FALSE(b.cpu.sleeping());
    REQUIRE(b.device.times.size() == 1);
    CHECK(b.device.times[0] == sc_time(5000 + 10, SC_NS));  // the reset took effect at once
}

TEST_CASE("an enabled interrupt reaches running code within a quantum") {
    Bench b(50);
    b.driver.changes = {{sc_time(1000, SC_NS), true}};
    b.put(kRam, {0x000012b7 /* lui x5,1 */, 0x80028293, kEnableExternal,
                 0x80000337 /* lui x6,0x80000 */, 0x10030313 /* addi x6,x6,256 */,
                 0x30531073 /* csrw mtvec,x6 */, 0x30046073 /* csrsi mstatus,8 */, kLoopHere});
    b.put(kRam + 0x100, {kReadCycle, kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(990);
    CHECK(b.cpu.stats().traps == 0);
    b.run_ns(2000);
    CHECK(b.cpu.stats().traps == 1);
    CHECK(b.cpu.hart().x(3) > 100);
    CHECK(b.cpu.hart().x(3) <= 100 + 50 + 2);
}

TEST_CASE("a reset during an access to a slow target waits for its answer, then starts over") {
    Bench b;
    b.device.latency = sc_time(1000, SC_NS);
    b.put(kRam, {kLuiDevice, kLoad, kLuiExit, kExit});
    b.put(kRam + 0x100,
          {0x001002b7, 0x00073337 /* lui x6,0x73 */, 0x33330313 /* addi x6,x6,0x333 */, kExit});
    b.cpu.reset(kRam);
    b.run_ns(100);
    CHECK(b.cpu.waiting() == fmt::format("waits for the bus at pc {:#x}", kRam + 4));
    b.cpu.reset(kRam + 0x100);
    b.run_ns(800);
    CHECK(b.exits.empty());
    b.run_ns(200);
    CHECK(b.exits == std::vector<uint32_t>{7});  // 0x73333: code 7
    CHECK(b.cpu.stats().instructions == 4);
}

TEST_CASE("an access to nothing is a fault in the hart and one warning") {
    Bench b;
    b.put(kRam, {0x0b0000b7 /* lui x1,0x0b000 */, 0x80000337, 0x10030313,
                 0x30531073 /* csrw mtvec,x6 */, kLoad, kLoopHere});
    b.put(kRam + 0x100,
          {0x342021f3 /* csrr x3,mcause */, 0x34302273 /* csrr x4,mtval */, kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(1000);
    CHECK(b.cpu.hart().x(3) == 5);
    CHECK(b.cpu.hart().x(4) == 0x0b000000);
    REQUIRE(b.warnings.size() == 1);
    CHECK(b.warnings[0] == "read of 4 bytes at 0xb000000, where nothing is mapped");
}

TEST_CASE("the firmware runs twice in one elaboration with the same result and time") {
    Bench b;
    CpuStats stats[2];
    for (int run = 0; run < 2; ++run) {
        b.text.clear();
        b.exits.clear();
        b.load_firmware();
        const sc_time start = sc_core::sc_time_stamp();
        b.run_ns(1e6);
        CHECK(b.text == "self-test checksum 0x19988c32\nno program\n");
        CHECK(b.exits == std::vector<uint32_t>{0});
        CHECK(b.cpu.halted());
        CHECK(b.exit_time - start < sc_time(100, sc_core::SC_US));
        stats[run] = b.cpu.stats();
        CHECK(b.warnings.size() == 2u * (run + 1));  // the self-test's two faults
        const uint64_t halted_at = b.cpu.stats().cycles;
        b.run_ns(12345);
        CHECK(b.cpu.stats().cycles == halted_at);
    }
    CHECK(stats[0].cycles == stats[1].cycles);
    CHECK(stats[0].instructions == stats[1].instructions);
    CHECK(stats[0].instructions > 3000);
}

TEST_CASE("absurd cpu configurations are refused by name") {
    const auto check = [](CpuConfig c) { c.check(); };
    CpuConfig c;
    check(c);
    c.quantum_cycles = 0;
    CHECK_THROWS_WITH(check(c), "cpu: quantum_cycles = 0; at least 1");
    c = {};
    c.period = sc_core::SC_ZERO_TIME;
    CHECK_THROWS_WITH(check(c), "cpu: period is 0; give the clock's period");
    c = {};
    c.ram_bytes = 1000;
    CHECK_THROWS_WITH(check(c), "cpu: ram_bytes = 1000; a multiple of 4096 from 4096 to 67108864");
    c = {};
    c.ram_base = 0xfff80000;
    CHECK_THROWS_WITH(check(c), Catch::Matchers::Contains("leaves the address space"));
}
