// The published accelerator on the platform's DRAM: equal to the closed form where memory is ideal,
// near the published boards where it is not.
#include "platform/fccm23/replay.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>

#include "tests/support.h"

namespace {

using namespace msd;
using namespace msd::fccm23;

const sc_core::sc_time kPeriod(4673, sc_core::SC_PS);

platform::DramTimingConfig ideal() {
    platform::DramTimingConfig timing = platform::dram_preset("ideal");
    timing.ideal_latency_ps = 0;
    return timing;
}

std::vector<LayerCommand> published(const std::string& device, const std::string& network) {
    return commands(schedule(read_layers(test::data_path("msd/models/" + network + ".csv")),
                             published_hardware(device), 2),
                    published_host_array(device));
}

// Four layers: bound by computing, loading, writing, and one of a single tile.
std::vector<LayerCommand> small() {
    const auto layer = [](int k, int c, int o, int tiles, int lut) {
        ScheduleRow row;
        row.name = "layer";
        row.k = k, row.k_tiles = tiles, row.c = c, row.c_tiles = 1, row.o = o, row.o_tiles = 1;
        row.kernel = 3, row.stride = 1, row.ratio = static_cast<double>(lut) / k;
        row.effective_bits = 2;
        return row;
    };
    return commands({layer(64, 16, 16, 5, 32), layer(256, 32, 2, 4, 60), layer(64, 1, 20, 7, 32),
                     layer(16, 16, 4, 1, 4)},
                    {48, 16, 16});
}

}  // namespace

TEST_CASE("fccm23 replay: over an ideal memory it takes the cycles of the closed form") {
    platform::Replay replay("replay");
    // A read's first beat is there 1 cycle after its address, 2 pass from the last beat of a
    // write to its end; what is more is the memory's.
    const unsigned latencies[][3] = {{0, 0, 1}, {29, 8, 20}, {59, 18, 30}, {99, 28, 40}};
    for (const auto& l : latencies) {
        platform::ReplayMemory memory{"ideal", l[0], l[1], l[2], 256};
        const MemoryLatency same{l[0] + 1, l[1] + 2, l[2]};
        for (const InstructionFormat format : {InstructionFormat::k128, InstructionFormat::k64}) {
            const auto list = small();
            INFO("read " << same.read << " write " << same.write << " status " << same.status);
            const auto result =
                replay.run(list, format, 16, kPeriod, ideal(), memory, 1'000'000'000);
            REQUIRE(result.finished);
            CHECK(static_cast<int64_t>(result.cycles) == run_cycles(list, format, same));
            REQUIRE(result.layers.size() == list.size());
            for (std::size_t i = 0; i < list.size(); ++i)
                CHECK(static_cast<int64_t>(result.layers[i].end - result.layers[i].start) ==
                      stage_cycles(list[i], same).layer);
        }
    }
}

TEST_CASE("fccm23 replay: whole networks over an ideal memory take the closed form's cycles") {
    if (!test::have_data("msd/models/resnet18.csv")) return;
    platform::Replay replay("replay");
    for (const char* network : {"resnet18", "vitbase"}) {
        for (const std::string& device : published_devices()) {
            const auto list = published(device, network);
            const auto format = published_format(device);
            const auto beat = static_cast<unsigned>(published_host_array(device).beat_bytes);
            const auto result = replay.run(list, format, beat, kPeriod, ideal(),
                                           {"ideal", 59, 18, 30, 256}, 1'000'000'000);
            INFO(device << " " << network);
            CHECK(static_cast<int64_t>(result.cycles) == run_cycles(list, format, {60, 20, 30}));
        }
    }
}

// The comparison above is worth what it notices: a replay that is wrong in one thing only.
TEST_CASE("fccm23 replay: a beat, a slot, a tile or a cycle too many or too few is noticed") {
    platform::Replay replay("replay");
    auto right = small();
    ScheduleRow row;  // bound by the LUT array, in four by three steps
    row.name = "lut";
    row.k = 200, row.k_tiles = 3, row.c = 16, row.c_tiles = 1, row.o = 12, row.o_tiles = 1;
    row.kernel = 3, row.stride = 1, row.ratio = 0.95;
    row.effective_bits = 2;
    right.insert(right.begin(), command(row, {48, 16, 16}));
    const InstructionFormat format = InstructionFormat::k128;
    const platform::ReplayMemory memory{"ideal", 29, 8, 20, 256};
    const int64_t expected = run_cycles(right, format, {30, 10, 20});
    const auto cycles = [&](const std::vector<LayerCommand>& list,
                            const platform::ReplayMemory& m) {
        const auto result = replay.run(list, format, 16, kPeriod, ideal(), m, 1'000'000'000);
        REQUIRE(result.finished);
        return static_cast<int64_t>(result.cycles);
    };
    REQUIRE(cycles(right, memory) == expected);

    using Fault = std::pair<const char*, std::function<void(LayerCommand&, int)>>;
    const Fault faults[] = {
        {"activations", [](LayerCommand& c, int by) { c.act_beats += by, c.act_bytes += 16 * by; }},
        {"weights",
         [](LayerCommand& c, int by) { c.lut_weight_beats += by, c.weight_bytes += 16 * by; }},
        {"outputs", [](LayerCommand& c, int by) { c.lut_out_beats += by, c.out_bytes += 16 * by; }},
        {"LUT digits", [](LayerCommand& c, int by) { c.digit_depth += by; }},
        {"LUT channel steps", [](LayerCommand& c, int by) { c.lut_k_steps += by; }},
        {"LUT pixel steps", [](LayerCommand& c, int by) { c.lut_hw_steps += by; }},
        {"DSP depth", [](LayerCommand& c, int by) { c.dsp_hw_depth += by; }},
        {"DSP channel steps", [](LayerCommand& c, int by) { c.dsp_k_steps += by; }},
        {"tiles", [](LayerCommand& c, int by) { c.tiles += by; }},
    };
    for (const auto& [name, plant] : faults)
        for (const int by : {1, -1}) {
            // In some layer it counts: each is bound by something else.
            bool noticed = false;
            for (std::size_t i = 0; i < right.size() && !noticed; ++i) {
                auto wrong = right;
                plant(wrong[i], by);
                if (wrong[i].tiles < 1 || wrong[i].lut_k_steps < 1 || wrong[i].dsp_k_steps < 1 ||
                    wrong[i].lut_hw_steps < 1)
                    continue;
                noticed = cycles(wrong, memory) != expected;
            }
            INFO(name << (by > 0 ? ", one more" : ", one less"));
            CHECK(noticed);
        }
    auto dropped = right;
    dropped.erase(dropped.begin() + 1);
    CHECK(cycles(dropped, memory) != expected);
    for (unsigned platform::ReplayMemory::*latency :
         {&platform::ReplayMemory::read_latency_cycles,
          &platform::ReplayMemory::write_latency_cycles,
          &platform::ReplayMemory::status_latency_cycles})
        for (const int by : {1, -1}) {
            auto m = memory;
            m.*latency += static_cast<unsigned>(by);
            CHECK(cycles(right, m) != expected);
        }
}

TEST_CASE("fccm23 replay: stages of a layer keep their order, and every byte is moved") {
    platform::Replay replay("replay");
    using accelerator::Unit;
    const auto list = small();
    const platform::ReplayMemory memory = platform::published_memory("zcu102");
    std::map<std::pair<Unit, uint64_t>, accelerator::UnitSpan> spans;
    std::map<Unit, uint64_t> bytes;
    const auto result = replay.run(list, InstructionFormat::k128, 16, kPeriod,
                                   platform::dram_preset(memory.dram_preset), memory, 1'000'000'000,
                                   [&](const accelerator::UnitSpan& s) {
                                       spans[{s.unit, s.tile}] = s;
                                       bytes[s.unit] += s.bytes;
                                   });
    REQUIRE(result.finished);
    uint64_t tile = 0, act = 0, wgt = 0, out = 0, layer_start = 0;
    for (const LayerCommand& c : list) {
        for (int64_t i = 0; i < c.tiles; ++i, ++tile) {
            const auto& exec = spans.at({Unit::kExec, tile});
            const auto& store = spans.at({Unit::kStore, tile});
            CHECK(spans.at({Unit::kLoadAct, tile}).start >= layer_start);
            CHECK(exec.start > spans.at({Unit::kLoadAct, tile}).end);
            CHECK(exec.start > spans.at({Unit::kLoadWgt, tile}).end);
            CHECK(store.start >= exec.end);
            if (i > 0) {
                // A load starts with the execution before it; both halves of the outputs.
                CHECK(spans.at({Unit::kLoadAct, tile}).start ==
                      spans.at({Unit::kExec, tile - 1}).start);
                CHECK(exec.start >= spans.at({Unit::kExec, tile - 1}).end);
            }
            if (i > 0)
                CHECK(store.start >=
                      spans.at({Unit::kStore, tile - 1}).end + 1 + memory.status_latency_cycles);
            if (i > 1)
                CHECK(exec.start >=
                      spans.at({Unit::kStore, tile - 2}).end + 1 + memory.status_latency_cycles);
        }
        layer_start = spans.at({Unit::kStore, tile - 1}).end;
        act += static_cast<uint64_t>(c.tiles * c.act_bytes);
        wgt += static_cast<uint64_t>(c.tiles * c.weight_bytes);
        out += static_cast<uint64_t>(c.tiles * c.out_bytes);
    }
    CHECK(bytes[Unit::kLoadAct] == act);
    CHECK(bytes[Unit::kLoadWgt] == wgt);
    CHECK(bytes[Unit::kStore] == out);
    CHECK(replay.dram().stats().bytes == act + wgt + out);
}

TEST_CASE("fccm23 replay: each latency, the bursts in flight and the DRAM move the result") {
    platform::Replay replay("replay");
    const platform::ReplayMemory base = platform::published_memory("zcu102");
    const auto cycles = [&](const platform::ReplayMemory& m) {
        const auto result = replay.run(small(), InstructionFormat::k128, 16, kPeriod,
                                       platform::dram_preset(m.dram_preset), m, 1'000'000'000);
        REQUIRE(result.finished);
        return result.cycles;
    };
    const uint64_t usual = cycles(base);
    CHECK(cycles(base) == usual);  // the second run of a process as the first
    platform::ReplayMemory m = base;
    m.read_latency_cycles += 50;
    CHECK(cycles(m) > usual);
    m = base;
    m.write_latency_cycles += 50;
    CHECK(cycles(m) > usual);
    m = base;
    m.status_latency_cycles += 50;
    CHECK(cycles(m) > usual);
    m = base;
    m.outstanding = 1;
    CHECK(cycles(m) > usual);
    m = base;
    m.dram_preset = "ddr3_1050_x16";  // 2.1 GB/s for three ports of 3.4
    CHECK(cycles(m) > usual + usual / 4);
    m.outstanding = 0;
    CHECK_THROWS_WITH(cycles(m), Catch::Contains("outstanding bursts is 0; it must be 1..256"));
}

TEST_CASE("fccm23 replay: a run that takes too long says where it stands") {
    platform::Replay replay("replay");
    const auto result = replay.run(small(), InstructionFormat::k128, 16, kPeriod, ideal(),
                                   {"ideal", 59, 18, 30, 256}, 500);
    CHECK_FALSE(result.finished);
    CHECK(result.message.find("timeout after 500 cycles: the published accelerator is in layer 1 "
                              "of 4, 0 of 5 tiles written") == 0);
}

TEST_CASE("fccm23 replay: board latencies of xc7z020 and zcu102 come out within 5 per cent") {
    if (!test::have_data("msd/models/vgg16.csv")) return;
    const struct {
        const char *device, *network;
        double latency_ms;
    } boards[] = {
        {"xc7z020", "vgg16", 287.18}, {"xc7z020", "resnet18", 26.31}, {"zcu102", "vgg16", 52.70},
        {"zcu102", "resnet18", 5.69}, {"zcu102", "resnet50", 15.94},  {"zcu102", "vitbase", 22.30},
    };
    platform::Replay replay("replay");
    for (const auto& board : boards) {
        const platform::ReplayMemory memory = platform::published_memory(board.device);
        const HardwareDescription hw = published_hardware(board.device);
        const double mhz = static_cast<double>(hw.frequency_hz) * 1e-6;
        const auto result =
            replay.run(published(board.device, board.network), published_format(board.device),
                       static_cast<unsigned>(hw.bandwidth_bytes),
                       sc_core::sc_time(std::llround(1e6 / mhz), sc_core::SC_PS),
                       platform::dram_preset(memory.dram_preset), memory, 1'000'000'000);
        const double latency_ms = static_cast<double>(result.cycles) / (mhz * 1e3);
        INFO(board.device << " " << board.network << ": " << latency_ms << " ms, published "
                          << board.latency_ms);
        CHECK(std::abs(latency_ms / board.latency_ms - 1) < 0.05);
    }
    CHECK_THROWS_AS(platform::published_memory("zcu104"), InputError);
}
