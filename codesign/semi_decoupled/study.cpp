// Costs of networks on points; see study.h.
#include "codesign/semi_decoupled/study.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace msd::semi_decoupled {
namespace {

// FNV-1a: names the layers of a network in a few digits.
class Digest {
public:
    void add(uint64_t value) {
        for (int i = 0; i < 8; ++i) h_ = (h_ ^ (value >> 8 * i & 255)) * 0x100000001b3ull;
    }
    void add(const std::string& text) {
        for (const char c : text) h_ = (h_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
        add(text.size());
    }
    uint64_t get() const { return h_; }

private:
    uint64_t h_ = 0xcbf29ce484222325ull;
};

std::string text_of(const Device& d) {
    const pe::AcceleratorConfig& c = d.config;
    return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", c.lut_rows, c.lut_cols,
                       c.dsp_rows, c.dsp_cols, c.beat_bytes, c.act_words, c.lut_weight_words,
                       c.dsp_weight_words, c.acc_entries, c.out_words, c.tile_channels,
                       c.outstanding, c.clock_mhz, d.effective_bits, d.dram_bytes_per_cycle,
                       d.dram_latency_cycles, d.visit_tiles);
}

double log_fan_in(const maestro::Shape& s) {
    if (s.type == maestro::LayerType::kGemm) return std::log(s.size[maestro::kK]);
    if (maestro::saturated_product(s.out_y(), s.out_x()) <= 1)
        return 0;  // squeezes and classifiers carry no map
    const double channels = s.type == maestro::LayerType::kDsConv ? 1 : s.size[maestro::kC];
    return std::log(channels * s.size[maestro::kR] * s.size[maestro::kS]);
}

template <typename T>
void put(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
T take(const std::string& bytes, std::size_t& at) {
    T value;
    if (bytes.size() - at < sizeof value) throw std::logic_error("study: a message cut short");
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
}

}  // namespace

int64_t weights_of(const maestro::Shape& shape) {
    const auto product = [&](std::initializer_list<maestro::Dim> dims) {
        int64_t n = 1;
        for (const maestro::Dim d : dims)
            n = maestro::saturated_product(n, std::max<int64_t>(1, shape.size[d]));
        return n;
    };
    using namespace maestro;
    return shape.type == LayerType::kGemm     ? product({kK, kN})
           : shape.type == LayerType::kDsConv ? product({kC, kR, kS})
                                              : product({kC, kR, kS, kK, kG});
}

Study::Study(maestro::Mode mode, bool with_platform) : mode_(mode), sweep_(mode) {
    if (with_platform) padded_ = std::make_unique<maestro::Sweep>(maestro::Mode::kCorrected);
}

void Study::add(const maestro::Network& network) {
    NetworkEntry entry;
    entry.name = network.name;
    sweep_.add(network);
    if (padded_) padded_->add(network);
    for (const maestro::Layer& layer : network.layers) {
        entry.macs = maestro::saturated_sum(entry.macs, layer.shape.macs());
        entry.weights = maestro::saturated_sum(entry.weights, weights_of(layer.shape));
        entry.entropy += log_fan_in(layer.shape);
    }
    networks_.push_back(std::move(entry));
}

std::string Study::fingerprint() const {
    Digest digest;
    digest.add(static_cast<uint64_t>(mode_));
    digest.add(networks_.size());
    const maestro::Sweep& shapes = padded_ ? *padded_ : sweep_;
    for (const maestro::Shape& shape : shapes.distinct()) digest.add(maestro::hash(shape));
    for (std::size_t n = 0; n < networks_.size(); ++n) {
        digest.add(networks_[n].name);
        digest.add(shapes.order(n).size());
        for (const uint32_t shape : shapes.order(n)) digest.add(shape);
    }
    for (const Point& point : points_) {
        digest.add(point.name);
        if (point.platform()) {
            digest.add(text_of(std::get<Device>(point.hardware)));
            continue;
        }
        const auto& p = std::get<MaestroPoint>(point.hardware);
        digest.add(maestro::hash(p.hardware));
        const maestro::EnergyTable& e = p.hardware.energy;
        digest.add(fmt::format("{} {} {} {} {}", e.mac_nj, e.l1, e.l2, e.noc, e.dram));
        for (const maestro::TemplateDirective& d : p.dataflow.directives) {
            digest.add(static_cast<uint64_t>(d.kind) << 8 | d.dim);
            for (const maestro::TemplateSize& s : {d.size, d.offset})
                digest.add(static_cast<uint64_t>(s.of_layer) << 40 | uint64_t{s.dim} << 32 |
                           static_cast<uint32_t>(s.value));
        }
    }
    return fmt::format("{} networks, {} points, {:016x}", networks_.size(), points_.size(),
                       digest.get());
}

std::vector<explore::Row> Study::platform_costs(uint32_t point,
                                                const std::vector<uint32_t>& networks) const {
    const Device& device = std::get<Device>(points_[point].hardware);
    std::vector<explore::Row> result;
    for (const uint32_t n : networks) {
        explore::Row row;
        for (const uint32_t shape : padded_->order(n)) {
            LayerCycles cost;
            bool known = false;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                const auto& table = known_[point];
                if (const auto found = table.find(shape); found != table.end())
                    cost = found->second, known = true;
            }
            if (!known) {
                cost = platform_cost(device, padded_->distinct()[shape]);
                const std::lock_guard<std::mutex> lock(mutex_);
                known_[point].emplace(shape, cost);
            }
            if (cost.ok) {
                row.cycles += cost.cycles;
                row.energy_nj += cost.energy_nj;
            } else {
                ++row.faults;
            }
        }
        result.push_back(row);
    }
    return result;
}

std::vector<explore::Row> Study::costs(uint32_t point,
                                       const std::vector<uint32_t>& networks) const {
    if (points_.at(point).platform()) return platform_costs(point, networks);
    const auto& p = std::get<MaestroPoint>(points_[point].hardware);
    std::vector<explore::Row> result;
    for (const maestro::Totals& t : sweep_.run(p.dataflow, p.hardware, networks))
        result.push_back({t.runtime, t.energy_nj, t.faults});
    return result;
}

std::string Study::task(uint32_t point, const std::vector<uint32_t>& networks) {
    std::string bytes;
    put(bytes, point);
    put(bytes, static_cast<uint32_t>(networks.size()));
    for (const uint32_t n : networks) put(bytes, n);
    return bytes;
}

void Study::parse(const std::string& task, uint32_t& point, std::vector<uint32_t>& networks) {
    std::size_t at = 0;
    point = take<uint32_t>(task, at);
    networks.resize(take<uint32_t>(task, at));
    for (uint32_t& n : networks) n = take<uint32_t>(task, at);
}

std::string Study::compute(const std::string& task) const {
    uint32_t point = 0;
    std::vector<uint32_t> networks;
    parse(task, point, networks);
    std::string bytes;
    for (const explore::Row& row : costs(point, networks)) {
        put(bytes, row.cycles);
        put(bytes, row.energy_nj);
        put(bytes, row.faults);
    }
    return bytes;
}

std::vector<explore::Row> Study::rows(const std::string& result) {
    std::vector<explore::Row> rows;
    for (std::size_t at = 0; at < result.size();) {
        explore::Row row;
        row.cycles = take<int64_t>(result, at);
        row.energy_nj = take<double>(result, at);
        row.faults = take<uint32_t>(result, at);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace msd::semi_decoupled
