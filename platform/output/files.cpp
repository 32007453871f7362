// Writing a file whole or not at all.
#include "platform/output/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace msd::platform {

void write_file(const std::filesystem::path& path, const std::string& content) {
    std::error_code ignored;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
    const std::filesystem::path part = path.string() + ".part";
    const auto fail = [&](const char* what) {
        const std::string reason = std::strerror(errno);
        std::filesystem::remove(part, ignored);
        throw std::runtime_error(fmt::format("{}: {}: {}", path.string(), what, reason));
    };
    {
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        if (!out) fail("cannot be created");
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.flush();
        if (!out) fail("cannot be written");
    }
    std::error_code error;
    std::filesystem::rename(part, path, error);
    if (error) {
        errno = error.value();
        fail("cannot be renamed into place");
    }
}

}  // namespace msd::platform
