// Results that last: one row for each pair of an item and a point, appended to an SQLite file in
// transactions, so that a process killed at any moment leaves whole rows and the next run takes up
// where it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace msd::explore {

struct Row {
    int64_t cycles = 0;
    double energy_nj = 0;
    uint32_t faults = 0;  // parts without a cost
};

class Store {
public:
    // Opens or creates the file. `fingerprint` names all that the rows depend on. Throws
    // std::runtime_error if the file is another exploration's, no database, in use or cannot be
    // written: "file: what; what would be right".
    Store(const std::string& path, const std::string& fingerprint);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // Names for people who open the file; written once.
    void name_points(const std::vector<std::string>& names);
    void name_items(const std::vector<std::string>& names);

    void read(const std::function<void(uint32_t point, uint32_t item, const Row&)>& row) const;

    // Written to disk with all others by commit(), or by the next add() a quarter of a second after
    // the last time (sooner at first). A row that is there already stays.
    void add(uint32_t point, uint32_t item, const Row& row);
    void commit();

    // The file becomes one file, without journal. The destructor only commits.
    void close();

private:
    struct Database;
    std::unique_ptr<Database> db_;
    std::chrono::steady_clock::time_point committed_;
    std::chrono::milliseconds interval_;
};

}  // namespace msd::explore
