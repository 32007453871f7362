// The published accelerator's instruction words, written and read back.
#pragma once

#include <cstdint>
#include <vector>

#include "codesign/msd_fccm23/rtl_timing.h"

namespace msd::fccm23 {

// As they lie in memory, little endian: a word of the 128-bit format is two elements, the low half
// first.
std::vector<uint64_t> encode(const std::vector<LayerCommand>& commands, InstructionFormat format);

// Throws InputError: a word that is not valid or not the next of its layer, or a layer that is cut
// off.
std::vector<LayerCommand> decode(const std::vector<uint64_t>& words, InstructionFormat format);

}  // namespace msd::fccm23
