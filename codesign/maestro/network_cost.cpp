// Sums layers up and prints them; see network_cost.h.
#include "codesign/maestro/network_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace msd::maestro {
namespace {

const char kHeader[] =
    "Neural Network Name, Layer Number, NumPEs, Runtime (Cycles), Activity count-based Energy "
    "(nJ), "
    "Throughput (MACs/Cycle), Throughput Per Energy (GMACs/s*J), Area, Power, NoC BW Req "
    "(Elements/cycle), "
    "Avg BW Req, Peak BW Req, Vector Width, Offchip BW Req (Elements/cycle),  L2 SRAM Size Req "
    "(Bytes), "
    "L1 SRAM Size Req (Bytes), Multicasting Factor (Weight), Multicasting Factor (Input), Num "
    "Total Input Pixels, "
    "Num Total Weight Pixels, Ops/J, Num MACs, PE power, L1 power, L2 power, NOC power, input l1 "
    "read, input l1 write, "
    "input l2 read, input l2 write, input reuse factor,filter l1 read, filter l1 write, filter l2 "
    "read, "
    "filter l2 write, filter reuse factor,output l1 read, output l1 write, output l2 read, output "
    "l2 write, "
    "output reuse factor,Ingress Delay (Min), Ingress Delay (Max), Ingress Delay (Avg), Egress "
    "Delay (Min), "
    "Egress Delay (Max),  Egress Delay (Avg),Compute Delay (Min), Compute Delay (Min), Compute "
    "Delay (Avg),"
    "Avg number of utilized PEs, Arithmetic Intensity\n";
constexpr int kColumns = 52;

// Six significant digits, as a C++ stream prints; 0/0 has the sign x86 gives it.
std::string number(double v) {
    if (std::isnan(v)) return "-nan";
    return fmt::format("{:g}", v);
}

double ratio(double a, double b) {
    return a == 0 && b == 0 ? std::nan("") : a / b;
}

}  // namespace

NetworkCost cost_of(const Network& network, const Hardware& hardware, Mode mode) {
    hardware.check();
    NetworkCost result;
    result.mode = mode;
    const LayerCost* previous = nullptr;
    result.layers.reserve(network.layers.size());
    for (const Layer& layer : network.layers) {
        LayerCost cost;
        if (layer.problem.empty())
            cost = evaluate(layer.shape, layer.dataflow, hardware, mode);
        else
            cost.fault = Fault::kSyntax;
        result.layers.push_back(cost);
        result.energy_nj.push_back(0);
        if (!cost.ok()) {
            ++result.faults;
            continue;
        }
        result.energy_nj.back() = mode == Mode::kOriginal
                                      ? original_energy(cost, previous, hardware.energy)
                                      : cost.energy_nj;
        previous = &result.layers.back();
        result.runtime = saturated_sum(result.runtime, cost.runtime);
        result.energy += result.energy_nj.back();
    }
    return result;
}

std::vector<std::string> diagnoses(const Network& network, const NetworkCost& cost) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const Layer& layer = network.layers[i];
        if (cost.layers[i].ok()) continue;
        if (!layer.problem.empty()) {
            const std::size_t colon = layer.problem.find(": ");
            result.push_back(layer.problem.substr(0, colon) + ": layer " + layer.name +
                             layer.problem.substr(colon));
        } else {
            result.push_back(fmt::format("{}:{}:{}: layer {}: {}", network.file, layer.line,
                                         layer.column, layer.name, describe(cost.layers[i])));
        }
    }
    return result;
}

std::string cost_csv(const Network& network, const Hardware& hw, const NetworkCost& cost) {
    std::string csv = kHeader;
    const double n = hw.num_pes, lanes = hw.simd_lanes, bw = hw.noc_bw[0];
    const double bus = 14.662 * n + 28.895, arbiter = 1.2886 * n * n + 5.5814 * n - 23.711;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const Layer& layer = network.layers[i];
        const LayerCost& c = cost.layers[i];
        csv += fmt::format("{},{},{},", network.name, layer.name, hw.num_pes);
        if (!c.ok()) {
            csv += std::string(kColumns - 4, ',') + "\n";
            continue;
        }
        const double l1 = static_cast<double>(c.l1_bytes), l2 = static_cast<double>(c.l2_bytes());
        const double runtime = static_cast<double>(c.runtime), macs = static_cast<double>(c.macs);
        const double energy = cost.energy_nj[i];
        const double area = n * (283 * lanes + 0.104 * std::max(l1, 1.0)) +
                            0.104 * std::max(l2, 1.0) + 101.7938 * bus * bw +
                            395.473 * std::max(1.0, arbiter);
        const double pe_power = n * 1.2223 * lanes, l1_power = n * 0.00345 * l1,
                     l2_power = 0.00345 * l2;
        const double noc_power = 0.8 * bus / 1000 * bw + std::max(0.34, 0.34 * arbiter / 1000);
        auto multicast = [&](Tensor t) { return c.tensor[t].l2_read == 0 ? std::nan("") : 1.0; };
        csv +=
            fmt::format("{},{},{},{},{},{},", c.runtime, number(energy),
                        number(ratio(macs, runtime)), number(ratio(macs, runtime) / energy * 1e9),
                        number(area), number(pe_power + l1_power + l2_power + noc_power));
        csv += fmt::format("{},{},{},{},{},{},{},", c.peak_bw, number(c.avg_bw), c.peak_bw,
                           hw.simd_lanes, c.offchip_bw, c.l2_bytes(), c.l1_bytes);
        csv += fmt::format("{},{},{},{},{},{},", number(multicast(kFilter)),
                           number(multicast(kInput)), layer.printed_input, layer.printed_filter,
                           number(ratio(macs, energy) * 1e9), c.macs);
        csv += fmt::format("{},{},{},{},", number(pe_power), number(l1_power), number(l2_power),
                           number(noc_power));
        for (const TensorCounts& t : c.tensor)
            csv += fmt::format(
                "{}, {}, {}, {}, {}, ", t.l1_read, t.l1_write, t.l2_read, t.l2_write,
                number(ratio(static_cast<double>(t.l1_read), static_cast<double>(t.l1_write))));
        for (const DelayStats& d : {c.ingress, c.egress, c.compute})
            csv += fmt::format("{}, {}, {}, ", d.min, d.max, d.avg);
        csv += fmt::format("{}, {}\n", number(c.avg_pes), number(c.intensity));
    }
    return csv;
}

}  // namespace msd::maestro
