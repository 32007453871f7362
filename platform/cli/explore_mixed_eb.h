// The `mixed_eb` kind of `msd explore`: digits for every layer.
#pragma once

#include "platform/cli/explore_command.h"

namespace msd::platform {

// method = "search": ours and the published greedy on one network, judged on images not searched
// on. method = "published": the greedy on the artefact's own tables, against its published results.
int explore_mixed_eb(Spec& spec, const ExploreRun& run);

}  // namespace msd::platform
