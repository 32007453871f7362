// gzip without a date or a name, so that the same text gives the same bytes.
#pragma once

#include <string>

namespace msd::platform {

std::string gzip(const std::string& text);

}  // namespace msd::platform
