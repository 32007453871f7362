// Constants of an ONNX file: decoded from protobuf with every length checked, external data
// included.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace msd::network::onnx_import {

// What is wrong, without the file's and the node's name: those who know them put them in front.
struct Bad : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class DType { kFloat, kInt8, kUint8, kInt32, kInt64 };
const char* to_string(DType type);

// real[i] = scale[c] * (ints[i] - zero[c]), c the index along `axis`; one scale: per tensor.
struct Grid {
    std::vector<double> scale;
    std::vector<int> zero;
    int axis = 0;
};

struct Constant {
    DType type = DType::kFloat;
    std::vector<int64_t> dims;
    std::vector<float> reals;    // kFloat, unless `grid`
    std::vector<int32_t> ints;   // kInt8, kUint8, kInt32
    std::vector<int64_t> longs;  // kInt64
    std::optional<Grid>
        grid;  // set by DequantizeLinear: a float constant that still knows its integers

    std::size_t size() const;
    bool is_float() const { return type == DType::kFloat || grid; }
    std::size_t channel(std::size_t i) const;  // of element i along grid->axis; 0 if per tensor
    double real(std::size_t i) const;          // is_float() only
};

// The text of dimensions, "1x3x3".
std::string dims_text(const std::vector<int64_t>& dims);

// A name from the file as it may appear in messages and tables: printable ASCII without commas and
// quotes.
std::string clean(const std::string& name);

// Throws Bad. `folder` is where external data may lie.
Constant decode(const onnx::TensorProto& tensor, const std::filesystem::path& folder);

}  // namespace msd::network::onnx_import
