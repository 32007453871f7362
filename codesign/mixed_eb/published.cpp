// Reads the published results and sets ours beside them.
#include "codesign/mixed_eb/published.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace msd::mixed_eb {
namespace {

std::string network_of(const std::string& path) {
    const std::string stem = std::filesystem::path(path).stem().string();
    return stem.substr(stem.find_last_of('_') + 1);
}

std::string list_text(const std::vector<uint8_t>& bits) {
    std::string text;
    for (const uint8_t b : bits) text += (text.empty() ? "" : " ") + std::to_string(b);
    return text;
}

double speedup_of(const LatencyTable& table, const GreedyRules& rules,
                  const std::vector<uint8_t>& bits) {
    double sum = 0;
    for (std::size_t l = 0; l < bits.size(); ++l)
        sum += std::stod(table.layers[l].cycles[bits[l] - 1u]);
    return static_cast<double>(rules.baseline) / sum;
}

struct ResultLine {
    PublishedRow row;
    int line = 0;
};

std::vector<ResultLine> read_results(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + ": no such file, or it cannot be read");
    std::vector<ResultLine> rows;
    std::string text;
    int line = 0;
    while (std::getline(file, text)) {
        if (++line == 1 || text.find_first_not_of(" \r") == std::string::npos) continue;
        const auto fail = [&](const std::string& what) {
            throw std::runtime_error(fmt::format(
                "{}:{}: {}; a row is model,target_speedup,top1_percent,reported_speedup,"
                "eb_per_layer",
                path, line, what));
        };
        ResultLine r;
        r.line = line;
        std::istringstream fields(text);
        std::string numbers[3], bits;
        std::getline(fields, r.row.network, ',');
        for (std::string& number : numbers) std::getline(fields, number, ',');
        double* const values[] = {&r.row.target, &r.row.top1_percent, &r.row.reported_speedup};
        for (int i = 0; i < 3; ++i) {
            char* end = nullptr;
            *values[i] = std::strtod(numbers[i].c_str(), &end);
            if (numbers[i].empty() || *end != '\0' || !(*values[i] > 0 && *values[i] < 1e6))
                fail("'" + numbers[i] + "' is no positive number");
        }
        while (fields >> bits) {
            if (bits.size() != 1 || bits[0] < '1' || bits[0] > '3')
                fail("'" + bits + "' is no EB of 1 to 3");
            r.row.reported.push_back(static_cast<uint8_t>(bits[0] - '0'));
        }
        rows.push_back(std::move(r));
    }
    return rows;
}

std::optional<int> states_earlier(const std::vector<GreedyStep>& path, const PublishedRow& row) {
    int different = 0;
    for (std::size_t i = path.size(); i-- > 0;) {
        if (i + 1 < path.size() && path[i].effective_bits != path[i + 1].effective_bits)
            ++different;
        if (std::abs(path[i].speedup - row.reported_speedup) <= 1e-4 &&
            (row.reported.empty() || row.reported == path[i].effective_bits))
            return different;
    }
    return {};
}

}  // namespace

std::vector<PublishedRow> compare_published(const std::vector<std::string>& tables,
                                            const std::string& results) {
    std::map<std::string, LatencyTable> known;
    for (const std::string& path : tables) known[network_of(path)] = read_latency_table(path);
    std::vector<PublishedRow> rows;
    for (auto& [row, line] : read_results(results)) {
        const auto table = known.find(row.network);
        if (table == known.end())
            throw std::runtime_error(
                fmt::format("{}:{}: there is no table of '{}'", results, line, row.network));
        const GreedyRules rules = greedy_rules(row.network, table->second);
        if (!row.reported.empty() && row.reported.size() != static_cast<std::size_t>(rules.layers))
            throw std::runtime_error(fmt::format("{}:{}: {} layers; the table of '{}' has {}",
                                                 results, line, row.reported.size(), row.network,
                                                 rules.layers));
        const auto path = published_path(table->second, rules, row.target);
        row.result = path.back();
        row.states_earlier = states_earlier(path, row);
        if (!row.reported.empty())
            row.speedup_of_list = speedup_of(table->second, rules, row.reported);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string to_csv(const std::vector<PublishedRow>& rows) {
    std::string text =
        "model,target_speedup,reported_speedup,speedup,speedup_of_reported_list,states_earlier,"
        "reported_eb,eb\n";
    for (const PublishedRow& r : rows)
        text += fmt::format("{},{},{},{:.6f},{},{},{},{}\n", r.network, r.target,
                            r.reported_speedup, r.result.speedup,
                            r.speedup_of_list ? fmt::format("{:.6f}", *r.speedup_of_list) : "",
                            r.states_earlier ? std::to_string(*r.states_earlier) : "",
                            list_text(r.reported), list_text(r.result.effective_bits));
    return text;
}

std::string to_text(const PublishedRow& r) {
    std::string text = fmt::format("{} for {}: published {:.4f}, the greedy gives {:.4f}",
                                   r.network, r.target, r.reported_speedup, r.result.speedup);
    if (r.states_earlier == 0) return text + ": reproduced";
    if (r.states_earlier)
        return text + fmt::format(": a state of the greedy, {} before its last", *r.states_earlier);
    if (r.speedup_of_list)
        return text + fmt::format("; the published list gives {:.4f}: no state of the greedy",
                                  *r.speedup_of_list);
    return text + ": no state of the greedy; no list was published";
}

}  // namespace msd::mixed_eb
