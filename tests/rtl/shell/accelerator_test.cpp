// The whole accelerator in RTL against the transaction-level one, on random programs.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

#include "ip/accelerator/accelerator_regs.h"
#include "platform/crosscheck/bench.h"
#include "platform/crosscheck/generator.h"
#include "tests/rtl/shell/models.h"
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
            // What software may do to itself: sleep without an interrupt.
            CHECK((recording.finished || program.kind == "abuse"));
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

TEST_CASE("values survive memories that are slow to take addresses and data") {
    const MsdRtlApi& rtl = load_rtl(MSD_RTL_SMALL);
    crosscheck::Bench tlm("tlm", platform::Level::kTlm);
    unsigned compared = 0;
    for (uint64_t number = 0; compared < 12; ++number) {
        const crosscheck::Program program = crosscheck::random_program(3, number, options_for(rtl));
        // Whose software would do the same if all took longer.
        const auto clears =
            std::count_if(program.steps.begin(), program.steps.end(), [](const auto& step) {
                return step.kind == crosscheck::Step::Kind::kWrite && step.offset == MSD_CONTROL;
            });
        if (program.kind != "network" || program.lists.size() > 4 || clears != 1) continue;
        const crosscheck::Recording recording = tlm.run(program);
        INFO("program " << number);
        REQUIRE(recording.finished);
        ReplayOptions options;
        options.busy_permille = 200;
        options.seed = number;
        REQUIRE(replay(rtl, program, recording, options).difference == "");
        ++compared;
    }
}

TEST_CASE("faults planted into the shell are caught") {
    struct Planted {
        int number;
        const char* what;
    };
    const Planted planted[] = {{40, "a burst across 4 KiB"},
                               {41, "a descriptor after the data"},
                               {42, "a credit in the cycle in which it is freed"},
                               {43, "a lost beat"},
                               {44, "stored counted at the data"},
                               {45, "an early interrupt"},
                               {46, "the wrong slot of the ring"},
                               {47, "operands released at feed_end"},
                               {48, "two parameter sets instead of four"},
                               {49, "a group without its first row"},
                               {50, "a load before the store it waits for"},
                               {53, "busy cycles counted once too often"},
                               {54, "a sum begun while the other half is read"}};
    const MsdRtlApi& rtl = load_rtl(MSD_RTL_SMALL);
    crosscheck::Bench tlm("tlm", platform::Level::kTlm);
    std::vector<crosscheck::Program> programs;
    std::vector<crosscheck::Recording> recordings;
    for (const Planted& p : planted) {
        std::string difference;
        for (uint64_t number = 0; number < 150 && difference.empty(); ++number) {
            if (number == programs.size()) {
                programs.push_back(crosscheck::random_program(1, number, options_for(rtl)));
                recordings.push_back(tlm.run(programs.back()));
            }
            ReplayOptions options;
            options.fault = p.number;
            difference = replay(rtl, programs[number], recordings[number], options).difference;
        }
        INFO("fault " << p.number << ": " << p.what);
        CHECK(difference != "");
    }
}

// Software that clears IRQ_STATUS all the time, in every phase of its three cycles.
TEST_CASE("an event in the cycle of a write-1-to-clear wins") {
    const MsdRtlApi& rtl = load_rtl(MSD_RTL_SMALL);
    crosscheck::Bench tlm("tlm", platform::Level::kTlm);
    using Kind = crosscheck::Step::Kind;
    bool caught = false;
    for (uint32_t run = 0; run < 30 && !(caught && run >= 3); ++run) {
        const uint32_t phase = run % 3;
        crosscheck::Program program = crosscheck::random_program(1, 2 + run / 3, options_for(rtl));
        program.steps = {
            {Kind::kWrite, MSD_IRQ_ENABLE, 7}, {Kind::kIdle, 0, phase}, {Kind::kPush, 0, 0}};
        for (int i = 0; i < 1500; ++i) program.steps.push_back({Kind::kWrite, MSD_IRQ_STATUS, 7});
        program.steps.push_back({Kind::kReadAll, 0, 0});
        const crosscheck::Recording recording = tlm.run(program);
        if (!recording.finished) continue;  // a program that waits for itself
        CHECK(replay(rtl, program, recording).difference == "");
        ReplayOptions options;
        options.fault = 52;
        if (!replay(rtl, program, recording, options).difference.empty()) caught = true;
    }
    CHECK(caught);
}
