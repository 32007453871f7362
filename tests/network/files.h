// A folder of its own for the files of one test process, removed at its end.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace msd::test {

class Folder {
public:
    Folder() {
        // Thousands of small files: in memory where that is possible.
        std::string name = "/dev/shm/msd_network_XXXXXX";
        if (!::mkdtemp(name.data())) {
            name = (std::filesystem::temp_directory_path() / "msd_network_XXXXXX").string();
            if (!::mkdtemp(name.data()))
                throw std::runtime_error("cannot make a folder for test files");
        }
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string write(const std::string& name, const std::string& bytes) const {
        std::ofstream(file(name), std::ios::binary) << bytes;
        return file(name);
    }

private:
    std::filesystem::path path_;
};

inline std::string read_bytes(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace msd::test
