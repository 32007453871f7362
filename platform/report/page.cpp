// The page: its parts, compiled in, around the data.
#include "platform/report/page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "platform/report/run_data.h"

// The page's parts as they lie in the repository; CMake gives the folder.
#define MSD_EMBED(name, file)                                                      \
    __asm__(".section .rodata\n.global msd_page_" #name "\nmsd_page_" #name        \
            ":\n.incbin \"" MSD_PAGE_FOLDER "/" file "\"\n.global msd_page_" #name \
            "_end\nmsd_page_" #name "_end:\n.byte 0\n.previous\n");                \
    extern "C" const char msd_page_##name[], msd_page_##name##_end[]

MSD_EMBED(html, "page/page.html");
MSD_EMBED(css, "page/page.css");
MSD_EMBED(d3, "d3/d3.min.js");
MSD_EMBED(base, "page/base.js");
MSD_EMBED(overview, "page/overview.js");
MSD_EMBED(gantt, "page/gantt.js");
MSD_EMBED(charts, "page/charts.js");
MSD_EMBED(images, "page/images.js");

namespace msd::platform {
namespace {

std::string_view view(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

// Appends `html` with each @@NAME@@ replaced.
std::string fill(std::string_view html,
                 const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
    std::string page;
    for (std::size_t from = 0;;) {
        const std::size_t open = html.find("@@", from);
        page += html.substr(from, open - from);
        if (open == std::string_view::npos) return page;
        const std::size_t close = html.find("@@", open + 2);
        const std::string_view name = html.substr(open + 2, close - open - 2);
        for (const auto& [part, text] : parts)
            if (part == name) page += text;
        from = close + 2;
    }
}

// Nothing in the data may end the script element or open a comment.
std::string inline_json(const std::string& json) {
    std::string text;
    text.reserve(json.size());
    for (const char c : json) {
        if (c == '<')
            text += "\\u003c";
        else
            text += c;
    }
    return text;
}

}  // namespace

std::string report_page(const std::vector<PageRun>& runs) {
    if (runs.empty()) throw std::runtime_error("report: no run is given; name a run's folder");
    std::string data = "{\"runs\":[";
    for (const PageRun& run : runs) {
        const auto quoted = [](const std::string& text) {
            return nlohmann::json(text).dump(-1, ' ', false,
                                             nlohmann::json::error_handler_t::replace);
        };
        const RunData parsed = read_run(run);
        data += fmt::format(
            "{}{{\"label\":{},\"report\":{},\"tiles\":{},\"thumbnails\":{}}}",
            data.back() == '}' ? ",\n" : "", quoted(run.label), parsed.report, parsed.tiles,
            run.thumbnails.empty() ? "null"
                                   : quoted("data:image/png;base64," + base64(run.thumbnails)));
    }
    data += "]}";
    std::string script;
    for (const auto part :
         {view(msd_page_base, msd_page_base_end), view(msd_page_overview, msd_page_overview_end),
          view(msd_page_gantt, msd_page_gantt_end), view(msd_page_charts, msd_page_charts_end),
          view(msd_page_images, msd_page_images_end)})
        script += part;
    return fill(view(msd_page_html, msd_page_html_end),
                {{"CSS", view(msd_page_css, msd_page_css_end)},
                 {"DATA", inline_json(data)},
                 {"D3", view(msd_page_d3, msd_page_d3_end)},
                 {"JS", script}});
}

}  // namespace msd::platform
