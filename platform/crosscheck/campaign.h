// Many random programs through two levels, up to the first difference, which is made small.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "platform/crosscheck/bench.h"
#include "platform/crosscheck/generator.h"
#include "platform/crosscheck/recording.h"

namespace msd::crosscheck {

// Runs a program on both; nothing if they agree. `recorded`, if not null, gets the reference's run.
std::optional<Difference> check(Bench& reference, Bench& other, const Program& program,
                                Recording* recorded = nullptr);

// Likewise, against a recording of the program's run on the reference.
std::optional<Difference> check(const Recording& expected, Bench& other, const Program& program);

// The smallest program found that still differs: lists, tiles, steps, stalls, sizes are taken away
// as long as `differs` holds. At most `attempts` calls of it.
Program shrink(Program program, const std::function<bool(const Program&)>& differs,
               unsigned attempts = 400);

struct CampaignOptions {
    uint64_t programs = 1000;
    uint64_t seed = 1;
    uint64_t first = 0;  // number of the first program
    GeneratorOptions generator;
    bool shrink = true;
    double max_seconds = 0;  // stop after so long; 0: never
    std::function<void(uint64_t done)> progress;
};

struct Failure {
    Program program, smallest;
    Difference difference, smallest_difference;
};

struct CampaignResult {
    uint64_t seed = 0, programs = 0;             // programs that were run
    uint64_t cycles = 0, events = 0, bytes = 0;  // of the reference; bytes stored
    uint64_t reference_errors = 0;  // programs that ended with an error code, as they should
    std::map<std::string, uint64_t> kinds;
    std::optional<Failure> failure;
};

// One program: adds to `result`; shrinks it if it fails and the options say so.
void run_program(Bench& reference, Bench& other, const Program& program,
                 const CampaignOptions& options, CampaignResult& result);

CampaignResult run_campaign(Bench& reference, Bench& other, const CampaignOptions& options);

// "program 4711 (seed 1): cycle 812, dma_s: …"
std::string failure_text(const Failure& failure);
// One object: programs, differences, seed, cycles, …, and the failure if there is one.
std::string to_json(const CampaignResult& result);
// One test case a kind of program, the failing one with its difference.
std::string to_junit(const CampaignResult& result);

}  // namespace msd::crosscheck
