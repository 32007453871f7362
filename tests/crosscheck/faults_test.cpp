// Faults planted into the RTL and into the transaction-level model: the cross-check sees each of
// them.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <regex>

#include "ip/dma/faults.h"
#include "platform/crosscheck/campaign.h"
#include "tests/rtl/shell/models.h"

namespace msd {
int planted_fault = 0;
}

using namespace msd;
using namespace msd::crosscheck;

namespace {

struct Fault {
    int number;
    std::string name;
};

// All that rtl/faults.svh defines.
std::vector<Fault> rtl_faults() {
    std::ifstream in(MSD_SOURCE_DIR "/rtl/faults.svh");
    std::vector<Fault> faults;
    const std::regex define("^`define FAULT_(\\w+) (\\d+).*");
    std::smatch match;
    for (std::string line; std::getline(in, line);)
        if (std::regex_match(line, match, define))
            faults.push_back({std::stoi(match[2]), match[1]});
    return faults;
}

const Fault kTlmFaults[] = {
    {MSD_FAULT_PREFETCH, "fetch runs three tiles ahead"},
    {MSD_FAULT_CHECK, "the descriptor check is a cycle short"},
    {MSD_FAULT_WAIT_STORE, "waits for one store too few"},
    {MSD_FAULT_RELEASE, "activation half free a cycle early"},
    {MSD_FAULT_BANK, "who adds to sums does not wait for the other half"},
    {MSD_FAULT_OUT_HALF, "post does not wait for its output half"},
    {MSD_FAULT_IRQ_EARLY, "interrupt a cycle before the store is over"},
    {MSD_FAULT_SUMS_KEPT, "sums are not cleared"},
    {MSD_FAULT_PARAMETERS, "post takes the other half's parameters"},
    {MSD_FAULT_WAIT_COUNT, "waits for weights count as waits for activations"},
    {MSD_FAULT_CLEAR_WINS, "writing 1 to IRQ_STATUS also clears the event of this cycle"},
    {MSD_FAULT_LISTS_KEPT, "an error leaves the queued lists"},
    {MSD_FAULT_RESIDUAL, "the residual is loaded over an output still being stored"},
    {MSD_FAULT_CREDIT, "a credit is used in the cycle it is freed"},
    {MSD_FAULT_PRIORITY, "data go before a descriptor of the same cycle"},
    {MSD_FAULT_SECOND_ERROR, "a later error replaces the first"},
    {MSD_FAULT_HAND_HALF, "a hand-over reads the other half"},
    {MSD_FAULT_HAND_EARLY, "a hand-over is over a cycle early"},
    {MSD_FAULT_HAND_ANY, "a hand-over from a half that may be gone is accepted"},
};

// Random programs and what the transaction-level model makes of them, kept for all faults.
class Recorded {
public:
    Recorded(Bench& reference, const pe::AcceleratorConfig& device, const std::string& kind)
        : reference_(reference) {
        options_.device = device;
        options_.kind = kind;
    }
    struct Run {
        Program program;
        Recording recording;
    };
    const Run& run(std::size_t number) {
        while (runs_.size() <= number) {
            Program p = random_program(11, runs_.size(), options_);
            Recording r = reference_.run(p);
            runs_.push_back({std::move(p), std::move(r)});
        }
        return runs_[number];
    }

private:
    Bench& reference_;
    GeneratorOptions options_;
    std::vector<Run> runs_;
};

// Arrays of more than 16 columns and of more rows than the shortest step has slots.
struct Catcher {
    Bench reference{"reference", platform::Level::kTlm}, faulty{"faulty", platform::Level::kTlm},
        rtl{"rtl", platform::Level::kRtl};
    const MsdRtlApi& wide = test::load_rtl(MSD_RTL_ODD);
    std::map<std::pair<bool, std::string>, Recorded> recorded;
    std::string report;
    unsigned caught = 0;

    Recorded& programs(bool on_wide, const std::string& kind) {
        const auto device = on_wide ? test::device_of(wide) : platform::built_in_rtl();
        return recorded.try_emplace({on_wide, kind}, reference, device, kind).first->second;
    }
    void add(const std::string& name, const std::optional<Difference>& difference,
             std::size_t program) {
        INFO("fault " << name);
        CHECK(difference);
        if (!difference) return;
        ++caught;
        report += fmt::format("{}: program {}: {}\n", name, program, difference->text());
    }

    void rtl_fault(const Fault& fault, std::size_t most) {
        // These need more than one block of columns, or more rows than a step has slots.
        static const std::map<std::string, bool> needs_wide{
            {"FIELDS", true}, {"BLOCK_SKEW", true}, {"EARLY_PASS", true}, {"ROWS_WAIT", true}};
        // What the other kinds show once in hundreds of programs.
        static const std::map<std::string, std::string> kinds{
            {"CHECK_CAPACITY", "damaged"}, {"W1C_WINS", "abuse"}, {"HAND_GONE", "damaged"}};
        const bool on_wide = needs_wide.count(fault.name) != 0;
        const auto kind = kinds.find(fault.name);
        Recorded& all = programs(on_wide, kind == kinds.end() ? "" : kind->second);
        rtl.rtl()->set_options({"none", true, false}, fault.number);
        rtl.rtl()->set_model(on_wide ? &wide : nullptr);
        std::optional<Difference> difference;
        std::size_t n = 0;
        for (; n < most && !difference; ++n)
            difference = check(all.run(n).recording, rtl, all.run(n).program);
        add("RTL, " + fault.name, difference, n - 1);
    }

    std::optional<Difference> check_tlm(const Fault& fault, const Recording& expected,
                                        const Program& program) {
        planted_fault = fault.number;
        auto difference = compare(expected, faulty.run(program));
        planted_fault = 0;
        return difference;
    }

    void tlm_fault(const Fault& fault, std::size_t most, bool shrinks) {
        const bool by_registers =
            fault.number == MSD_FAULT_CLEAR_WINS || fault.number == MSD_FAULT_SECOND_ERROR;
        Recorded& all = programs(false, by_registers                         ? "abuse"
                                        : fault.number == MSD_FAULT_HAND_ANY ? "damaged"
                                                                             : "");
        std::optional<Difference> difference;
        std::size_t n = 0;
        for (; n < most && !difference; ++n)
            difference = check_tlm(fault, all.run(n).recording, all.run(n).program);
        add("TLM, " + fault.name, difference, n - 1);
        if (!difference || !shrinks) return;
        const Program& program = all.run(n - 1).program;
        const auto differs = [&](const Program& p) {
            return check_tlm(fault, reference.run(p), p).has_value();
        };
        const Program smallest = shrink(program, differs, 300);
        INFO("fault " << fault.name);
        CHECK(differs(smallest));
        CHECK(smallest.tile_count() <= program.tile_count());
        CHECK(smallest.steps.size() <= program.steps.size());
        report +=
            fmt::format("    {} of {} tiles left\n", smallest.tile_count(), program.tile_count());
    }
};

}  // namespace

TEST_CASE("one in three of the planted faults is caught by random programs") {
    Catcher catcher;
    const auto faults = rtl_faults();
    for (std::size_t i = 0; i < faults.size(); i += 3) catcher.rtl_fault(faults[i], 100);
    for (std::size_t i = 1; i < std::size(kTlmFaults); i += 3)
        catcher.tlm_fault(kTlmFaults[i], 300, true);
    WARN(catcher.report);
}

TEST_CASE("each planted fault is caught by random programs", "[.long]") {
    Catcher catcher;
    const auto faults = rtl_faults();
    CHECK(faults.size() >= 25);
    for (const Fault& fault : faults) catcher.rtl_fault(fault, 2000);
    for (const Fault& fault : kTlmFaults) catcher.tlm_fault(fault, 6000, true);
    CHECK(catcher.caught == faults.size() + std::size(kTlmFaults));
    WARN(catcher.caught << " faults caught: " << faults.size() << " in the RTL, "
                        << std::size(kTlmFaults) << " in the transaction-level model\n"
                        << catcher.report);
}
