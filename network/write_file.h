// Writes a file whole or not at all.
#pragma once

#include <string>

namespace msd::network {

// Writes beside the path, then renames. Throws std::runtime_error "path: cannot be written".
void write_file(const std::string& path, const std::string& bytes);

}  // namespace msd::network
