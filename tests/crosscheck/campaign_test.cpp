// The cross-check's own parts, TLM against TLM.
#include <catch2/catch.hpp>

#include "platform/crosscheck/campaign.h"

using namespace msd;
using namespace msd::crosscheck;

namespace {

struct Pair {
    Bench a{"a", platform::Level::kTlm}, b{"b", platform::Level::kTlm};
};

CampaignOptions small(uint64_t programs) {
    CampaignOptions options;
    options.programs = programs;
    options.generator.device = platform::built_in_rtl();
    return options;
}

}  // namespace

TEST_CASE("a program agrees with itself, whatever ran before") {
    Pair benches;
    const CampaignResult result = run_campaign(benches.a, benches.b, small(300));
    INFO((result.failure ? failure_text(*result.failure) : ""));
    CHECK(!result.failure);
    CHECK(result.programs == 300);
    WARN(to_json(result));
}
