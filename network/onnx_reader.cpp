// read_onnx: the file's name goes in front of whatever is wrong with it.
#include "network/onnx_builder.h"

namespace msd::network {

Graph read_onnx(const std::string& path) {
    try {
        onnx_import::Model model;
        onnx_import::load(path, model);
        return onnx_import::Builder(model).build();
    } catch (const onnx_import::Bad& bad) {
        throw ImportError(path + ": " + bad.what());
    }
}

}  // namespace msd::network
