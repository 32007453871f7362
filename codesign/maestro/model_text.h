// Networks written as model and mapping files.
#pragma once

#include <string>

#include "codesign/maestro/reader.h"

namespace msd::maestro {

// Text that parse_network reads back. A model file of original mode has no Padding and Dilation
// blocks, which the original refuses. With dataflow: a mapping file.
std::string model_text(const Network& network, Mode mode, bool dataflow);

// `name` as one word of a MAESTRO file: separators and braces become underscores.
std::string file_word(const std::string& name);

}  // namespace msd::maestro
