// The CPU in SystemC: time, quantum, interrupts, sleep, reset, and the bus with its devices.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <functional>
#include <map>

#include "firmware/firmware_image.h"
#include "platform/bus/bus.h"
#include "platform/bus/devices.h"
#include "platform/iss/cpu.h"
#include "platform/iss/elf.h"

using namespace msd::platform;
using sc_core::sc_time;
using sc_core::SC_NS;

namespace {

// A register file that takes `cycles` for an access, and notes when each one came.
struct Device : sc_core::sc_module {
    tlm_utils::simple_target_socket<Device> socket{"socket"};
    sc_time latency;
    bool blocks = true;  // passes the latency in waiting, else in the annotated delay
    std::function<void(uint32_t address, bool write, uint32_t& value)> on_access;
    std::vector<sc_time> times;

    explicit Device(const sc_core::sc_module_name& name) : sc_module(name) {
        socket.register_b_transport(this, &Device::transport);
    }
    void transport(tlm::tlm_generic_payload& trans, sc_time& delay) {
        times.push_back(sc_core::sc_time_stamp() + delay);
        if (on_access) {
            on_access(static_cast<uint32_t>(trans.get_address()), trans.is_write(),
                      *reinterpret_cast<uint32_t*>(trans.get_data_ptr()));
        }
        if (blocks) {
            if (latency != sc_core::SC_ZERO_TIME) wait(latency);
        } else {
            delay += latency;
        }
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

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
constexpr uint32_t kLuiDevice = 0x400000b7;    // lui x1,0x40000
constexpr uint32_t kLoad = 0x0000a103;         // lw x2,0(x1)
constexpr uint32_t kStore = 0x0020a223;        // sw x2,4(x1)
constexpr uint32_t kReadCycle = 0xb00021f3;    // csrr x3,mcycle
constexpr uint32_t kLuiExit = 0x001002b7;      // lui x5,0x100
constexpr uint32_t kLuiPass = 0x00005337;      // lui x6,5
constexpr uint32_t kAddiPass = 0x55530313;     // addi x6,x6,0x555
constexpr uint32_t kExit = 0x0062a023;         // sw x6,0(x5)
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
    CHECK(b.device.times[0] == sc_time(30 + 10, SC_NS));  // edge after 23 ns, one instruction before
}

TEST_CASE("each bus access happens in its own exact cycle, whatever the quantum") {
    for (const bool blocks : {true, false}) {
        // Elaborates once a process: one bench, the two ways to take time one after the other.
        static Bench b{7, 3};
        const sc_time origin = sc_core::sc_time_stamp();
        b.put(kRam, {kLuiDevice, kNop, kLoad /* cycle 2 */, kReadCycle, kNop, kStore, kReadCycle, kLuiExit,
                     kLuiPass, kAddiPass, kExit});
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
        CHECK(b.exit_time - origin == sc_time(240, SC_NS));  // csrr 20, three instructions, store 24
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
    b.driver.changes = {{sc_time(500, SC_NS), true}, {sc_time(604, SC_NS), false}, {sc_time(1203, SC_NS), true}};
    b.put(kRam, {0x000012b7 /* lui x5,1 */, 0x80028293 /* addi x5,x5,-2048 */, kEnableExternal, kWfi,
                 kReadCycle, kLuiDevice, kStore, 0x344022f3 /* csrr x5,mip */, 0xfe029ee3 /* bnez x5,-4 */,
                 kWfi, 0xb0002273 /* csrr x4,mcycle */, kStore, kWfi, kLoopHere});
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

TEST_CASE("wfi ends in the cycle after the interrupt line rose, with a long quantum") { run_sleeper(1000); }
TEST_CASE("wfi ends in the cycle after the interrupt line rose, with quantum 1") { run_sleeper(1); }

TEST_CASE("a level of the interrupt line is seen from the next cycle on") {
    Bench b;
    b.driver.changes = {{sc_time(40, SC_NS), true}, {sc_time(60, SC_NS), false}};
    b.put(kRam, {kNop, kNop, kNop, kNop, 0x34402573 /* csrr x10,mip: cycle 4 */, 0x344025f3 /* x11 */,
                 0x34402673 /* x12 */, 0x344026f3 /* x13 */, kLoopHere});
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
    b.put(kRam, {0x000012b7 /* lui x5,1 */, 0x80028293, kEnableExternal, 0x80000337 /* lui x6,0x80000 */,
                 0x10030313 /* addi x6,x6,256 */, 0x30531073 /* csrw mtvec,x6 */, 0x30046073 /* csrsi mstatus,8 */,
                 kLoopHere});
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
    b.put(kRam + 0x100, {0x001002b7, 0x00073337 /* lui x6,0x73 */, 0x33330313 /* addi x6,x6,0x333 */, kExit});
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
    b.put(kRam, {0x0b0000b7 /* lui x1,0x0b000 */, 0x80000337, 0x10030313, 0x30531073 /* csrw mtvec,x6 */, kLoad, kLoopHere});
    b.put(kRam + 0x100, {0x342021f3 /* csrr x3,mcause */, 0x34302273 /* csrr x4,mtval */, kLoopHere});
    b.cpu.reset(kRam);
    b.run_ns(1000);
    CHECK(b.cpu.hart().x(3) == 5);
    CHECK(b.cpu.hart().x(4) == 0x0b000000);
    REQUIRE(b.warnings.size() == 1);
    CHECK(b.warnings[0] == "read of 4 bytes at 0xb000000, where nothing is mapped");
}

namespace {

// One access from outside the CPU.
struct Probe : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Probe> socket{"socket"};
    explicit Probe(const sc_core::sc_module_name& name) : sc_module(name) {}
    tlm::tlm_response_status access(bool write, uint64_t address, unsigned size, uint32_t& value) {
        tlm::tlm_generic_payload trans;
        trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        trans.set_address(address);
        trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        trans.set_data_length(size);
        trans.set_streaming_width(size);
        sc_time delay;
        socket->b_transport(trans, delay);
        CHECK(trans.get_address() == address);
        CHECK(delay == sc_core::SC_ZERO_TIME);
        return trans.get_response_status();
    }
};

struct ProbeBench {
    Probe probe{"probe"};
    Bus bus{"bus"};
    Ram ram{"ram", 4096};
    Uart uart{"uart"};
    ExitDevice exit{"exit"};
    std::string text;
    std::vector<std::string> warnings;
    std::vector<uint32_t> exits, seen;
    Device offset{"offset"}, absolute{"absolute"};

    ProbeBench() {
        probe.socket.bind(bus.target);
        bus.map(0x80000000, 4096, ram.socket);
        bus.map(0x10000000, 0x100, uart.socket);
        bus.map(0x00100000, 0x1000, exit.socket);
        bus.map(0x40000000, 0x1000, offset.socket);
        bus.map(0x90000000, 0x1000, absolute.socket, Addressing::kAbsolute);
        offset.on_access = absolute.on_access = [this](uint32_t a, bool, uint32_t&) { seen.push_back(a); };
        uart.on_char = [this](char c) { text += c; };
        exit.on_exit = [this](uint32_t code) { exits.push_back(code); };
        const auto warn = [this](const std::string& w) { warnings.push_back(w); };
        bus.on_warning = uart.on_warning = exit.on_warning = warn;
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
    }
    bool write(uint64_t address, unsigned size, uint32_t value) {
        return probe.access(true, address, size, value) == tlm::TLM_OK_RESPONSE;
    }
    uint32_t read(uint64_t address, unsigned size) {
        uint32_t value = 0;
        CHECK(probe.access(false, address, size, value) == tlm::TLM_OK_RESPONSE);
        return value;
    }
};

}  // namespace

TEST_CASE("the bus forwards offsets or whole addresses and refuses what belongs to no target") {
    ProbeBench b;
    CHECK(b.write(0x40000ffc, 4, 1));
    CHECK(b.write(0x90000010, 4, 1));
    CHECK(b.seen == std::vector<uint32_t>{0xffc, 0x90000010});
    uint32_t value = 0;
    for (const uint64_t address : {uint64_t{0}, uint64_t{0x40000ffd}, uint64_t{0x40001000}, uint64_t{0x3fffffff},
                                   uint64_t{0xffffffff}}) {
        CHECK(b.probe.access(true, address, 4, value) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    CHECK(b.warnings.size() == 5);
    CHECK(b.warnings[1] == "write of 4 bytes at 0x40000ffd, where nothing is mapped");
    CHECK(b.seen.size() == 2);
}

TEST_CASE("an expected hole is refused without a warning, its neighbours with one") {
    ProbeBench b;
    b.bus.expect_hole(0x0b000000, 0x1000);
    for (const uint32_t address : {0x0b000000u, 0x0b000ffcu, 0x0affffffu, 0x0b001000u}) CHECK_FALSE(b.write(address, 1, 0));
    CHECK(b.warnings.size() == 2);
}

TEST_CASE("overlapping and empty ranges are refused") {
    Bus bus("bus");
    Ram a("a", 4096), c("c", 4096);
    bus.map(0x1000, 0x1000, a.socket);
    CHECK_THROWS_WITH(bus.map(0x1fff, 1, c.socket), "bus: range 0x1fff..0x2000 overlaps 0x1000..0x2000");
    CHECK_THROWS_WITH(bus.map(0x3000, 0, c.socket), "bus: the range at 0x3000 is empty");
}

TEST_CASE("RAM is reached by transport, debug and DMI through the bus") {
    ProbeBench b;
    CHECK(b.write(0x80000ffc, 4, 0x12345678));
    CHECK(b.read(0x80000ffe, 1) == 0x34);
    uint32_t value = 0xa5a5a5a5;
    tlm::tlm_generic_payload trans;
    trans.set_command(tlm::TLM_WRITE_COMMAND);
    trans.set_address(0x80000010);
    trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    trans.set_data_length(4);
    CHECK(b.probe.socket->transport_dbg(trans) == 4);
    tlm::tlm_dmi dmi;
    REQUIRE(b.probe.socket->get_direct_mem_ptr(trans, dmi));
    CHECK(dmi.get_start_address() == 0x80000000);
    CHECK(dmi.get_end_address() == 0x80000fff);
    CHECK(dmi.get_dmi_ptr()[0x10] == 0xa5);
    trans.set_address(0x80001000);
    CHECK(b.probe.socket->transport_dbg(trans) == 0);
    CHECK_FALSE(b.probe.socket->get_direct_mem_ptr(trans, dmi));
    b.ram.clear();
    CHECK(dmi.get_dmi_ptr()[0x10] == 0);
}

TEST_CASE("the uart sends bytes, reports ready, and keeps its divisor apart") {
    ProbeBench b;
    CHECK(b.read(0x10000005, 1) == 0x60);
    for (const char c : std::string("ok\n")) b.write(0x10000000, 1, static_cast<uint8_t>(c));
    CHECK(b.text == "ok\n");
    b.write(0x10000003, 1, 0x83);  // DLAB
    b.write(0x10000000, 1, 13);
    b.write(0x10000001, 1, 1);
    CHECK(b.read(0x10000000, 1) == 13);
    CHECK(b.read(0x10000001, 1) == 1);
    b.write(0x10000003, 1, 0x03);
    CHECK(b.text == "ok\n");
    CHECK(b.read(0x10000001, 1) == 0);
    b.write(0x10000001, 1, 0xff);
    CHECK(b.read(0x10000001, 1) == 0x0f);
    b.write(0x10000002, 1, 1);
    CHECK(b.read(0x10000002, 1) == 0xc1);
    b.write(0x10000007, 1, 0x5a);
    CHECK(b.read(0x10000007, 1) == 0x5a);
    b.uart.reset();
    CHECK(b.read(0x10000007, 1) == 0);
    CHECK_FALSE(b.write(0x10000000, 4, 'x'));
    CHECK_FALSE(b.write(0x10000008, 1, 'x'));
    CHECK(b.text == "ok\n");
    REQUIRE(b.warnings.size() == 2);
    CHECK(b.warnings[0] == "write of 4 bytes at register 0x0; there are 8 registers of one byte each");
}

TEST_CASE("the exit device passes codes on and refuses nonsense") {
    ProbeBench b;
    b.write(0x100000, 4, 0x5555);
    b.write(0x100000, 4, 42u << 16 | 0x3333);
    b.write(0x100000, 4, 0x3333);
    CHECK(b.exits == std::vector<uint32_t>{0, 42, 1});
    CHECK(b.read(0x100000, 4) == 0);
    b.write(0x100000, 4, 0x1234);
    CHECK_FALSE(b.write(0x100000, 2, 0x5555));
    CHECK_FALSE(b.write(0x100004, 4, 0x5555));
    CHECK(b.exits.size() == 3);
    CHECK(b.warnings.size() == 3);
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
