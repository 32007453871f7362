// Specs: types, places in messages, unknown keys.
#include "platform/scenario/spec.h"

#include <catch2/catch.hpp>

#include "network/random.h"

using namespace msd;
using platform::Spec;

namespace {

const char* const kText =
    "kind = \"sweep\"\n"
    "[networks]\n"
    "space = \"darts\"\n"
    "sample = 12\n"
    "[maestro]\n"
    "num_pes = [16, 32]\n"
    "noc_bw = 100\n"
    "share = 0.5\n"
    "on = true\n";

// All there is to ask for.
void ask(Spec& spec) {
    spec.choice("kind", {"sweep"}, "sweep");
    spec.choice("networks.space", {"darts", "alphanet"}, "darts");
    spec.integer("networks.sample", 1, 100, 5);
    spec.file("networks.file");
    spec.integers("maestro.num_pes", 1, 64, {});
    spec.integers("maestro.noc_bw", 1, 1000, {});
    spec.number("maestro.share", 0, 1, 0);
    spec.flag("maestro.on", false);
    spec.texts("maestro.dataflows", {"a"});
    spec.finish();
}

}  // namespace

TEST_CASE("a spec's keys have types and defaults, and one value stands for a list") {
    Spec spec = Spec::parse(kText, "dir/a.toml", {"networks.sample=7", "maestro.dataflows=xp"});
    CHECK(spec.integer("networks.sample", 1, 100, 5) == 7);
    CHECK(spec.integers("maestro.num_pes", 1, 64) == std::vector<int64_t>{16, 32});
    CHECK(spec.integers("maestro.noc_bw", 1, 1000) == std::vector<int64_t>{100});
    CHECK(spec.texts("maestro.dataflows") == std::vector<std::string>{"xp"});
    CHECK(spec.number("maestro.share", 0, 1, 0) == 0.5);
    CHECK(spec.number("maestro.noc_bw", 0, 1000, 0) == 100.0);
    CHECK(spec.numbers("maestro.none", 0, 1, {2.5}) == std::vector<double>{2.5});
    CHECK(spec.text("networks.none", "x") == "x");
    CHECK(spec.has("maestro"));
    CHECK(spec.has("maestro.on"));
    CHECK_FALSE(spec.has("maestr"));
    CHECK_FALSE(spec.has("platform"));
    CHECK(Spec::parse("[platform]\n", "a").has("platform"));
    CHECK(Spec::parse("", "a", {"platform.x=1"}).has("platform"));
}

TEST_CASE("a wrong value says where it is and what would be right") {
    const auto fails = [](const std::string& text, const std::string& message) {
        INFO(text);
        CHECK_THROWS_WITH(
            [&] {
                Spec spec = Spec::parse(text, "dir/a.toml");
                ask(spec);
            }(),
            Catch::Contains(message));
    };
    fails("[networks]\nsample = 0\n", "dir/a.toml:2:1: networks.sample: is 0; it must be 1 to 100");
    fails("[networks]\nsample = \"x\"\n", "must be an integer");
    fails("[networks]\nsample = 1.5\n", "must be an integer");
    fails("[networks]\nspace = \"dart\"\n", "it must be one of darts, alphanet");
    fails("[networks]\nspace = 3\n", "must be a string");
    fails("[networks]\nfile = \"nowhere\"\n", "there is no file dir/nowhere");
    fails("[networks]\nfile = \"${HOME}/a\"\n", "only ${MSD_DATA} is expanded");
    fails("[maestro]\nnum_pes = [16, 100]\n", "is 100");
    fails("[maestro]\nnum_pes = [16, [1]]\n", "list of integers");
    fails("[maestro]\non = 1\n", "true or false");
    fails("[maestro]\nshare = nan\n", "0 to 1");
    fails("[maestro]\nnum_pe = 16\n",
          "dir/a.toml:2:1: unknown key 'maestro.num_pe'; did you mean "
          "'maestro.num_pes'?");
    fails("[platfrom]\n", "unknown key 'platfrom'");
    fails("a = = 1\n", "dir/a.toml:1:");
    CHECK_THROWS_WITH(Spec::parse("", "a", {"nothing"}), Catch::Contains("key=value"));
    CHECK_THROWS_WITH(Spec::read("no/such.toml"), Catch::Contains("no such file"));
}

TEST_CASE("no mutation of a spec crashes its reader") {
    network::Random random(8, 1);
    int good = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = kText;
        for (int edits = 1 + random.below(2); edits > 0; --edits) {
            const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
            if (random.below(2) != 0)
                text[at] = static_cast<char>(random.below(256));
            else
                text.erase(at, 1 + static_cast<std::size_t>(random.below(6)));
        }
        try {
            Spec spec = Spec::parse(text, "a.toml");
            ask(spec);
            ++good;
        } catch (const platform::ScenarioError&) {
        }
    }
    CHECK(good > 20);
}
