// Rows that last, tasks over threads, and plots.
#include "codesign/explore/store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "codesign/explore/plot.h"
#include "codesign/explore/pool.h"

using namespace msd::explore;

namespace {

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "msd_store_XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file() const { return (path / "results.db").string(); }
};

std::map<std::pair<uint32_t, uint32_t>, int64_t> rows_of(const Store& store) {
    std::map<std::pair<uint32_t, uint32_t>, int64_t> rows;
    store.read([&](uint32_t point, uint32_t item, const Row& row) {
        rows[{point, item}] = row.cycles;
    });
    return rows;
}

}  // namespace

TEST_CASE("rows are there again when the file is opened again") {
    const Folder folder;
    {
        Store store(folder.file(), "spec");
        store.name_points({"p"});
        store.name_items({"a", "b"});
        store.add(0, 0, {1LL << 60, 0.1, 0});
        store.add(0, 1, {7, 1e300, 3});
        store.add(0, 1, {8, 1, 1});  // the first one stays
        store.close();
    }
    CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
    Store store(folder.file(), "spec");
    std::vector<Row> rows;
    store.read([&](uint32_t, uint32_t, const Row& row) { rows.push_back(row); });
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].cycles == 1LL << 60);
    CHECK(rows[0].energy_nj == 0.1);
    CHECK(rows[1].faults == 3);
    CHECK(rows[1].cycles == 7);
}

TEST_CASE("a killed process leaves what it committed and nothing half") {
    const Folder folder;
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t child = fork();
    if (child == 0) {
        Store store(folder.file(), "spec");
        for (uint32_t i = 0; i < 1000; ++i) store.add(1, i, {i, 0, 0});
        store.commit();
        for (uint32_t i = 0; i < 1000; ++i) store.add(2, i, {i, 0, 0});  // within a transaction
        (void)!write(ready[1], "x", 1);
        pause();
        _exit(0);
    }
    char c;
    REQUIRE(read(ready[0], &c, 1) == 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const Store store(folder.file(), "spec");
    const auto rows = rows_of(store);
    std::size_t of_first = 0;
    for (const auto& [key, cycles] : rows) of_first += key.first == 1;
    CHECK(of_first == 1000);
    CHECK((rows.size() - of_first) < 1000);  // the second thousand was not committed as a whole
}

TEST_CASE("a file of another spec, of another kind or in use is refused with words") {
    const Folder folder;
    {
        Store store(folder.file(), "spec");
        CHECK_THROWS_WITH(Store(folder.file(), "spec"), Catch::Contains("another run"));
    }
    CHECK_THROWS_WITH(Store(folder.file(), "other"), Catch::Contains("results of another spec"));
    CHECK_THROWS_WITH(Store((folder.path / "no" / "where.db").string(), "a"),
                      Catch::Contains("cannot be used"));
    std::ofstream(folder.path / "text.db") << std::string(5000, 'x');
    CHECK_THROWS_WITH(Store((folder.path / "text.db").string(), "a"),
                      Catch::Contains("no results file"));
}

TEST_CASE("no mutation of a results file crashes") {
    const Folder folder;
    {
        Store store(folder.file(), "spec");
        for (uint32_t i = 0; i < 50; ++i) store.add(0, i, {i, 0.5, 0});
        store.close();
    }
    std::ifstream in(folder.file(), std::ios::binary);
    const std::string sound{std::istreambuf_iterator<char>(in), {}};
    const std::string copy = (folder.path / "copy.db").string();
    uint64_t state = 1;
    const auto below = [&](std::size_t n) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>((state >> 33) % n);
    };
    int refused = 0;
    for (int round = 0; round < 150; ++round) {
        std::string bytes = sound;
        for (int edits = 0; edits < 8; ++edits) bytes[below(bytes.size())] = char(below(256));
        if (round % 3 == 0) bytes.resize(below(bytes.size()));
        std::filesystem::remove(copy);
        std::filesystem::remove(copy + "-wal");
        std::ofstream(copy, std::ios::binary) << bytes;
        try {
            Store store(copy, "spec");
            rows_of(store);
        } catch (const std::runtime_error&) {
            ++refused;
        }
    }
    CHECK(refused > 20);
}

TEST_CASE("threads do every task once, and results come on the caller's thread") {
    for (const unsigned threads : {1u, 2u, 5u}) {
        std::vector<std::string> tasks;
        for (int i = 0; i < 500; ++i) tasks.push_back(std::to_string(i));
        std::set<std::size_t> done;
        const auto caller = std::this_thread::get_id();
        ThreadPool(threads).run(
            tasks, [](const std::string& task) { return task + "!"; },
            [&](std::size_t task, const std::string& result) {
                CHECK(std::this_thread::get_id() == caller);
                CHECK(result == tasks[task] + "!");
                CHECK(done.insert(task).second);
            });
        CHECK(done.size() == 500);
        ThreadPool(threads).run({}, nullptr, nullptr);
    }
}

TEST_CASE("what a task or the taker of its result throws comes out, and ends the rest") {
    const std::vector<std::string> tasks(1000, "t");
    std::atomic<int> count{0};
    const auto compute = [&](const std::string&) -> std::string {
        if (++count == 50) throw std::runtime_error("task fifty");
        return "";
    };
    CHECK_THROWS_WITH(ThreadPool(2).run(tasks, compute, [](std::size_t, const std::string&) {}),
                      "task fifty");
    CHECK(count < 200);
    int taken = 0;
    CHECK_THROWS_WITH(ThreadPool(2).run(
                          tasks, [](const std::string&) { return ""; },
                          [&](std::size_t, const std::string&) {
                              if (++taken == 9) throw std::runtime_error("disk full");
                          }),
                      "disk full");
    CHECK(taken == 9);
}

TEST_CASE("plots are whole SVG whatever the numbers are") {
    ScatterPlot plot{"a <b> & \"c\"", "x", "y", true, {}};
    CHECK(scatter_svg(plot).find("&lt;b&gt; &amp; &quot;c&quot;") != std::string::npos);
    plot.series.push_back(
        {"s", "#000", {{1, 1}, {-1, 2}, {0, NAN}, {INFINITY, 3}, {100, 5}}, true, 2});
    const std::string svg = scatter_svg(plot);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    std::size_t dots = 0;
    for (auto at = svg.find("h0"); at != std::string::npos; at = svg.find("h0", at + 1)) ++dots;
    CHECK(dots == 2);  // the points that are finite and positive
    const std::string map = heat_map_svg({"t", "u", {"a", "b"}, {1, 0.5, 0.5, NAN}, {{0, "g"}}});
    CHECK(map.find("nan") == std::string::npos);
    CHECK(map.find("0.5000") != std::string::npos);
    CHECK(heat_map_svg({"t", "u", {}, {}, {}}).find("</svg>") != std::string::npos);
}
