// Where test data is found, and how a test that lacks it says so.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace msd::test {

inline bool& skipped() {
    static bool flag = false;
    return flag;
}

// The folder of test data: $MSD_DATA, else ../shared/data seen from the repository's root.
inline std::filesystem::path data_root() {
    if (const char* env = std::getenv("MSD_DATA")) return env;
    return std::filesystem::path(MSD_SOURCE_DIR) / ".." / "shared" / "data";
}

// True if the data file exists; otherwise says so and marks the test as skipped.
inline bool have_data(const std::string& relative) {
    if (std::filesystem::exists(data_root() / relative)) return true;
    std::cout << "SKIPPED: no test data " << relative << " (set MSD_DATA)\n";
    skipped() = true;
    return false;
}

inline std::string data_path(const std::string& relative) {
    return (data_root() / relative).lexically_normal().string();
}

}  // namespace msd::test
