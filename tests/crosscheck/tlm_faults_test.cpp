// Faults planted into the transaction-level model: the cross-check sees each of them.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "ip/dma/faults.h"
#include "platform/crosscheck/campaign.h"

namespace msd {
int planted_fault = 0;
}

using namespace msd;
using namespace msd::crosscheck;

namespace {

struct PlantedFault {
    int number;
    const char* name;
};

const PlantedFault kFaults[] = {
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
    {MSD_FAULT_LISTS_KEPT, "an error leaves the queued lists"},
    {MSD_FAULT_RESIDUAL, "the residual is loaded over an output still being stored"},
    {MSD_FAULT_CREDIT, "a credit is used in the cycle it is freed"},
    {MSD_FAULT_PRIORITY, "data go before a descriptor of the same cycle"},
    {MSD_FAULT_SECOND_ERROR, "a later error replaces the first"},
};

}  // namespace

TEST_CASE(
    "each fault planted into the transaction-level model is caught, and its program shrinks") {
    Bench reference("reference", platform::Level::kTlm), faulty("faulty", platform::Level::kTlm);
    GeneratorOptions generator;
    generator.device = platform::built_in_rtl();
    std::string report;
    for (const PlantedFault& fault : kFaults) {
        INFO(fault.name);
        std::optional<Difference> difference;
        uint64_t number = 0;
        Program program;
        for (; !difference && number < 6000; ++number) {
            program = random_program(7, number, generator);
            const Recording expected = reference.run(program);
            planted_fault = fault.number;
            difference = compare(expected, faulty.run(program));
            planted_fault = 0;
        }
        REQUIRE(difference);
        const auto differs = [&](const Program& p) {
            const Recording expected = reference.run(p);
            planted_fault = fault.number;
            const auto d = compare(expected, faulty.run(p));
            planted_fault = 0;
            return d.has_value();
        };
        const Program smallest = shrink(program, differs, 300);
        CHECK(differs(smallest));
        CHECK(smallest.tile_count() <= program.tile_count());
        CHECK(smallest.steps.size() <= program.steps.size());
        report += fmt::format("{}: program {}: {}; {} of {} tiles left\n", fault.name, number - 1,
                              difference->text(), smallest.tile_count(), program.tile_count());
    }
    WARN(report);
}
