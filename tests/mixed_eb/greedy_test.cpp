// The published greedy: its order of text, its rules and its tables.
#include "codesign/mixed_eb/greedy.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "codesign/mixed_eb/published.h"
#include "tests/quant/random.h"
#include "tests/quant/temporary.h"
#include "tests/support.h"

using namespace msd::mixed_eb;
using msd::test::Random;
using msd::test::TemporaryFolder;

namespace {

LatencyTable table_of(const std::vector<std::array<std::string, 3>>& rows, uint64_t baseline) {
    LatencyTable table;
    table.baseline = baseline;
    for (const auto& cycles : rows)
        table.layers.push_back({"l" + std::to_string(table.layers.size()), cycles});
    return table;
}

std::vector<int> picks(const std::vector<GreedyStep>& steps, int to) {
    std::vector<int> layers;
    for (const GreedyStep& s : steps)
        if (s.to == to) layers.push_back(s.layer);
    return layers;
}

}  // namespace

TEST_CASE("the greedy sorts digits as text, takes layers again and starts EB 1 from all at EB 2") {
    // At EB 3 the text order is 150 < 60 < 99: layer 1 is taken first, though 0 is the slowest.
    const LatencyTable table =
        table_of({{"50", "100", "150"}, {"40", "60", "99"}, {"20", "30", "60"}}, 1000);
    const GreedyRules rules{3, 3, 3, 2, 2, 1000};
    const auto steps = published_greedy(table, rules, 1e9);
    // Phase 1: 99 -> 60 (layer 1); then 150 < 60 = 60: place 1 is one of the two sixties, the first
    // in numpy's order; then place 0: 150.
    CHECK(picks(steps, 2) == std::vector<int>{1, 1, 0});
    CHECK(steps[2].effective_bits == std::vector<uint8_t>{2, 2, 3});
    CHECK(steps[0].speedup == Approx(1000.0 / (150 + 60 + 60)));
    // Phase 2 from 100, 60, 30: text order 100 < 30 < 60.
    CHECK(picks(steps, 1) == std::vector<int>{1, 2, 0});
    CHECK(steps.back().effective_bits == std::vector<uint8_t>{1, 1, 1});
    CHECK(steps[3].effective_bits == std::vector<uint8_t>{2, 1, 2});  // layer 2 was never left at 3
}

TEST_CASE(
    "a target ends each phase with the first step beyond it and the result is the state before") {
    const LatencyTable table =
        table_of({{"50", "100", "150"}, {"40", "60", "99"}, {"20", "30", "60"}}, 1000);
    const GreedyRules rules{3, 3, 3, 2, 2, 1000};
    const double first = 1000.0 / 270;                                // after the first step
    CHECK(published_greedy(table, rules, first - 0.01).size() == 2);  // one of each phase
    CHECK(published_path(table, rules, first - 0.01).back().effective_bits ==
          std::vector<uint8_t>{3, 3, 3});
    CHECK(published_path(table, rules, first + 0.01).back().effective_bits ==
          std::vector<uint8_t>{3, 2, 3});
    const double all_2 = 1000.0 / 190;
    CHECK(published_path(table, rules, all_2 + 0.01).back().effective_bits ==
          std::vector<uint8_t>{2, 2, 2});
    CHECK(published_path(table, rules, 100).back().effective_bits == std::vector<uint8_t>{1, 1, 1});
    CHECK(published_path(table, rules, 0.1).back().effective_bits == std::vector<uint8_t>{3, 3, 3});
}

TEST_CASE("Python counts places below zero from the end and beyond the list the greedy stops") {
    const LatencyTable table = table_of({{"5", "6", "7"}, {"1", "2", "3"}}, 100);
    // Places 1, 0, -1, -2: the largest twice.
    CHECK(picks(published_greedy(table, {2, 4, 0, 1, 1, 100}, 1e9), 2) ==
          std::vector<int>{0, 1, 0, 1});
    CHECK_THROWS_WITH(published_greedy(table, {2, 5, 0, 1, 1, 100}, 1e9),
                      "step 4 of the greedy leaves the list of layers");
    CHECK_THROWS_AS(published_greedy(table, {3, 1, 0, 1, 1, 100}, 1e9), std::invalid_argument);
    CHECK_THROWS_AS(published_greedy(table, {2, 1, 0, 1, 1, 0}, 1e9), std::invalid_argument);
}

TEST_CASE("numpy's order is an order of the texts, stable up to sixteen of them") {
    Random random(4);
    for (int n = 0; n < 300; ++n) {
        std::vector<std::string> texts(1 + random.below(60));
        for (std::string& text : texts) text = std::to_string(random.below(n % 2 == 0 ? 9 : 5000));
        std::vector<int> order = numpy_argsort(texts), stable(texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i) stable[i] = int(i);
        std::stable_sort(stable.begin(), stable.end(),
                         [&](int a, int b) { return texts[a] < texts[b]; });
        for (std::size_t i = 0; i < texts.size(); ++i) REQUIRE(texts[order[i]] == texts[stable[i]]);
        if (texts.size() <= 16) REQUIRE(order == stable);
        std::sort(order.begin(), order.end());
        std::sort(stable.begin(), stable.end());
        REQUIRE(order == stable);
    }
}

TEST_CASE("tables of both forms are read, and wrong lines are named") {
    TemporaryFolder folder;
    const auto narrow =
        read_latency_table(folder.write("a.csv",
                                        "c1,10\nc1,20\nc1,30\n\nbaseline latency cycles: 55,\n"
                                        "baseline latency: 0.1 ms,\n"));
    REQUIRE(narrow.layers.size() == 1);
    CHECK(narrow.layers[0].cycles[2] == "30");
    CHECK(narrow.baseline == 55);
    const auto wide = read_latency_table(
        folder.write("b.csv", "c, 1, 10, (3, 4)\nc, 2, 20, x\r\nc, 3, 30, memory bound\n"));
    CHECK(wide.layers[0].cycles[1] == "20");
    const std::pair<const char*, const char*> bad[] = {
        {"c,10\nc,20\n", "2: the last layer has 2 rows; a layer has three"},
        {"", "0: holds no layer"},
        {"c\n", "1: a row is 'layer,cycles' or 'layer, EB, cycles, ...'"},
        {"c,-5\n", "1: '-5' is no number of cycles"},
        {"c,1\nd,2\n", "2: layer 'd' begins, but 'c' has 1 of three rows"},
        {"c, 2, 10\n", "1: EB is '2'; the rows of a layer are EB 1, 2, 3 in this order"},
        {"c,1\nbaseline latency cycles: x\n", "2: 'x' is no number of cycles"},
    };
    for (const auto& [text, message] : bad)
        CHECK_THROWS_WITH(read_latency_table(folder.write("t.csv", text)),
                          folder.path() + "/t.csv:" + message);
    CHECK_THROWS_WITH(read_latency_table(folder.path() + "/none.csv"),
                      folder.path() + "/none.csv: no such file, or it cannot be read");
}

TEST_CASE("mutated tables and results are read or refused, never more") {
    TemporaryFolder folder;
    Random random(5);
    const std::string good =
        "c1,10\nc1,20\nc1,30\nc2, 1, 5, y\nc2, 2, 6\nc2, 3, 7\nbaseline latency cycles: 60\n";
    const std::string results =
        "model,target_speedup,top1_percent,reported_speedup,eb_per_layer\n"
        "x,1.5,70.1,1.4,2 3\nx,2,70.1,1.4,\n";
    int read = 0, refused = 0;
    for (int n = 0; n < 2000; ++n) {
        std::string table = good, tradeoff = results;
        std::string& text = n % 2 == 0 ? table : tradeoff;
        for (int m = 1 + random.below(3); m > 0; --m) {
            const int at = random.below(static_cast<int>(text.size()));
            if (n % 4 < 2 && text[at] >= '0' && text[at] <= '9')
                text[at] = "123"[random.below(3)];
            else if (random.below(3) == 0)
                text.erase(at, 1 + random.below(5));
            else
                text[at] = "0123, \n\tx-."[random.below(11)];
            if (text.empty()) text = ",";
        }
        try {
            compare_published({folder.write("u_x.csv", table)}, folder.write("r.csv", tradeoff));
            ++read;
        } catch (const std::runtime_error&) {
            ++refused;
        } catch (const std::invalid_argument&) {
            ++refused;
        }
    }
    CHECK(read > 20);
    CHECK(refused > 100);
}

TEST_CASE(
    "the published trade-offs are states of the greedy, but for a list that contradicts itself") {
    if (!msd::test::have_data("msd/published_tradeoff.csv")) return;
    std::vector<std::string> tables;
    for (const char* network : {"vgg16", "resnet18", "resnet50"})
        tables.push_back(msd::test::data_path(std::string("msd/layer_latency_by_eb/ultra96_") +
                                              network + ".csv"));
    const auto rows = compare_published(tables, msd::test::data_path("msd/published_tradeoff.csv"));
    REQUIRE(rows.size() == 12);
    for (const PublishedRow& r : rows) {
        INFO(to_text(r));
        // VGG-16 at 2.0: the list has layer 1 at EB 1, but its speed-up is that of layer 13.
        const bool list = r.network == "vgg16" && r.target == 2.0;
        CHECK(r.states_earlier.has_value() == !list);
        if (list) {
            CHECK(r.result.speedup == Approx(r.reported_speedup).margin(1e-4));
            CHECK(*r.speedup_of_list < 1.8);
            CHECK(int{r.result.effective_bits[13]} == 1);
            CHECK(int{r.reported[1]} == 1);
        }
    }
    CHECK(to_csv(rows).find("vgg16,1.7,1.6814,1.681") != std::string::npos);
}
