// Writing beside and renaming: a reader sees the old file or the new one.
#include "network/write_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace msd::network {

void write_file(const std::string& path, const std::string& bytes) {
    const std::string beside = path + ".part";
    std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    std::error_code error;
    if (stream) {
        std::filesystem::rename(beside, path, error);
        if (!error) return;
    }
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    throw std::runtime_error(path +
                             ": cannot be written; is there such a folder, and is it writable?");
}

}  // namespace msd::network
