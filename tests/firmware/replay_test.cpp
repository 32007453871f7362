// The firmware's logic on the host: replay, every error code, wrong programs.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "firmware/accelerator.h"
#include "firmware/exit_codes.h"
#include "firmware/selftest.h"
#include "ip/accelerator/accelerator_regs.h"
#include "tests/firmware/fake_machine.h"

using msd::test::FakeMachine;

namespace {

const char* const kSelftest = "self-test checksum 0x19988c32\n";

std::vector<uint32_t> count_to(uint32_t n) {
    std::vector<uint32_t> v(n);
    for (uint32_t i = 0; i < n; ++i) v[i] = i;
    return v;
}

}  // namespace

TEST_CASE("the self-test's checksum is the same on the host") {
    FakeMachine m({1});
    CHECK(selftest_arithmetic() == MSD_SELFTEST_CHECKSUM);
    CHECK(selftest_memory() == 1);
}

TEST_CASE("without a program the firmware says so and ends well") {
    FakeMachine m({1});
    m.header().magic = 0;
    CHECK(m.run() == 0);
    CHECK(m.uart == std::string(kSelftest) + "no program\n");
    CHECK(m.next == 0);
    CHECK(m.faults.empty());
}

TEST_CASE("every image posts each layer's list once, in order, and hands over one result") {
    FakeMachine m({3, 1, 7, 2, 5, 1, 1, 4, 9});
    m.frames_left = 3;
    m.busy_polls = 5;  // not idle at once
    CHECK(m.run() == 0);
    CHECK(m.faults == std::vector<std::string>{});
    CHECK(m.next == 3);
    CHECK(m.clears == 3);
    CHECK(m.results == std::vector<uint32_t>{0, 0, 0});
    REQUIRE(m.posted.size() == 27);
    for (uint32_t i = 0; i < 27; ++i) {
        CHECK(m.posted[i].address == m.layer(i % 9).tiles_address);
        CHECK(m.posted[i].count == m.layer(i % 9).tile_count);
    }
    REQUIRE(m.layers.size() == 27);
    for (uint32_t i = 0; i < 27; ++i) CHECK(m.layers[i] == i % 9);
    CHECK(m.uart == kSelftest);
    CHECK(m.longest_queue == 4);  // full, and never more
}

TEST_CASE("no image means no work") {
    FakeMachine m({1});
    m.frames_left = 0;
    CHECK(m.run() == 0);
    CHECK(m.next == 0);
    CHECK(m.posted.empty());
    CHECK(m.results.empty());
}

TEST_CASE("spurious wake-ups, other interrupts and several lists at once are tolerated") {
    FakeMachine m(std::vector<uint32_t>(20, 2));
    unsigned n = 0;
    m.on_sleep = [&] {
        switch (n++ % 5) {
            case 0:
                break;  // nothing at all
            case 1:
                m.raise(MSD_IRQ_STATUS_TILE);
                break;
            case 2:
                m.finish_list();
                m.finish_list();
                m.finish_list();
                break;
            case 3:
                m.raise(MSD_IRQ_STATUS_LIST);
                break;  // an interrupt without a list
            default:
                m.finish_list();
        }
    };
    CHECK(m.run() == 0);
    CHECK(m.faults == std::vector<std::string>{});
    CHECK(m.layers == count_to(20));
    CHECK(m.results == std::vector<uint32_t>{0});
    CHECK(m.lost_wakeups > 0);
}

TEST_CASE("a list that completes while the firmware looks is not lost") {
    FakeMachine m({1, 1, 1});
    m.on_sleep = [&] {
        m.finish_list();
        m.finish_list();
        m.finish_list();
        m.lists_done = 2;  // the third is counted after this look, with its interrupt
        m.on_sleep = [&] {
            m.lists_done = 3;
            m.raise(MSD_IRQ_STATUS_LIST);
        };
    };
    CHECK(m.run() == 0);
    CHECK(m.layers == count_to(3));
}

TEST_CASE("a count of lists beyond the posted ones does not run over the layers") {
    FakeMachine m({1, 1});
    m.on_sleep = [&] {
        m.lists_done = 4000000000u;
        m.queue.clear();
        m.raise(MSD_IRQ_STATUS_LIST);
    };
    CHECK(m.run() == 0);
    CHECK(m.layers == count_to(2));
}

TEST_CASE("each error code is reported with its layer, tile and name") {
    const char* const names[] = {"NONE",
                                 "MAGIC",
                                 "FLAGS",
                                 "EFFECTIVE_BITS",
                                 "GEOMETRY",
                                 "ACT_CAPACITY",
                                 "WEIGHT_CAPACITY",
                                 "ACC_CAPACITY",
                                 "OUT_CAPACITY",
                                 "CHANNEL_CAPACITY",
                                 "ALIGNMENT",
                                 "BUS",
                                 "QUEUE_FULL",
                                 "BUSY",
                                 "EMPTY_LIST",
                                 "?"};
    for (uint32_t code = 1; code <= 15; ++code) {
        FakeMachine m({3, 4, 5});
        m.frames_left = 2;
        m.on_sleep = [&] {
            if (m.lists_done == 0)
                m.finish_list();
            else
                m.fail(code, 3 + 2);
        };
        CHECK(m.run() == static_cast<int>(MSD_EXIT_ACCELERATOR + code));
        CHECK(m.results == std::vector<uint32_t>{code});
        CHECK(m.error_layer == 1);
        CHECK(m.host_error_tile == 5);
        CHECK(m.layers == count_to(1));
        CHECK(m.uart == fmt::format("{}layer 1 tile 2: error {}\n", kSelftest, names[code]));
        CHECK(m.next == 1);  // the second image is not begun
        CHECK(m.faults.empty());
    }
    CHECK(std::string(msd_error_name(0)) == "NONE");
}

TEST_CASE("an error without its interrupt is seen at the next look") {
    FakeMachine m({1, 1});
    m.on_sleep = [&] {
        m.fail(MSD_ERROR_BUS, 0);
        m.irq_status = 0;
    };
    CHECK(m.run() == static_cast<int>(MSD_EXIT_ACCELERATOR + MSD_ERROR_BUS));
    CHECK(m.error_layer == 0);
}

TEST_CASE("an error tile behind the last one belongs to the last layer") {
    FakeMachine m({2, 2});
    m.on_sleep = [&] { m.fail(MSD_ERROR_EMPTY_LIST, 100); };
    CHECK(m.run() == static_cast<int>(MSD_EXIT_ACCELERATOR + MSD_ERROR_EMPTY_LIST));
    CHECK(m.error_layer == 1);
    CHECK(m.host_error_tile == 100);
}

TEST_CASE("a program that does not fit is refused before anything is posted") {
    struct Case {
        std::function<void(FakeMachine&)> change;
        uint32_t exit;
        const char* message;
    };
    const char* const again = "; schedule the network again\n";
    const Case cases[] = {
        {[](FakeMachine& m) { m.header().version = 1; }, MSD_EXIT_VERSION,
         "program version 1, but this firmware replays version 2; schedule the network again\n"},
        {[](FakeMachine& m) { m.id = 0; }, MSD_EXIT_NO_ACCELERATOR,
         "no accelerator at 0x40000000\n"},
        {[](FakeMachine& m) { m.header().layer_count = 0; }, MSD_EXIT_HEADER,
         "program header: no layers"},
        {[](FakeMachine& m) { m.header().layer_count = 0x20000000; }, MSD_EXIT_HEADER,
         "program header: layer table lies outside the image"},
        {[](FakeMachine& m) { m.header().layers_address += 2; }, MSD_EXIT_HEADER,
         "program header: layer table lies outside the image"},
        {[](FakeMachine& m) { m.header().layers_address = 0x80000000; }, MSD_EXIT_HEADER,
         "program header: layer table lies outside the image"},
        {[](FakeMachine& m) { m.header().image_bytes = 63; }, MSD_EXIT_HEADER,
         "program header: image_bytes is wrong"},
        {[](FakeMachine& m) { m.header().memory_bytes = 128; }, MSD_EXIT_HEADER,
         "program header: image_bytes is wrong"},
        {[](FakeMachine& m) { m.header().input_bytes = 0xffffffff; }, MSD_EXIT_HEADER,
         "program header: input lies outside the program's memory"},
        {[](FakeMachine& m) { m.header().output_address += 8; }, MSD_EXIT_HEADER,
         "program header: output lies outside the program's memory"},
        {[](FakeMachine& m) { m.header().tile_count += 1; }, MSD_EXIT_HEADER,
         "program header: tile_count is not the sum over the layers"},
        {[](FakeMachine& m) { m.layer(1).tile_count = 0; }, MSD_EXIT_HEADER, "layer 1: no tiles"},
        {[](FakeMachine& m) { m.layer(0).tiles_address += 16; }, MSD_EXIT_HEADER,
         "layer 0: tile list is not aligned"},
        {[](FakeMachine& m) { m.layer(1).tile_count += 1; }, MSD_EXIT_HEADER,
         "layer 1: tile list lies outside the image"},
        {[](FakeMachine& m) { m.layer(1).tile_count = 0x01000000; }, MSD_EXIT_HEADER,
         "layer 1: tile list lies outside the image"},
        {[](FakeMachine& m) { m.size_lut = 47u << 16 | 48; }, MSD_EXIT_ARRAY,
         "program is scheduled for a LUT array of 48x48, but the accelerator has 48x47; schedule "
         "it for this "
         "device\n"},
        {[](FakeMachine& m) { m.size_dsp = 15u << 16 | 17; }, MSD_EXIT_ARRAY,
         "program is scheduled for a DSP array of 16x15, but the accelerator has 17x15; schedule "
         "it for this "
         "device\n"},
    };
    for (const Case& c : cases) {
        FakeMachine m({3, 4});
        c.change(m);
        std::string message = c.message;
        if (message.back() != '\n') message += again;
        INFO(message);
        CHECK(m.run() == static_cast<int>(c.exit));
        CHECK(m.uart == kSelftest + message);
        CHECK(m.posted.empty());
        CHECK(m.next == 0);
        CHECK(m.faults.empty());
    }
}

TEST_CASE("more layers than the table's cache holds are read from memory") {
    FakeMachine m(std::vector<uint32_t>(1100, 1));
    m.frames_left = 2;
    CHECK(m.run() == 0);
    CHECK(m.faults == std::vector<std::string>{});
    REQUIRE(m.posted.size() == 2200);
    for (uint32_t i = 0; i < 2200; ++i)
        REQUIRE(m.posted[i].address == m.layer(i % 1100).tiles_address);
}
