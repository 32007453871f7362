// The networks, hardware points and scores that a spec declares.
#pragma once

#include <memory>
#include <string>

#include "codesign/semi_decoupled/study.h"
#include "platform/scenario/spec.h"

namespace msd::platform {

struct ExploreSpace {
    std::unique_ptr<semi_decoupled::Study> study;
    std::string score_name;  // what the networks' scores are, in words
};

// Sections [networks], [darts], [score], [maestro], [platform] of docs/codesign.md.
ExploreSpace read_space(Spec& spec);

}  // namespace msd::platform
