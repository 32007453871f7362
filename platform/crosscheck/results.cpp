// What a campaign found, for people and for scripts.
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "platform/crosscheck/campaign.h"

namespace msd::crosscheck {
namespace {

using nlohmann::ordered_json;

ordered_json difference_json(const Difference& d) {
    return {{"cycle", d.cycle},
            {"module", d.module},
            {"what", d.what},
            {"tlm", d.expected},
            {"rtl", d.got}};
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace

std::string failure_text(const Failure& f) {
    return fmt::format(
        "program {} (seed {}), {}: {}\nmade smaller ({} of {} tiles, {} of {} steps): {}\n{}",
        f.program.number, f.program.seed, f.program.kind, f.difference.text(),
        f.smallest.tile_count(), f.program.tile_count(), f.smallest.steps.size(),
        f.program.steps.size(), f.smallest_difference.text(), to_text(f.smallest));
}

std::string to_json(const CampaignResult& r) {
    ordered_json json{{"programs", r.programs},
                      {"differences", r.failure ? 1 : 0},
                      {"seed", r.seed},
                      {"cycles", r.cycles},
                      {"events", r.events},
                      {"bytes_stored", r.bytes},
                      {"programs_with_an_error", r.reference_errors},
                      {"kinds", r.kinds}};
    if (r.failure) {
        const Failure& f = *r.failure;
        json["failure"] = {{"program", f.program.number},
                           {"seed", f.program.seed},
                           {"kind", f.program.kind},
                           {"difference", difference_json(f.difference)},
                           {"smallest",
                            {{"tiles", f.smallest.tile_count()},
                             {"steps", f.smallest.steps.size()},
                             {"difference", difference_json(f.smallest_difference)},
                             {"text", to_text(f.smallest)}}}};
    }
    return json.dump(1) + "\n";
}

std::string to_junit(const CampaignResult& r) {
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "<testsuite name=\"crosscheck\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n"
        "<properties><property name=\"seed\" value=\"{}\"/><property name=\"programs\" "
        "value=\"{}\"/></properties>\n",
        r.kinds.size(), r.failure ? 1 : 0, r.seed, r.programs);
    auto out = std::back_inserter(text);
    for (const auto& [kind, count] : r.kinds) {
        const bool failed = r.failure && r.failure->program.kind == kind;
        fmt::format_to(out, "<testcase classname=\"crosscheck\" name=\"{} ({} programs)\"{}\n",
                       escaped(kind), count, failed ? ">" : "/>");
        if (failed)
            fmt::format_to(out, "<failure message=\"{}\">{}</failure>\n</testcase>\n",
                           escaped(r.failure->difference.text()),
                           escaped(failure_text(*r.failure)));
    }
    return text + "</testsuite>\n</testsuites>\n";
}

}  // namespace msd::crosscheck
