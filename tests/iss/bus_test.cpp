// The bus, RAM, UART and exit device, accessed without a CPU.
#include <tlm_utils/simple_initiator_socket.h>
#include <catch2/catch.hpp>

#include "platform/bus/bus.h"
#include "platform/bus/devices.h"
#include "tests/iss/device.h"

using namespace msd::platform;
using msd::test::Device;
using sc_core::sc_time;

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
        offset.on_access =
            absolute.on_access = [this](uint32_t a, bool, uint32_t&) { seen.push_back(a); };
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
    for (const uint64_t address : {uint64_t{0}, uint64_t{0x40000ffd}, uint64_t{0x40001000},
                                   uint64_t{0x3fffffff}, uint64_t{0xffffffff}}) {
        CHECK(b.probe.access(true, address, 4, value) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    CHECK(b.warnings.size() == 5);
    CHECK(b.warnings[1] == "write of 4 bytes at 0x40000ffd, where nothing is mapped");
    CHECK(b.seen.size() == 2);
}

TEST_CASE("an expected hole is refused without a warning, its neighbours with one") {
    ProbeBench b;
    b.bus.expect_hole(0x0b000000, 0x1000);
    for (const uint32_t address : {0x0b000000u, 0x0b000ffcu, 0x0affffffu, 0x0b001000u})
        CHECK_FALSE(b.write(address, 1, 0));
    CHECK(b.warnings.size() == 2);
}

TEST_CASE("overlapping and empty ranges are refused") {
    Bus bus("bus");
    Ram a("a", 4096), c("c", 4096);
    bus.map(0x1000, 0x1000, a.socket);
    CHECK_THROWS_WITH(bus.map(0x1fff, 1, c.socket),
                      "bus: range 0x1fff..0x2000 overlaps 0x1000..0x2000");
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
    CHECK(b.warnings[0] ==
          "write of 4 bytes at register 0x0; there are 8 registers of one byte each");
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
