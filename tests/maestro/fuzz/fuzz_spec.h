// One fuzz input as a spec of `msd explore`: read, checked, and its first networks on its first
// points.
#pragma once

#include <string>

#include "platform/cli/explore_space.h"
#include "tests/maestro/fuzz_one.h"

namespace msd::test {

inline void fuzz_spec(const std::string& text) {
    using namespace platform;
    // What would take long, not wrong; a file's path must not leave the fuzzer's folder.
    static const std::vector<std::string> kSmall = {"networks.sample=2", "networks.count=2",
                                                    "darts.cells=4", "platform.visit_tiles=1",
                                                    "networks.space=darts"};
    std::vector<std::string> sets(kSmall.begin(), kSmall.end() - 1);
    if (text.find("alphanet") == std::string::npos) sets.push_back(kSmall.back());
    try {
        Spec spec = Spec::parse(text, "spec.toml", sets);
        const ExploreSpace space = read_space(spec);
        spec.finish();
        const auto& study = *space.study;
        MSD_FUZZ_CHECK(!study.fingerprint().empty());
        MSD_FUZZ_CHECK(!study.networks().empty());
        for (uint32_t p = 0; p < study.points().size() && p < 2; ++p) {
            if (study.points()[p].platform() && text.size() % 128 != 0) continue;  // takes long
            const auto rows =
                semi_decoupled::Study::rows(study.compute(semi_decoupled::Study::task(p, {0})));
            MSD_FUZZ_CHECK(rows.size() == 1);
            MSD_FUZZ_CHECK(rows[0].faults > 0 || (rows[0].cycles > 0 && rows[0].energy_nj >= 0));
        }
    } catch (const ScenarioError& e) {
        MSD_FUZZ_CHECK(std::string(e.what()).find(':') != std::string::npos);
    } catch (const maestro::InputError& e) {
        MSD_FUZZ_CHECK(std::string(e.what()).find(':') != std::string::npos);
    }
}

}  // namespace msd::test
