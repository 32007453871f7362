// TLM against RTL on random programs.
#include <catch2/catch.hpp>

#include "platform/crosscheck/campaign.h"

using namespace msd;
using namespace msd::crosscheck;

namespace {

struct Pair {
    Bench tlm{"tlm", platform::Level::kTlm}, rtl{"rtl", platform::Level::kRtl};
};

CampaignOptions options(uint64_t seed, uint64_t programs) {
    CampaignOptions o;
    o.seed = seed;
    o.programs = programs;
    o.generator.device = platform::built_in_rtl();
    return o;
}

void agree(const CampaignOptions& o) {
    Pair benches;
    const CampaignResult result = run_campaign(benches.tlm, benches.rtl, o);
    INFO((result.failure ? failure_text(*result.failure) : ""));
    CHECK(!result.failure);
    CHECK(result.programs == o.programs);
    CHECK(result.events > 100 * o.programs);
    CHECK(result.reference_errors > 0);
    WARN(to_json(result));
}

}  // namespace

TEST_CASE("200 random programs take the same cycles and give the same bytes at TLM and RTL") {
    agree(options(1, 200));
}

TEST_CASE("10000 random programs take the same cycles and give the same bytes at TLM and RTL",
          "[.long]") {
    agree(options(2, 10'000));
}

TEST_CASE("120 random programs agree at 16x16 and 16x16, on a bus of 16 bytes", "[.long]") {
    CampaignOptions o = options(3, 120);
    o.generator.device.lut_rows = o.generator.device.lut_cols = 16;
    o.generator.device.dsp_rows = o.generator.device.dsp_cols = 16;
    agree(o);
}

TEST_CASE("120 random programs agree at 36x20 and 18x18, on a bus of 8 bytes", "[.long]") {
    CampaignOptions o = options(4, 120);
    o.generator.device.lut_rows = 36;  // more rows than a weight bank has, two activation groups
    o.generator.device.lut_cols = 20;
    o.generator.device.dsp_rows = o.generator.device.dsp_cols = 18;
    o.generator.device.beat_bytes = 8;
    agree(o);
}
