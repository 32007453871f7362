// The kinds of specs that spread over threads and ranks.
#include "platform/cli/explore_command.h"

namespace msd::platform {

std::vector<ExploreKind> spreading_kinds() {
    return {};
}

}  // namespace msd::platform
