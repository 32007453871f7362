// The CPU's part of a transformer against floating point.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <random>

#include "firmware/cpu_ops.h"
#include "firmware/exit_codes.h"
#include "tests/firmware/fake_machine.h"

using namespace msd;

namespace {

constexpr uint32_t kTable = 0x800, kIn = 0x4000, kOut = 0xc000;

// One job on a map of random values in a fake machine's DRAM.
struct Job {
    test::FakeMachine machine{{1}};
    msd_cpu_job job{};
    int stride_rows;

    Job(uint32_t op, uint32_t rows, uint32_t channels, int spare_rows = 3)
        : stride_rows(static_cast<int>(rows) + spare_rows) {
        machine.dram.assign(0x20000, 0);
        std::mt19937 random(op * 1000 + rows * 10 + channels);
        for (std::size_t i = kIn; i < machine.dram.size(); ++i)
            machine.dram[i] = static_cast<uint8_t>(random());
        const uint32_t header[2] = {MSD_CPU_JOBS_MAGIC, 1};
        std::memcpy(machine.dram.data(), header, 8);
        job = {op,
               rows,
               channels,
               MSD_PROGRAM_BASE + kIn,
               MSD_PROGRAM_BASE + kOut,
               static_cast<uint32_t>(stride_rows) * 16,
               MSD_PROGRAM_BASE + kTable,
               0};
    }
    int run() {
        std::memcpy(machine.dram.data() + 8, &job, sizeof job);
        return machine.run();
    }
    int8_t& at(uint32_t map, int row, int channel) {
        return reinterpret_cast<int8_t&>(
            machine.dram[map + (channel / 16 * stride_rows + row) * 16 + channel % 16]);
    }
    template <class T>
    void table(const std::vector<T>& values) {
        std::memcpy(machine.dram.data() + kTable, values.data(), values.size() * sizeof(T));
    }
};

}  // namespace

TEST_CASE("softmax is within one step of the exact one, and rests behind the row are zero") {
    for (const double scale : {0.02, 0.0625, 0.3}) {
        Job j(MSD_CPU_SOFTMAX, 5, 37);
        std::vector<uint16_t> e;
        for (int d = 0; d < 256; ++d)
            e.push_back(static_cast<uint16_t>(std::lround(32768 * std::exp(-scale * d))));
        j.table(e);
        REQUIRE(j.run() == 0);
        for (int r = 0; r < 5; ++r) {
            double sum = 0;
            for (int c = 0; c < 37; ++c) sum += std::exp(scale * j.at(kIn, r, c));
            for (int c = 0; c < 37; ++c) {
                const double exact = std::min(255.0, 256 * std::exp(scale * j.at(kIn, r, c)) / sum);
                CHECK(std::abs(j.at(kOut, r, c) + 128 - exact) < 1);
            }
            for (int c = 37; c < 48; ++c) CHECK(j.at(kOut, r, c) == -128);
        }
    }
}

TEST_CASE("one value that is far above the others gets all of a softmax") {
    Job j(MSD_CPU_SOFTMAX, 1, 16);
    std::vector<uint16_t> e(256, 0);
    e[0] = 32768;
    j.table(e);
    for (int c = 0; c < 16; ++c) j.at(kIn, 0, c) = c == 3 ? 90 : -100;
    REQUIRE(j.run() == 0);
    for (int c = 0; c < 16; ++c) CHECK(int{j.at(kOut, 0, c)} == (c == 3 ? 127 : -128));
}

TEST_CASE("layer norm is within one step of the exact one") {
    for (const int n : {16, 40, 300}) {
        Job j(MSD_CPU_LAYER_NORM, 4, static_cast<uint32_t>(n));
        std::vector<msd_cpu_gain> gains;
        for (int c = 0; c < n; ++c)
            gains.push_back({(c % 5 - 2) * 32768, static_cast<int16_t>(700 + 13 * (c % 30)), 0});
        j.table(gains);
        for (int c = 0; c < n; ++c) j.at(kIn, 3, c) = 17;  // a row without variance
        REQUIRE(j.run() == 0);
        for (int r = 0; r < 4; ++r) {
            double sum = 0, squares = 0;
            for (int c = 0; c < n; ++c) {
                sum += j.at(kIn, r, c);
                squares += double(j.at(kIn, r, c)) * j.at(kIn, r, c);
            }
            const double mean = sum / n, deviation = std::sqrt(squares / n - mean * mean);
            for (int c = 0; c < n; ++c) {
                const double z = r != 3 ? (j.at(kIn, r, c) - mean) / deviation : 0;
                const double exact = z * gains[c].gain / 32 + gains[c].offset / 32768.0;
                INFO("channels " << n << ", row " << r << ", channel " << c);
                CHECK(std::abs(j.at(kOut, r, c) - std::clamp(exact, -128.0, 127.0)) < 1);
            }
        }
    }
}

TEST_CASE("a table gives every element its value") {
    Job j(MSD_CPU_LOOKUP, 6, 50);
    std::vector<int8_t> table;
    for (int i = 0; i < 256; ++i) table.push_back(static_cast<int8_t>(i * 7 + 3));
    j.table(table);
    REQUIRE(j.run() == 0);
    for (int r = 0; r < 6; ++r)
        for (int c = 0; c < 50; ++c) CHECK(j.at(kOut, r, c) == table[j.at(kIn, r, c) + 128]);
}

TEST_CASE("transposed, channels are rows, and copied, nothing changes") {
    Job j(MSD_CPU_TRANSPOSE, 32, 48);
    REQUIRE(j.run() == 0);
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 48; ++c) {
            const auto got =
                static_cast<int8_t>(j.machine.dram[kOut + (r / 16 * 48 + c) * 16 + r % 16]);
            CHECK(got == j.at(kIn, r, c));
        }
    Job copy(MSD_CPU_COPY, 7, 33);
    REQUIRE(copy.run() == 0);
    for (int r = 0; r < 7; ++r)
        for (int c = 0; c < 33; ++c) CHECK(copy.at(kOut, r, c) == copy.at(kIn, r, c));
}

TEST_CASE("a job that cannot be done ends the firmware with a message") {
    for (const int change : {0, 1, 2, 3}) {
        Job j(change == 3 ? MSD_CPU_LAYER_NORM : MSD_CPU_COPY, 2, 16);
        if (change == 0) j.job.op = 9;
        if (change == 1) j.job.length = 0;
        if (change == 2) j.job.in += 2;
        if (change == 3) j.job.length = 1040;
        CHECK(j.run() == MSD_EXIT_HEADER);
        CHECK_THAT(j.machine.uart, Catch::EndsWith("CPU job 0: cannot be done\n"));
    }
}
