// Reads MAESTRO's model, mapping and hardware files. Grammar: docs/maestro.md.
#pragma once

#include <string>
#include <vector>

#include "codesign/maestro/types.h"

namespace msd::maestro {

struct Layer {
    std::string name;
    Shape shape;
    Dataflow dataflow;  // empty in a model file
    int64_t printed_input = 0,
            printed_filter =
                0;  // products of the listed dimensions of a tensor, as the CSV prints them
    std::string
        problem;  // "file:line:column: what; what would be right" if the layer cannot be evaluated
    int line = 0, column = 0;  // of its name
};

struct Network {
    std::string name, file;
    std::vector<Layer> layers;
};

// A model or mapping file. What makes one layer unusable is put into its `problem`; what makes the
// file unreadable throws InputError "file:line:column: what; what would be right". A layer without
// dataflow takes the one before it.
Network read_network_file(const std::string& path);
Network parse_network(const std::string& text, const std::string& name);

// A hardware file; unknown keys and values out of range throw InputError. Energy files have the
// same form.
Hardware read_hardware_file(const std::string& path);
Hardware parse_hardware(const std::string& text, const std::string& name,
                        const Hardware& start = {});
void read_energy_file(const std::string& path, EnergyTable& table);
void parse_energy(const std::string& text, const std::string& name, EnergyTable& table);

// The whole file; throws InputError if it is no readable regular file of at most 256 MiB.
std::string read_text(const std::string& path);

// Fills printed_input, printed_filter and shape.batch of all layers, as the original does: the
// first layer of a type decides whether N counts. For networks that did not come from
// parse_network.
void finish(Network& network);

}  // namespace msd::maestro
