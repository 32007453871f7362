// Output files appear whole or not at all: written beside their name, then renamed.
#pragma once

#include <filesystem>
#include <string>

namespace msd::platform {

// Throws std::runtime_error "path: cannot be written: reason".
void write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace msd::platform
