// schedule.csv read back binds the search, and damage is refused with its place.
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "scheduler/schedule.h"
#include "tests/scheduler/interpreter.h"
#include "tests/scheduler/random_network.h"

using namespace msd;
using Catch::Matchers::Contains;

namespace {

// A file that lives as long as this.
struct File {
    std::string path;
    File(const std::string& name, const std::string& text) : path(name) {
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::remove(path.c_str()); }
};

std::string columns(const std::string& csv) {  // but the last two, which are predictions
    std::string text;
    std::size_t begin = 0;
    while (begin < csv.size()) {
        const std::size_t end = csv.find('\n', begin);
        std::string line = csv.substr(begin, end - begin);
        for (int i = 0; i < 2; ++i) line = line.substr(0, line.rfind(','));
        text += line + "\n";
        begin = end + 1;
    }
    return text;
}

}  // namespace

TEST_CASE("a schedule that is read back has the counts, orders and splits of its file") {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        const auto graph = test::random_network(seed);
        const auto config = pe::preset(seed % 2 ? "ultra96" : "xc7z020");
        scheduler::Options options;
        options.effective_bits = 1 + static_cast<int>(seed % 3);
        options.visit_tiles = 500;
        const auto first = scheduler::make_schedule(graph, config, options);
        const std::string csv = scheduler::to_csv(graph, first);
        const File file("schedule_file_test_" + std::to_string(seed) + ".csv", csv);
        const auto fixed = scheduler::read_schedule(file.path);
        options.effective_bits = 2;
        options.fixed = &fixed;
        options.fixed_path = file.path;
        auto encoded = graph;
        const auto again = scheduler::make_schedule(graph, config, options);
        INFO("seed " << seed);
        REQUIRE(columns(scheduler::to_csv(graph, again)) == columns(csv));
        scheduler::encode_weights(encoded, again);
        const auto program = scheduler::make_program(encoded, again, config);
        CHECK(test::compare_with_reference(encoded, program, config,
                                           test::random_tensor(graph[graph.input()].shape, seed)) ==
              "");
    }
}

TEST_CASE("a schedule of another network, or one that no tiles follow, is refused with its place") {
    const auto graph = test::random_network(3), other = test::random_network(4);
    const auto config = pe::preset("ultra96");
    scheduler::Options options;
    const std::string csv = scheduler::to_csv(graph, scheduler::make_schedule(graph, config, {}));
    const File file("schedule_file_test_other.csv", csv);
    const auto fixed = scheduler::read_schedule(file.path);
    options.fixed = &fixed;
    options.fixed_path = file.path;
    CHECK_THROWS_WITH(scheduler::make_schedule(other, config, options), Contains(file.path));

    auto impossible = fixed;
    impossible.begin()->second.h_tiles = 100000;
    options.fixed = &impossible;
    CHECK_THROWS_WITH(scheduler::make_schedule(graph, config, options),
                      Contains(file.path + ":" + std::to_string(fixed.begin()->second.line)) &&
                          Contains("cut so often"));
    CHECK_THROWS_WITH(scheduler::read_schedule("no/such.csv"), Contains("cannot be read"));
    const File wrong("schedule_file_test_wrong.csv", "name,cycles\n");
    CHECK_THROWS_WITH(scheduler::read_schedule(wrong.path), Contains(":1: is not a schedule's"));
    const std::string header = csv.substr(0, csv.find('\n') + 1);
    for (const auto& [row, what] : std::vector<std::pair<std::string, std::string>>{
             {"a,conv,1,1,1,1,1,1,1,1,activation,1,0,2,load\n", ":2: 15 columns"},
             {"a,conv,1,1,1,1,0,1,1,1,activation,1,0,2,load,9\n", ":2: k_tiles is '0'"},
             {"a,conv,1,1,1,1,1,1,-1,1,activation,1,0,2,load,9\n", ":2: h_tiles is '-1'"},
             {"a,conv,1,1,1,1,1,1,1,1,sideways,1,0,2,load,9\n", ":2: order is 'sideways'"},
             {"a,conv,1,1,1,1,1,1,1,1,weight,1,0,4,load,9\n", ":2: effective_bits is 4"},
             {",conv,1,1,1,1,1,1,1,1,weight,1,0,2,load,9\n", ":2: the layer has no name"}}) {
        const File bad("schedule_file_test_bad.csv", header + row);
        CHECK_THROWS_WITH(scheduler::read_schedule(bad.path), Contains(bad.path + what));
    }
}

TEST_CASE("a damaged schedule is read or refused, never worse") {
    const auto graph = test::random_network(5);
    const std::string csv =
        scheduler::to_csv(graph, scheduler::make_schedule(graph, pe::preset("ultra96"), {}));
    network::Random random(77, 0);
    int refused = 0;
    for (int i = 0; i < 1500; ++i) {
        std::string text = csv;
        for (int n = 1 + random.below(4); n > 0 && !text.empty(); --n) {
            const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
            const int kind = random.below(3);
            if (kind == 0) text[at] = static_cast<char>(random.below(256));
            if (kind == 1) text.erase(at, 1 + random.below(9));
            if (kind == 2) text.insert(at, 1, ",0-\n"[random.below(4)]);
        }
        const File file("schedule_file_test_fuzz.csv", text);
        try {
            scheduler::read_schedule(file.path);
        } catch (const scheduler::ScheduleError& error) {
            ++refused;
            CHECK_THAT(error.what(), Contains(file.path));
        }
    }
    CHECK(refused > 300);
}
