// read_network: chooses the reader by the file's extension.
#include <filesystem>

#include "network/graph.h"

namespace msd::network {

Graph read_network(const std::string& path, uint64_t seed) {
    const std::string extension = std::filesystem::path(path).extension().string();
    if (extension == ".onnx") return read_onnx(path);
    if (extension == ".csv") {
        CsvOptions options;
        options.seed = seed;
        return read_topology_csv(path, options);
    }
    throw ImportError(path + ": unknown extension '" + extension +
                      "'; a network is a .onnx or a .csv file");
}

}  // namespace msd::network
