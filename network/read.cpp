// read_network: chooses the reader by the file's extension, or the zoo.
#include <filesystem>

#include "network/graph.h"
#include "network/zoo.h"

namespace msd::network {

Graph read_network(const std::string& path, uint64_t seed) {
    if (const std::string name = zoo_name(path); !name.empty()) return make_zoo(name, seed);
    const std::string extension = std::filesystem::path(path).extension().string();
    if (extension == ".onnx") return read_onnx(path);
    if (extension == ".csv") {
        CsvOptions options;
        options.seed = seed;
        return read_topology_csv(path, options);
    }
    throw ImportError(path + ": unknown extension '" + extension +
                      "'; a network is a .onnx or a .csv file, or zoo:NAME");
}

}  // namespace msd::network
