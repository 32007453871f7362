// Reads the published tables of latency by layer and EB.
#include <fstream>
#include <stdexcept>

#include "codesign/mixed_eb/greedy.h"

namespace msd::mixed_eb {
namespace {

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(" \t\r");
    if (from == std::string::npos) return "";
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::size_t from = 0;
    for (;;) {
        const std::size_t comma = line.find(',', from);
        fields.push_back(trimmed(line.substr(from, comma - from)));
        if (comma == std::string::npos) return fields;
        from = comma + 1;
    }
}

bool is_cycles(const std::string& text) {
    return !text.empty() && text.size() <= 15 &&
           text.find_first_not_of("0123456789") == std::string::npos && text[0] != '0';
}

class Reader {
public:
    explicit Reader(const std::string& path) : path_(path), file_(path) {
        if (!file_) throw std::runtime_error(path + ": no such file, or it cannot be read");
    }

    LatencyTable read() {
        for (std::string line; std::getline(file_, line);) {
            ++line_;
            if (trimmed(line).empty()) continue;
            if (line.rfind("baseline", 0) == 0)
                baseline(line);
            else
                row(fields_of(line));
        }
        if (eb_ != 0)
            fail("the last layer has " + std::to_string(eb_) + " rows; a layer has three");
        if (table_.layers.empty()) fail("holds no layer");
        return table_;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(path_ + ":" + std::to_string(line_) + ": " + what);
    }

    // `baseline latency cycles: N`; the line with milliseconds says nothing new.
    void baseline(const std::string& line) {
        const std::string cycles = "baseline latency cycles:";
        if (line.rfind(cycles, 0) != 0) return;
        const std::string number = fields_of(line.substr(cycles.size()))[0];
        if (!is_cycles(number)) fail("'" + number + "' is no number of cycles");
        table_.baseline = std::stoull(number);
    }

    void row(const std::vector<std::string>& fields) {
        if (fields.size() < 2) fail("a row is 'layer,cycles' or 'layer, EB, cycles, ...'");
        const bool wide = fields.size() > 2;
        if (wide && fields[1] != std::to_string(eb_ + 1))
            fail("EB is '" + fields[1] + "'; the rows of a layer are EB 1, 2, 3 in this order");
        const std::string& cycles = fields[wide ? 2 : 1];
        if (!is_cycles(cycles)) fail("'" + cycles + "' is no number of cycles");
        if (eb_ == 0) table_.layers.push_back({fields[0], {}});
        LayerLatency& layer = table_.layers.back();
        if (layer.name != fields[0])
            fail("layer '" + fields[0] + "' begins, but '" + layer.name + "' has " +
                 std::to_string(eb_) + " of three rows");
        layer.cycles[eb_] = cycles;
        eb_ = (eb_ + 1) % 3;
    }

    std::string path_;
    std::ifstream file_;
    LatencyTable table_;
    int line_ = 0;
    std::size_t eb_ = 0;  // that the next row has, less 1
};

}  // namespace

LatencyTable read_latency_table(const std::string& path) {
    return Reader(path).read();
}

}  // namespace msd::mixed_eb
