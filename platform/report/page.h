// report.html: one page that holds everything it shows, for one run or several side by side.
#pragma once

#include <string>
#include <vector>

namespace msd::platform {

struct PageRun {
    std::string label;        // short, told apart from the others
    std::string report_json;  // as written by report_json()
    std::string latency_csv;  // as written by latency_csv(); only its first image is shown
    std::string thumbnails;   // PNG; empty: none
    std::string report_name = "report.json", latency_name = "latency.csv";  // for messages
};

// Throws std::runtime_error "name[:line]: what is wrong; what would be right".
std::string report_page(const std::vector<PageRun>& runs);

// RGB, rows from the top, as a PNG without a date.
std::string png(int width, int height, const std::vector<unsigned char>& rgb);

std::string base64(const std::string& bytes);

}  // namespace msd::platform
