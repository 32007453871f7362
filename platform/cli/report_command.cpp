// `msd report`: the report page of one run, or of several side by side.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "platform/cli/commands.h"
#include "platform/output/files.h"
#include "platform/report/page.h"

namespace msd::platform {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
    std::vector<std::string> runs;
    std::string out;
};

std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) throw std::runtime_error(path.string() + ": cannot be read");
    return text;
}

// The folder of a run, or its report.json.
PageRun load(const std::string& given) {
    fs::path folder(given);
    if (!fs::is_directory(folder)) folder = folder.parent_path();
    const fs::path report = folder / "report.json", latency = folder / "latency.csv";
    std::error_code ignored;
    for (const fs::path& file : {report, latency})
        if (!fs::is_regular_file(file, ignored))
            throw std::runtime_error(
                fmt::format("{}: there is no {}; name the folder of a finished `msd run`", given,
                            file.filename().string()));
    PageRun run;
    run.report_name = report.string();
    run.latency_name = latency.string();
    run.report_json = read(report);
    run.latency_csv = read(latency);
    if (fs::is_regular_file(folder / "thumbnails.png", ignored))
        run.thumbnails = read(folder / "thumbnails.png");
    const fs::path whole = fs::weakly_canonical(folder, ignored);
    run.label = whole.filename().string();
    return run;
}

// Runs of folders with one name are told apart by as much of the path as it takes.
void tell_apart(std::vector<PageRun>& runs) {
    for (PageRun& a : runs)
        for (const PageRun& b : runs)
            if (&a != &b && a.label == b.label) {
                for (PageRun& run : runs)
                    run.label = fs::path(run.report_name).parent_path().string();
                return;
            }
}

int report_command(const ReportArguments& arguments) {
    std::vector<PageRun> runs;
    for (const std::string& given : arguments.runs) runs.push_back(load(given));
    tell_apart(runs);
    write_file(arguments.out, report_page(runs));
    fmt::print("{} run{}; the page is {}\n", runs.size(), runs.size() == 1 ? "" : "s",
               arguments.out);
    return 0;
}

}  // namespace

void add_report_command(CLI::App& app, int& status) {
    const auto arguments = std::make_shared<ReportArguments>();
    auto* command =
        app.add_subcommand("report", "the report page of runs, side by side if several");
    command->add_option("runs", arguments->runs, "folders that `msd run` wrote")->required();
    command->add_option("-o,--out", arguments->out, "HTML file to write")->required();
    command->callback([arguments, &status] { status = report_command(*arguments); });
}

}  // namespace msd::platform
