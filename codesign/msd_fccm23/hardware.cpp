// Embedded and read hardware descriptions; see hardware.h.
#include "codesign/msd_fccm23/hardware.h"

#include <filesystem>
#include <fstream>
#include <set>

namespace msd::fccm23 {
namespace {

constexpr int64_t kBram18Bits = 16384;  // the parity bits are not used

struct Key {
    const char* section;
    const char* name;
    int HardwareDescription::*member;  // null: the frequency
    int64_t most;
};

constexpr int kMostRows = 65536, kMostBrams = 65536;
const Key kKeys[] = {
    {"system", "hardware_bandwidth", &HardwareDescription::bandwidth_bytes, 4096},
    {"system", "hardware_frequency", nullptr, 100'000'000'000},
    {"array", "bs_rows", &HardwareDescription::lut_rows, kMostRows},
    {"array", "bs_cols", &HardwareDescription::lut_cols, kMostRows},
    {"array", "bp_rows", &HardwareDescription::dsp_rows, kMostRows},
    {"array", "bp_cols", &HardwareDescription::dsp_cols, kMostRows},
    {"array", "bs_ifm_bram18", &HardwareDescription::lut_act_bram18, kMostBrams},
    {"array", "bs_wgt_bram18", &HardwareDescription::lut_wgt_bram18, kMostBrams},
    {"array", "bs_ofm_bram18", &HardwareDescription::lut_out_bram18, kMostBrams},
    {"array", "bp_ifm_bram18", &HardwareDescription::dsp_act_bram18, kMostBrams},
    {"array", "bp_wgt_bram18", &HardwareDescription::dsp_wgt_bram18, kMostBrams},
    {"array", "bp_ofm_bram18", &HardwareDescription::dsp_out_bram18, kMostBrams},
};

int64_t value_of(const HardwareDescription& hw, const Key& key) {
    return key.member ? hw.*key.member : hw.frequency_hz;
}

void set_value(HardwareDescription& hw, const Key& key, int64_t value) {
    if (key.member) {
        hw.*key.member = static_cast<int>(value);
    } else {
        hw.frequency_hz = value;
    }
}

std::string range_of(const Key& key) {
    return "a whole number of 1.." + std::to_string(key.most);
}

int64_t depth(int bram18, int width_bits) {
    return (bram18 * kBram18Bits + width_bits - 1) / width_bits;
}

HardwareDescription description(const char* name, int bandwidth_bytes, int64_t frequency_hz,
                                int lut_side, int dsp_rows, int dsp_cols, int bram18) {
    return {name,   bandwidth_bytes, frequency_hz, lut_side, lut_side, dsp_rows, dsp_cols,
            bram18, bram18,          bram18,       bram18,   bram18,   bram18};
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r"),
                      last = text.find_last_not_of(" \t\r");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

std::string printable(std::string text) {
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '_';
    }
    return text.substr(0, 60);
}

}  // namespace

BufferDepths HardwareDescription::lut_depths() const {
    return {depth(lut_act_bram18, 8), depth(lut_wgt_bram18, 4), depth(lut_out_bram18, 8)};
}

BufferDepths HardwareDescription::dsp_depths() const {
    return {depth(dsp_act_bram18, 16), depth(dsp_wgt_bram18, 8), depth(dsp_out_bram18, 16)};
}

void HardwareDescription::check() const {
    for (const Key& key : kKeys) {
        const int64_t value = value_of(*this, key);
        if (value < 1 || value > key.most) {
            throw InputError("hardware description '" + name + "': " + key.name + " is " +
                             std::to_string(value) + "; it must be " + range_of(key));
        }
    }
}

const std::vector<std::string>& published_devices() {
    static const std::vector<std::string> names = {"xc7z020", "ultra96", "zcu102"};
    return names;
}

HardwareDescription published_hardware(const std::string& device) {
    if (device == "xc7z020") return description("xc7z020", 8, 100'000'000, 40, 14, 15, 4);
    if (device == "ultra96") return description("ultra96", 16, 214'000'000, 48, 16, 16, 4);
    if (device == "zcu102") return description("zcu102", 16, 214'000'000, 100, 48, 48, 6);
    throw InputError("no published hardware description is called '" + printable(device) +
                     "'; there are xc7z020, ultra96 and zcu102");
}

HardwareDescription read_hardware(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw InputError(path + ": cannot be opened; it must be an existing .ini file");
    std::ifstream stream(path, std::ios::binary);
    HardwareDescription hw;
    hw.name = std::filesystem::path(path).stem().string();
    std::set<std::string> seen;
    std::string section, line;
    for (int number = 1; std::getline(stream, line); ++number) {
        const auto fail = [&](const std::string& what) {
            throw InputError(path + ":" + std::to_string(number) + ": " + what);
        };
        const std::string text = trimmed(line);
        if (text.empty() || text[0] == '#' || text[0] == ';') continue;
        if (text[0] == '[') {
            section = text.back() == ']' ? trimmed(text.substr(1, text.size() - 2)) : std::string();
            if (section != "system" && section != "array")
                fail("unknown section " + printable(text) + "; there are [system] and [array]");
            continue;
        }
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos)
            fail("'" + printable(text) + "' is no setting; write it as key = value");
        const std::string name = trimmed(text.substr(0, equals));
        const std::string value = trimmed(text.substr(equals + 1));
        const Key* found = nullptr;
        for (const Key& key : kKeys) {
            if (section == key.section && name == key.name) found = &key;
        }
        if (!found) {
            std::string names;
            for (const Key& key : kKeys) {
                if (section == key.section)
                    names += (names.empty() ? "" : ", ") + std::string(key.name);
            }
            fail("unknown key '" + printable(name) + "'" +
                 (names.empty() ? " before the first section; start with [system]"
                                : " in [" + section + "]; there are " + names));
        }
        if (!seen.insert(name).second) fail(name + " is given twice");
        const bool digits = !value.empty() && value.size() <= 12 &&
                            value.find_first_not_of("0123456789") == std::string::npos;
        const int64_t integer = digits ? std::stoll(value) : 0;
        if (integer < 1 || integer > found->most)
            fail(name + " is '" + printable(value) + "'; it must be " + range_of(*found));
        set_value(hw, *found, integer);
    }
    std::string missing;
    for (const Key& key : kKeys) {
        if (!seen.count(key.name))
            missing +=
                (missing.empty() ? "" : ", ") + std::string(key.name) + " in [" + key.section + "]";
    }
    if (!missing.empty()) throw InputError(path + ": lacks " + missing);
    return hw;
}

}  // namespace msd::fccm23
