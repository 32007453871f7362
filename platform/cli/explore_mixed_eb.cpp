// Reads the spec, runs the searches and writes front.csv, sensitivity.csv, dominance.csv, front.svg
// and a network and scenario for each point.
#include "platform/cli/explore_mixed_eb.h"

#include <fmt/format.h>

#include <algorithm>

#include "codesign/mixed_eb/published.h"
#include "codesign/mixed_eb/search.h"
#include "network/images.h"
#include "network/onnx_write.h"
#include "platform/cli/quantise.h"
#include "platform/cli/session.h"
#include "platform/output/files.h"

namespace msd::platform {
namespace {

using mixed_eb::Configuration;
using mixed_eb::Measured;

// Images of one key: what the network reads them as.
struct Source {
    std::string images;
    int first = 0, count = -1;
};

Source source_of(Spec& spec, const std::string& key) {
    Source s;
    s.images = spec.text(key);
    s.first = static_cast<int>(spec.integer(key + "_first", 0, 1 << 30, 0));
    s.count = static_cast<int>(spec.integer(key + "_images", -1, 1 << 30, -1));
    return s;
}

// As a basic string of TOML.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += fmt::format("\\{}", c);
        else if (static_cast<unsigned char>(c) < 32 || c == 127)
            result += fmt::format("\\u{:04x}", c);
        else
            result += c;
    }
    return result + "\"";
}

// The spec's keys that mean what they mean in a scenario, as one; paths relative to the spec.
Scenario scenario_of(const Spec& spec, const std::string& network, const std::string& images,
                     const std::string& device) {
    const std::string text =
        fmt::format("[network]\nfile = {}\ninput = {}\n[device]\npreset = {}\n", quoted(network),
                    quoted(images), quoted(device));
    return parse_scenario(text, spec.path());
}

std::vector<network::Image> images_of(const Source& source, const Scenario& scenario,
                                      network::Shape shape) {
    return network::read_images(scenario.network.input, shape, scenario.seed, source.first,
                                source.count);
}

// A layer's choice: int8, digits with the scheduler's split, or digits:channels on the LUT core.
std::string choice_text(uint8_t choice, int lut_channels) {
    const int digits = mixed_eb::digits_of(choice);
    if (digits == 0) return "int8";
    if (mixed_eb::quarters_of(choice) == 0) return std::to_string(digits);
    return fmt::format("{}:{}", digits, lut_channels);
}

std::string choices_text(const Configuration& c) {
    std::string text;
    for (std::size_t l = 0; l < c.choices.size(); ++l)
        text += (text.empty() ? "" : " ") + choice_text(c.choices[l], c.lut_channels[l]);
    return text;
}

// A point of either search with its answers on the held-out images.
struct Judged {
    Configuration point;
    Measured held_out;
    std::string name;
};

class Mixed {
public:
    Mixed(Spec& spec, const ExploreRun& run) : run_(run) {
        const std::string network = spec.text("network.file"),
                          device = spec.text("device.preset", "ultra96");
        if (network.empty()) spec.fail("network.file", "is missing; a float .onnx is needed");
        search_ = source_of(spec, "network.search");
        judge_ = source_of(spec, "network.judge");
        for (const Source* s : {&search_, &judge_})
            if (s->images.empty())
                spec.fail(s == &search_ ? "network.search" : "network.judge",
                          "is missing; images are needed, as cifar10:FILE");
        options_.points = static_cast<int>(spec.integer("search.points", 2, 10'000, 32));
        options_.refine = static_cast<int>(spec.integer("search.refine", 0, 1'000'000, 48));
        options_.slack = spec.number("search.slack", 0, 10, 0);
        const int64_t calibration = spec.integer("quant.calibration_images", 1, 1 << 30, 256);
        const bool correct = spec.flag("quant.bias_correction", false),
                   equalise = spec.flag("quant.equalise", false);
        const std::string ranges =
            spec.choice("quant.ranges", {"minmax", "percentile", "mse"}, "minmax");
        const int64_t visit_tiles = spec.integer("search.visit_tiles", 1, 1'000'000'000, 12'000);
        title_ = spec.text("title", "Digits by layer");
        spec.finish();
        scenario_ = scenario_of(spec, network, search_.images, device);
        scenario_.network.first = search_.first;
        scenario_.network.images = search_.count;
        scenario_.quant.calibration_images = static_cast<int>(calibration);
        scenario_.quant.bias_correction = correct;
        scenario_.quant.equalise = equalise;
        scenario_.quant.ranges = ranges;
        scenario_.check();
        judge_scenario_ = scenario_of(spec, network, judge_.images, device);
        options_.device = scenario_.device;
        options_.schedule = schedule_options(scenario_);
        options_.schedule.visit_tiles = static_cast<uint64_t>(visit_tiles);
    }

    int run() {
        const network::Graph real = load_network(scenario_);
        if (real.quantised)
            throw std::invalid_argument(
                fmt::format("{}: is quantised already; the search encodes from float weights",
                            scenario_.network.file));
        const network::Shape shape = real[real.input()].shape;
        const auto images = images_of(search_, scenario_, shape),
                   held_out = images_of(judge_, judge_scenario_, shape);
        const quant::PostTraining post = post_training(scenario_, real);
        mixed_eb::Search search(post, images, options_, [&](const std::string& line) {
            if (!run_.quiet) fmt::print("{}\n", line), std::fflush(stdout);
        });
        const mixed_eb::Judge judge(post.quantised(), held_out);
        std::vector<std::vector<uint8_t>> starts;
        for (Configuration& c : search.published()) {
            starts.push_back(c.choices);
            published_.push_back({c, judge.measure(search.quantised(c.choices)),
                                  fmt::format("published_{:02}", published_.size())});
        }
        for (Configuration& c : search.front(starts))
            ours_.push_back({c, judge.measure(search.quantised(c.choices)),
                             fmt::format("point_{:02}", ours_.size())});
        write_tables(search, static_cast<int>(images.size()), static_cast<int>(held_out.size()));
        for (const Judged& j : ours_) write_point(search, j);
        return summary(search, static_cast<int>(held_out.size()));
    }

private:
    void write_tables(const mixed_eb::Search& search, int searched, int judged) const {
        std::string layers =
            "layer,effective_bits,lut_channels,channels,cycles,loss,right,images\n";
        for (const auto& layer : search.layers())
            for (const auto& c : layer)
                layers += fmt::format("{},{},{},{},{:.0f},{:.6f},{},{}\n", c.layer,
                                      choice_text(c.number, c.lut_channels), c.lut_channels,
                                      c.channels, c.cost.cycles, c.cost.loss, c.right, searched);
        write_file(run_.out / "sensitivity.csv", layers);
        std::string front =
            "search,point,cycles,latency_ms,additive_cycles,loss,additive_loss,right,images,"
            "held_out_loss,held_out_right,held_out_images,effective_bits\n";
        for (const auto* list : {&ours_, &published_})
            for (const Judged& j : *list)
                front += fmt::format(
                    "{},{},{},{:.6f},{:.0f},{:.6f},{:.6f},{},{},{:.6f},{},{},{}\n",
                    list == &ours_ ? "ours" : "published", j.name, j.point.cycles,
                    static_cast<double>(j.point.cycles) / (scenario_.device.clock_mhz * 1e3),
                    j.point.additive_cycles, j.point.search.loss, j.point.additive_loss,
                    j.point.search.right, searched, j.held_out.loss, j.held_out.right, judged,
                    choices_text(j.point));
        write_file(run_.out / "front.csv", front);
        std::string text =
            "published,cycles,right,ours,our_cycles,our_right,dominated,strictly,picked,"
            "picked_right\n";
        for (const mixed_eb::Dominance& d : dominance()) {
            const Judged& p = published_[d.published];
            text += fmt::format("{},{},{},", p.name, p.point.cycles, p.held_out.right);
            if (d.ours < ours_.size())
                text += fmt::format("{},{},{},", ours_[d.ours].name, ours_[d.ours].point.cycles,
                                    ours_[d.ours].held_out.right);
            else
                text += ",,,";
            text += fmt::format("{},{},", d.dominated ? "yes" : "no", d.strictly ? "yes" : "no");
            if (d.picked < ours_.size())
                text +=
                    fmt::format("{},{}\n", ours_[d.picked].name, ours_[d.picked].held_out.right);
            else
                text += ",\n";
        }
        write_file(run_.out / "dominance.csv", text);
        write_file(
            run_.out / "front.svg",
            mixed_eb::plot_svg(title_, {curve("ours", ours_, judged, true),
                                        curve("published greedy", published_, judged, false)}));
    }

    static mixed_eb::Curve curve(const std::string& name, const std::vector<Judged>& points,
                                 int judged, bool joined) {
        mixed_eb::Curve c;
        c.name = name;
        c.joined = joined;
        for (const Judged& j : points) {
            c.cycles.push_back(static_cast<double>(j.point.cycles));
            c.wrong_percent.push_back(100.0 * (judged - j.held_out.right) / judged);
        }
        return c;
    }

    void write_point(const mixed_eb::Search& search, const Judged& j) const {
        network::write_onnx(search.placed(j.point.choices),
                            (run_.out / (j.name + ".onnx")).string());
        write_file(run_.out / (j.name + ".toml"),
                   fmt::format("title = '{}: {} digits by layer'\n\n[network]\nfile = '{}.onnx'\n"
                               "input = '{}'\nfirst = {}\n{}\n[device]\npreset = '{}'\n",
                               title_, choices_text(j.point), j.name, judge_scenario_.network.input,
                               judge_.first,
                               judge_.count < 0 ? "" : fmt::format("images = {}\n", judge_.count),
                               scenario_.device_preset));
    }

    std::vector<mixed_eb::Dominance> dominance() const {
        std::vector<Configuration> points[2];
        std::vector<int> right[2];
        for (const int ours : {0, 1}) {
            for (const Judged& j : ours == 1 ? ours_ : published_) {
                points[ours].push_back(j.point);
                right[ours].push_back(j.held_out.right);
            }
        }
        return mixed_eb::dominance(points[0], right[0], points[1], right[1]);
    }

    int summary(const mixed_eb::Search& search, int judged) const {
        double apart = 0;
        for (const Judged& j : ours_)
            apart = std::max(
                apart, std::abs(j.point.additive_cycles / static_cast<double>(j.point.cycles) - 1));
        int dominated = 0, strictly = 0, picked = 0;
        for (const auto& d : dominance()) {
            dominated += d.dominated;
            strictly += d.strictly;
            picked += d.picked_dominates;
        }
        for (const auto* list : {&published_, &ours_})
            for (const Judged& j : *list)
                fmt::print("{:13} {:>9} cycles, {} of {} right: {}\n", j.name, j.point.cycles,
                           j.held_out.right, judged, choices_text(j.point));
        fmt::print(
            "{} of {} published points dominated on {} images not searched on, {} strictly, {} by "
            "the point of least loss where it was searched; the sums of layers have {} points on "
            "their front and are at most {:.1f} % off the whole; {}\n",
            dominated, published_.size(), judged, strictly, picked, search.front_size(),
            100 * apart, run_.out.string());
        return 0;
    }

    const ExploreRun& run_;
    Source search_, judge_;
    Scenario scenario_, judge_scenario_;
    mixed_eb::SearchOptions options_;
    std::string title_;
    std::vector<Judged> ours_, published_;
};

// Network, target speed-up and what was published for it, beside what the program gives.
int published(Spec& spec, const ExploreRun& run) {
    const std::vector<std::string> tables = spec.files("published.tables");
    const std::string results = spec.file("published.tradeoff");
    if (tables.empty() || results.empty())
        spec.fail(tables.empty() ? "published.tables" : "published.tradeoff", "is missing");
    spec.finish();
    const auto rows = mixed_eb::compare_published(tables, results);
    write_file(run.out / "published.csv", mixed_eb::to_csv(rows));
    int same = 0, on_path = 0;
    for (const auto& row : rows) {
        same += row.states_earlier == 0;
        on_path += row.states_earlier.has_value();
        if (!run.quiet) fmt::print("{}\n", mixed_eb::to_text(row));
    }
    fmt::print("{} of {} published results reproduced, {} are states of the greedy; {}\n", same,
               rows.size(), on_path, (run.out / "published.csv").string());
    return 0;
}

}  // namespace

int explore_mixed_eb(Spec& spec, const ExploreRun& run) {
    if (spec.choice("method", {"search", "published"}, "search") == "published")
        return published(spec, run);
    return Mixed(spec, run).run();
}

}  // namespace msd::platform
