// Read and write port against a cycle-by-cycle model, with memories of any latency.
#include <catch2/catch.hpp>

#include "ip/dma/read_port.h"
#include "ip/dma/write_port.h"
#include "tests/dma/bench.h"

using namespace msd::dma;
using namespace msd::test;

namespace {

constexpr uint32_t kBase = 0x80100000;
constexpr uint32_t kWindow = 1 << 18;

PortConfig port_config(unsigned beat_bytes, unsigned outstanding) {
    return {kPeriod, beat_bytes, outstanding};
}

msd_block linear(uint32_t address, uint32_t bytes) {
    return {address, 0, 0, bytes, 1, 1};
}

// Latency of burst i in a round: constant, slightly or wildly varying (responses then come out of
// order).
uint64_t latency_of(uint64_t round, uint64_t i) {
    Random random(round * 7919 + i);
    random(2);
    switch (round % 3) {
        case 0:
            return 1 + round % 40;
        case 1:
            return 20 + random(10);
        default:
            return 1 + random(200);
    }
}

std::vector<uint8_t> gather(const std::vector<uint8_t>& memory, const msd_block& b) {
    std::vector<uint8_t> bytes;
    for (unsigned p = 0; p < b.planes; ++p)
        for (unsigned r = 0; r < b.rows; ++r)
            for (unsigned i = 0; i < b.row_bytes; ++i)
                bytes.push_back(
                    memory[b.address - kBase + p * b.plane_stride + r * b.row_stride + i]);
    return bytes;
}

struct Round {
    std::vector<ReferenceRequest> requests;
    std::vector<std::vector<uint8_t>> data;  // by request
    std::vector<BlockDone> done;
    std::vector<Issue> issues;
    std::vector<unsigned> beats;
    size_t most_in_flight;
    unsigned beat_bytes, outstanding;
    uint64_t origin;              // cycle in which the round began
    std::vector<uint8_t> memory;  // afterwards
    PortStats stats;
};

std::vector<ReferenceRequest> random_requests(Random& random, unsigned channels) {
    std::vector<ReferenceRequest> requests;
    uint64_t cycle = 0;
    const unsigned count = 1 + random(8);
    for (unsigned i = 0; i < count; ++i) {
        requests.push_back({cycle, static_cast<unsigned>(random(channels)),
                            random_block(random, kBase, kWindow / 4)});
        if (requests.back().channel == 0 && channels == 2)  // a descriptor
            requests.back().block = linear(requests.back().block.address / 256 * 256, 256);
        cycle += random(3) == 0 ? random(300) : random(3);
    }
    return requests;
}

void check_round(const Round& r, uint64_t number, bool write) {
    INFO("round " << number << ", " << r.requests.size() << " blocks, beat " << r.beat_bytes
                  << " B, outstanding " << r.outstanding);
    const ReferenceResult expected = simulate(r.requests, r.beat_bytes, r.outstanding, write,
                                              [&](uint64_t i) { return latency_of(number, i); });
    std::vector<Issue> issues = r.issues;
    for (Issue& i : issues) i.cycle -= r.origin;
    std::vector<BlockDone> done = r.done;
    for (BlockDone& d : done) d.cycle -= r.origin;
    REQUIRE(issues == expected.issues);
    REQUIRE(done == expected.done);
    REQUIRE(r.most_in_flight <= r.outstanding);
    uint64_t beats = 0;
    for (size_t i = 0; i < issues.size(); ++i) {
        beats += r.beats[i];
        REQUIRE(r.beats[i] <= 16);
        REQUIRE(issues[i].address % 4096 + r.beats[i] * r.beat_bytes <= 4096);
    }
    REQUIRE(r.stats.beats == beats);
    REQUIRE(r.stats.bursts == issues.size());
    REQUIRE(r.stats.blocks == r.requests.size());
    REQUIRE(r.stats.busy_cycles >= beats);
    REQUIRE(r.stats.busy_cycles < expected.done.back().cycle);
}

}  // namespace

TEST_CASE("dma: thousands of random reads take the cycles of a cycle-by-cycle model") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    ReadPort port("port", port_config(16, 8));
    port.socket.bind(memory.socket);
    Random fill(99);
    for (uint8_t& byte : memory.bytes) byte = static_cast<uint8_t>(fill(256));

    std::vector<Round> rounds(1500);
    driver.run([&] {
        for (size_t n = 0; n < rounds.size(); ++n) {
            Round& r = rounds[n];
            Random random(n);
            r.beat_bytes = random(2) ? 16 : 8;
            r.outstanding = 1 + random(9);
            r.requests = random_requests(random, 2);
            for (const auto& request : r.requests)
                r.data.emplace_back(count_bytes(request.block), uint8_t{0});
            port.configure(port_config(r.beat_bytes, r.outstanding));
            memory.start_over();
            memory.latency = [n](uint64_t i) { return latency_of(n, i); };
            port.on_done = [&](unsigned channel, uint64_t cycle, bool) {
                if (cycle == cycle_now()) r.done.push_back({channel, cycle});
            };
            r.origin = cycle_now();
            for (size_t i = 0; i < r.requests.size(); ++i) {
                Driver::until(r.origin + r.requests[i].cycle);
                port.read(r.requests[i].channel, r.requests[i].block, r.data[i].data());
            }
            while (!port.idle()) Driver::cycles(50);
            r.issues = memory.issues;
            r.beats = memory.beats;
            r.most_in_flight = memory.most_in_flight;
            r.stats = port.stats();
        }
    });
    for (size_t n = 0; n < rounds.size(); ++n) {
        check_round(rounds[n], n, false);
        for (size_t i = 0; i < rounds[n].requests.size(); ++i)
            REQUIRE(rounds[n].data[i] == gather(memory.bytes, rounds[n].requests[i].block));
    }
}

TEST_CASE("dma: thousands of random writes take the cycles of a cycle-by-cycle model") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    WritePort port("port", port_config(16, 8));
    port.socket.bind(memory.socket);

    std::vector<Round> rounds(1500);
    driver.run([&] {
        for (size_t n = 0; n < rounds.size(); ++n) {
            Round& r = rounds[n];
            Random random(n + 1'000'000);
            r.beat_bytes = random(2) ? 16 : 8;
            r.outstanding = 1 + random(9);
            r.requests = random_requests(random, 1);
            for (auto& request : r.requests) {
                r.data.emplace_back(count_bytes(request.block));
                for (uint8_t& byte : r.data.back()) byte = static_cast<uint8_t>(random(256));
                // blocks of a round do not overlap, else the last one's bytes would be seen
                request.block.address = kBase + static_cast<uint32_t>(r.data.size() - 1) * 0x8000 +
                                        request.block.address % 0x1000;
            }
            port.configure(port_config(r.beat_bytes, r.outstanding));
            memory.start_over();
            memory.latency = [n](uint64_t i) { return latency_of(n, i); };
            port.on_done = [&](uint64_t cycle, bool) {
                if (cycle == cycle_now()) r.done.push_back({0, cycle});
            };
            r.origin = cycle_now();
            for (size_t i = 0; i < r.requests.size(); ++i) {
                Driver::until(r.origin + r.requests[i].cycle);
                port.write(r.requests[i].block, r.data[i].data());
            }
            while (!port.idle()) Driver::cycles(50);
            r.issues = memory.issues;
            r.beats = memory.beats;
            r.most_in_flight = memory.most_in_flight;
            r.stats = port.stats();
            r.memory = memory.bytes;
        }
    });
    for (size_t n = 0; n < rounds.size(); ++n) {
        check_round(rounds[n], n, true);
        for (size_t i = 0; i < rounds[n].requests.size(); ++i)
            REQUIRE(rounds[n].data[i] == gather(rounds[n].memory, rounds[n].requests[i].block));
    }
}

TEST_CASE("dma: a read block is there the cycle after its last beat, and not before") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    ReadPort port("port", port_config(16, 8));
    port.socket.bind(memory.socket);
    memory.latency = [](uint64_t) { return 30; };
    std::vector<uint8_t> data(512);
    std::vector<uint64_t> done;
    port.on_done = [&](unsigned, uint64_t cycle, bool) { done.push_back(cycle); };
    bool idle_before = true, done_before = true;
    driver.run([&] {
        Driver::until(100);
        port.read(1, linear(kBase, 512), data.data());
        // issue 101, 102; responses 131, 132; beats 131..146, 147..162; there in 163
        Driver::until(162);
        idle_before = port.idle();
        done_before = !done.empty();
        Driver::cycles(2);
    });
    CHECK(memory.issues == std::vector<Issue>{{101, kBase}, {102, kBase + 256}});
    CHECK_FALSE(idle_before);
    CHECK_FALSE(done_before);
    CHECK(done == std::vector<uint64_t>{163});
    CHECK(port.stats().busy_cycles == 62);  // 101..162
}

TEST_CASE("dma: a write block is stored the cycle after its last response") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    WritePort port("port", port_config(16, 8));
    port.socket.bind(memory.socket);
    memory.latency = [](uint64_t) { return 30; };
    const std::vector<uint8_t> data(512, 0x5a);
    std::vector<uint64_t> done;
    port.on_done = [&](uint64_t cycle, bool) { done.push_back(cycle); };
    bool done_before = true;
    driver.run([&] {
        Driver::until(100);
        port.write(linear(kBase, 512), data.data());
        // addresses 101, 102; data 102..117, 118..133; responses 147, 163; stored in 164
        Driver::until(163);
        done_before = !done.empty();
        Driver::cycles(2);
    });
    CHECK_FALSE(done_before);
    CHECK(done == std::vector<uint64_t>{164});
    CHECK(memory.bytes[511] == 0x5a);
}

TEST_CASE("dma: a descriptor goes before the next burst of data, never inside one") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    ReadPort port("port", port_config(16, 2));
    port.socket.bind(memory.socket);
    memory.latency = [](uint64_t) { return 10; };
    std::vector<uint8_t> data(4096), descriptor(256);
    std::vector<BlockDone> done;
    port.on_done = [&](unsigned channel, uint64_t cycle, bool) {
        done.push_back({channel, cycle});
    };
    driver.run([&] {
        port.read(1, linear(kBase, 4096), data.data());
        Driver::until(5);
        port.read(0, linear(kBase + 0x8000, 256), descriptor.data());
        while (!port.idle()) Driver::cycles(10);
    });
    // two data bursts are in flight (issued 1, 2; beats 11..26, 27..42); the descriptor is third
    REQUIRE(memory.issues.size() == 17);
    CHECK(memory.issues[2] == Issue{27, kBase + 0x8000});
    CHECK(done[0] == BlockDone{0, 59});  // beats 43..58
    CHECK(done[1].channel == 1);
}

TEST_CASE("dma: an empty block is done in the next cycle") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    ReadPort port("port", port_config(16, 2));
    port.socket.bind(memory.socket);
    std::vector<BlockDone> done;
    port.on_done = [&](unsigned channel, uint64_t cycle, bool) {
        done.push_back({channel, cycle});
    };
    driver.run([&] {
        Driver::until(5);
        port.read(1, {kBase, 0, 0, 64, 0, 1}, nullptr);
        Driver::cycles(5);
    });
    CHECK(done == std::vector<BlockDone>{{1, 6}});
}

TEST_CASE("dma: a burst answered with an error marks its block, and only that") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow);
    ReadPort port("port", port_config(16, 8));
    port.socket.bind(memory.socket);
    memory.errors_at = kBase / 4096 + 1;
    std::vector<uint8_t> data(3 * 8192);
    std::vector<bool> errors;
    port.on_done = [&](unsigned, uint64_t, bool error) { errors.push_back(error); };
    driver.run([&] {
        port.read(1, linear(kBase, 4096), data.data());
        port.read(1, linear(kBase + 2048, 8192), data.data());  // 8 good, 16 bad, 8 good bursts
        port.read(1, linear(kBase + 8192, 4096), data.data());
        while (!port.idle()) Driver::cycles(10);
    });
    CHECK(errors == std::vector<bool>{false, true, false});
    CHECK(port.stats().errors == 16);
    CHECK(memory.issues.size() == 16 + 32 + 16);  // the rest of the block still ran
}

TEST_CASE("dma: a reset in mid-flight touches no memory of the user and leaves the port as new") {
    Driver driver("driver");
    StubMemory memory("memory", kBase, kWindow), store_memory("store_memory", kBase, kWindow);
    ReadPort reader("reader", port_config(16, 8));
    WritePort writer("writer", port_config(16, 8));
    reader.socket.bind(memory.socket);
    writer.socket.bind(store_memory.socket);
    memory.latency = store_memory.latency = [](uint64_t) { return 50; };
    std::fill(memory.bytes.begin(), memory.bytes.end(), 7);
    std::vector<uint64_t> read_done, write_done;
    reader.on_done = [&](unsigned, uint64_t c, bool) { read_done.push_back(c); };
    writer.on_done = [&](uint64_t c, bool) { write_done.push_back(c); };
    bool touched = false, idle = false;
    std::vector<uint64_t> second;
    driver.run([&] {
        for (unsigned at = 1; at < 200; at += 3) {  // reset in every phase of the transfer
            auto data = std::make_unique<std::vector<uint8_t>>(4096, uint8_t{9});
            const uint64_t start = cycle_now();
            reader.read(1, linear(kBase, 4096), data->data());
            writer.write(linear(kBase, 4096), data->data());
            Driver::until(start + at);
            reader.reset();
            writer.reset();
            idle = reader.idle() && writer.idle();
            const auto now = *data;
            Driver::cycles(100);  // late responses come
            touched |= *data != now;
            data.reset();  // under AddressSanitizer a late access would be seen
        }
        touched |= !read_done.empty() || !write_done.empty();
        std::vector<uint8_t> data(512);
        const uint64_t start = cycle_now();
        reader.read(1, linear(kBase, 512), data.data());
        Driver::cycles(200);
        for (uint64_t c : read_done) second.push_back(c - start);
    });
    CHECK(idle);
    CHECK_FALSE(touched);
    CHECK(second == std::vector<uint64_t>{1 + 50 + 32});  // issue + 1, latency 50, 32 beats
    CHECK(reader.stats().bursts == 2);
}

TEST_CASE("dma: a wrong port configuration is named") {
    CHECK_THROWS_WITH(port_config(12, 8).check(), "dma: beat_bytes is 12; it must be 8 or 16");
    CHECK_THROWS_WITH(port_config(16, 0).check(), "dma: outstanding is 0; it must be 1..256");
}
