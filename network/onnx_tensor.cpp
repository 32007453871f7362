// Decodes TensorProto; see onnx_tensor.h.
#include "network/onnx_tensor.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "network/window.h"

namespace msd::network::onnx_import {

namespace fs = std::filesystem;
using onnx::TensorProto;

const char* to_string(DType type) {
    switch (type) {
        case DType::kFloat:
            return "float";
        case DType::kInt8:
            return "int8";
        case DType::kUint8:
            return "uint8";
        case DType::kInt32:
            return "int32";
        case DType::kInt64:
            return "int64";
    }
    return "unknown";
}

std::size_t Constant::size() const {
    return reals.size() + ints.size() + longs.size();
}

std::size_t Constant::channel(std::size_t i) const {
    if (!grid || grid->scale.size() == 1) return 0;
    std::size_t inner = 1;
    for (std::size_t d = grid->axis + 1; d < dims.size(); ++d) inner *= dims[d];
    return i / inner % dims[grid->axis];
}

double Constant::real(std::size_t i) const {
    if (!grid) return reals[i];
    const std::size_t c = channel(i);
    return grid->scale[c] * (int64_t{ints[i]} - grid->zero[c]);
}

std::string dims_text(const std::vector<int64_t>& dims) {
    if (dims.empty()) return "scalar";
    std::string text;
    for (std::size_t i = 0; i < dims.size() && i < 8; ++i)
        text += (i ? "x" : "") + std::to_string(dims[i]);
    return dims.size() > 8 ? text + "x…" : text;
}

std::string clean(const std::string& name) {
    std::string text = name.substr(0, 200);
    for (char& c : text) {
        if (c < ' ' || c > '~' || c == ',' || c == '"' || c == '\'') c = '_';
    }
    return text;
}

namespace {

// The bytes of a tensor whose data lies beside the model: `location` must stay inside the model's
// folder.
std::string read_external(const TensorProto& tensor, const fs::path& folder, std::size_t bytes) {
    std::string location;
    int64_t offset = 0, length = -1;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") {
            location = entry.value();
            continue;
        }
        if (entry.key() != "offset" && entry.key() != "length")
            continue;  // checksum: optional by ONNX
        const std::string& digits = entry.value();
        if (digits.empty() || digits.size() > 15 ||
            digits.find_first_not_of("0123456789") != std::string::npos) {
            throw Bad("external data: " + entry.key() + " '" + clean(digits) + "' is not a number");
        }
        (entry.key() == "offset" ? offset : length) = std::stoll(digits);
    }
    const fs::path relative(location);
    bool inside =
        !location.empty() && !relative.is_absolute() && location.find('\0') == std::string::npos;
    for (const auto& part : relative) inside = inside && part != "..";
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    const fs::path file = inside ? fs::canonical(root / relative, error) : fs::path();
    if (inside && error) throw Bad("external data: cannot open '" + clean(location) + "'");
    for (auto r = root.begin(), f = file.begin(); inside && r != root.end(); ++r, ++f) {
        inside = f != file.end() && *r == *f;  // a link may lead elsewhere
    }
    if (!inside) {
        throw Bad("external data '" + clean(location) +
                  "' lies outside the model's folder; it must be beside the model");
    }
    if (!fs::is_regular_file(file, error))
        throw Bad("external data '" + clean(location) + "' is not a file");
    const auto size = static_cast<int64_t>(fs::file_size(file, error));
    if (error || offset > size || size - offset < static_cast<int64_t>(bytes)) {
        throw Bad("external data '" + clean(location) + "' is too short: " + std::to_string(size) +
                  " bytes, needs " + std::to_string(bytes) + " from " + std::to_string(offset) +
                  " on");
    }
    if (length >= 0 && length != static_cast<int64_t>(bytes)) {
        throw Bad("external data '" + clean(location) + "' has " + std::to_string(length) +
                  " bytes; its shape needs " + std::to_string(bytes));
    }
    std::string data(bytes, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(offset);
    if (!stream.read(data.data(), static_cast<std::streamsize>(bytes))) {
        throw Bad("external data '" + clean(location) + "' cannot be read");
    }
    return data;
}

std::size_t element_count(const TensorProto& tensor) {
    int64_t count = 1;
    for (const int64_t dim : tensor.dims()) {
        if (dim < 1 || dim > kMaxElements)
            throw Bad("dimension " + std::to_string(dim) + " is not possible");
        count *= dim;
        if (count > kMaxElements) throw Bad("more than 2^28 elements");
    }
    if (tensor.dims_size() > 8)
        throw Bad("has " + std::to_string(tensor.dims_size()) + " dimensions; at most 8");
    return static_cast<std::size_t>(count);
}

// Raw little-endian bytes, or the typed field, as Out.
template <typename Stored, typename Out, typename Field>
std::vector<Out> values(const TensorProto& tensor, const fs::path& folder, const Field& field,
                        std::size_t count) {
    std::vector<Out> result;
    const bool external = tensor.data_location() == TensorProto::EXTERNAL;
    if (external || tensor.has_raw_data()) {
        const std::size_t bytes = count * sizeof(Stored);
        const std::string outside = external ? read_external(tensor, folder, bytes) : std::string();
        const std::string& data = external ? outside : tensor.raw_data();
        if (data.size() != bytes) {
            throw Bad("has " + std::to_string(data.size()) + " bytes of data; its shape needs " +
                      std::to_string(bytes));
        }
        result.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            Stored value;
            std::memcpy(&value, data.data() + i * sizeof(Stored), sizeof(Stored));
            result[i] = static_cast<Out>(value);
        }
        return result;
    }
    if (static_cast<std::size_t>(field.size()) != count) {
        throw Bad("has " + std::to_string(field.size()) + " values; its shape needs " +
                  std::to_string(count));
    }
    result.reserve(count);
    for (const auto value : field) {
        if constexpr (std::numeric_limits<Stored>::is_integer) {
            if (value < std::numeric_limits<Stored>::min() ||
                value > std::numeric_limits<Stored>::max()) {
                throw Bad("value " + std::to_string(value) + " does not fit its type");
            }
        }
        result.push_back(static_cast<Out>(value));
    }
    return result;
}

Constant decode_checked(const TensorProto& tensor, const fs::path& folder) {
    if (tensor.has_segment()) throw Bad("is stored in segments, which is not supported");
    const std::size_t count = element_count(tensor);
    Constant c;
    c.dims.assign(tensor.dims().begin(), tensor.dims().end());
    switch (tensor.data_type()) {
        case TensorProto::FLOAT:
            c.type = DType::kFloat;
            c.reals = values<float, float>(tensor, folder, tensor.float_data(), count);
            break;
        case TensorProto::DOUBLE:
            c.type = DType::kFloat;
            for (const double v :
                 values<double, double>(tensor, folder, tensor.double_data(), count)) {
                if (!(std::abs(v) <= std::numeric_limits<float>::max()))
                    throw Bad("holds a value that is no float");
                c.reals.push_back(static_cast<float>(v));
            }
            break;
        case TensorProto::INT8:
            c.type = DType::kInt8;
            c.ints = values<int8_t, int32_t>(tensor, folder, tensor.int32_data(), count);
            break;
        case TensorProto::UINT8:
            c.type = DType::kUint8;
            c.ints = values<uint8_t, int32_t>(tensor, folder, tensor.int32_data(), count);
            break;
        case TensorProto::INT32:
            c.type = DType::kInt32;
            c.ints = values<int32_t, int32_t>(tensor, folder, tensor.int32_data(), count);
            break;
        case TensorProto::INT64:
            c.type = DType::kInt64;
            c.longs = values<int64_t, int64_t>(tensor, folder, tensor.int64_data(), count);
            break;
        default:
            throw Bad("has data type " + std::to_string(tensor.data_type()) +
                      "; supported are float, double, int8, uint8, int32 and int64");
    }
    for (const float v : c.reals) {
        if (!std::isfinite(v)) throw Bad("holds a value that is not finite");
    }
    return c;
}

}  // namespace

Constant decode(const TensorProto& tensor, const fs::path& folder) {
    try {
        return decode_checked(tensor, folder);
    } catch (const Bad& bad) {
        throw Bad("tensor '" + clean(tensor.name()) + "': " + bad.what());
    }
}

}  // namespace msd::network::onnx_import
