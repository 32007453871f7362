// Runs programs one by one, compares while the second runs.
#include "platform/crosscheck/campaign.h"

#include <chrono>

#include "ip/accelerator/accelerator_regs.h"

namespace msd::crosscheck {
namespace {

constexpr uint64_t kMarginCycles =
    2000;  // by which the other one may end later before it is stopped

bool has_error(const Recording& recording) {
    for (const Event& e : recording.streams[static_cast<unsigned>(Stream::kRegister)])
        if (e.values[0] == MSD_ERROR && e.values[2] == 0 && e.values[1] != 0) return true;
    return false;
}

}  // namespace

std::optional<Difference> check(const Recording& expected, Bench& other, const Program& program) {
    Comparison comparison(expected);
    Program limited = program;
    if (expected.finished) limited.max_cycles = expected.cycles + kMarginCycles;
    const Recording got = other.run(limited, [&](const Event& e) { return comparison.add(e); });
    if (!comparison.difference() && !got.finished && expected.finished && !got.stopped.empty()) {
        comparison.finish(expected.cycles, true);  // what it did not do until then
        if (!comparison.difference() || got.stopped.compare(0, 7, "timeout") != 0)
            return Difference{got.cycles, "bus", "end of the program",
                              "cycle " + std::to_string(expected.cycles), got.stopped};
    }
    if (!comparison.difference()) comparison.finish(got.cycles, got.finished);
    return comparison.difference();
}

std::optional<Difference> check(Bench& reference, Bench& other, const Program& program,
                                Recording* recorded) {
    Recording expected = reference.run(program);
    std::optional<Difference> difference = check(expected, other, program);
    if (recorded) *recorded = std::move(expected);
    return difference;
}

void run_program(Bench& reference, Bench& other, const Program& program,
                 const CampaignOptions& options, CampaignResult& result) {
    Recording recorded;
    const auto difference = check(reference, other, program, &recorded);
    ++result.programs;
    ++result.kinds[program.kind];
    result.cycles += recorded.cycles;
    result.events += recorded.size();
    for (const Event& e : recorded.streams[static_cast<unsigned>(Stream::kResponseS)])
        result.bytes += e.data.size();
    result.reference_errors += has_error(recorded);
    if (difference) {
        Failure failure{program, program, *difference, *difference};
        if (options.shrink) {
            const auto differs = [&](const Program& p) {
                const auto d = check(reference, other, p);
                if (d) failure.smallest_difference = *d;
                return d.has_value();
            };
            failure.smallest = shrink(program, differs);
            differs(failure.smallest);
        }
        result.failure = std::move(failure);
    }
}

CampaignResult run_campaign(Bench& reference, Bench& other, const CampaignOptions& options) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    CampaignResult result;
    result.seed = options.seed;
    for (uint64_t n = 0; n < options.programs; ++n) {
        if (options.max_seconds > 0 &&
            std::chrono::duration<double>(Clock::now() - start).count() > options.max_seconds)
            break;
        const Program program = random_program(options.seed, options.first + n, options.generator);
        run_program(reference, other, program, options, result);
        if (result.failure) break;
        if (options.progress) options.progress(n + 1);
    }
    return result;
}

}  // namespace msd::crosscheck
