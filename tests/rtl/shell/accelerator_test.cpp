// The whole accelerator in RTL against the transaction-level one, on random programs.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "platform/crosscheck/bench.h"
#include "platform/crosscheck/generator.h"
#include "tests/rtl/shell/replay.h"

using namespace msd;
using namespace msd::test;

namespace {

crosscheck::GeneratorOptions options_for(const MsdRtlApi& rtl) {
    crosscheck::GeneratorOptions options;
    options.device = device_of(rtl);
    return options;
}

// First and number of programs: to look into one, MSD_PROGRAM=17.
struct Range {
    uint64_t first, count;
};
Range range(uint64_t count) {
    const char* one = std::getenv("MSD_PROGRAM");
    const char* many = std::getenv("MSD_PROGRAMS");
    if (one) return {std::strtoull(one, nullptr, 10), 1};
    return {0, many ? std::strtoull(many, nullptr, 10) : count};
}

void lockstep(const char* file, uint64_t seed, uint64_t programs) {
    const MsdRtlApi& rtl = load_rtl(file);
    crosscheck::Bench tlm("tlm", platform::Level::kTlm);
    uint64_t cycles = 0, bursts = 0, tokens = 0, bytes = 0;
    const Range r = range(programs);
    for (uint64_t number = r.first; number < r.first + r.count; ++number) {
        const crosscheck::Program program =
            crosscheck::random_program(seed, number, options_for(rtl));
        INFO("program " << number << " (seed " << seed << ", " << program.kind << ")");
        if (std::getenv("MSD_SHOW")) WARN(crosscheck::to_text(program));
        const crosscheck::Recording recording = tlm.run(program);
        CAPTURE(recording.stopped);
        const Replayed result = replay(rtl, program, recording);
        if (std::getenv("MSD_KEEP_GOING")) {
            if (!result.difference.empty() || !recording.finished)
                WARN(number << " " << program.kind << ": " << result.difference << " "
                            << recording.stopped);
        } else {
            REQUIRE(result.difference == "");
            CHECK(recording.finished);
        }
        cycles += result.cycles;
        bursts += result.bursts;
        tokens += result.tokens;
        bytes += result.bytes;
    }
    if (r.count < 10) return;
    CHECK(cycles > 2000 * r.count);
    CHECK(bursts > 20 * r.count);
    CHECK(tokens > 40 * r.count);
    CHECK(bytes > 500 * r.count);
}

}  // namespace

TEST_CASE("the accelerator's RTL does in every cycle what the transaction-level model does") {
    lockstep(MSD_RTL_SMALL, 1, 40);
}

TEST_CASE("an 8-byte bus and part-filled groups change nothing about that") {
    lockstep(MSD_RTL_ODD, 2, 30);
}
