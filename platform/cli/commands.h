// The subcommands of `msd`; each returns the exit status of docs/formats.md (0 good, 1 a check
// failed, 3 timeout).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace msd::platform {

// Commands that declare their own arguments; what they do returns through `status`.
void add_cost_command(CLI::App& app, int& status);
void add_compare_command(CLI::App& app, int& status);
void add_report_command(CLI::App& app, int& status);
// Hidden: the manual page and the completion, made from `app` itself.
void add_crosscheck_command(CLI::App& app, int& status);
void add_explore_command(CLI::App& app, int& status);
void add_manual_commands(CLI::App& app, int& status);
void add_size_command(CLI::App& app, int& status);
void add_quantize_command(CLI::App& app, int& status);
void add_train_command(CLI::App& app, int& status);

struct RunArguments {
    std::string scenario;           // empty: the built-in quickstart
    std::vector<std::string> sets;  // key=value
    std::string out;                // empty: out/<scenario name>
    bool quiet = false, verbose = false;
};
int run_command(const RunArguments& arguments);

struct ScheduleArguments {
    std::string network, device, out;
    std::string style = "msd";      // or fccm23: the published search
    std::string roofline, compare;  // SVG to write, schedule.csv to set beside; empty: none
    int effective_bits = 2;
    double lut_share = -1;  // < 0: the scheduler's choice
    std::string objective = "latency";
    int batch = 1;
    bool certificate = false;  // search to the end; writes certificate.csv
};
int schedule_command(const ScheduleArguments& arguments);

int describe_command(const std::string& key);
int dump_command(const std::string& file);

struct BenchArguments {
    std::string name = "platform";
    std::string json;  // empty: none
    int repeats = 5;
};
int bench_command(const BenchArguments& arguments);

}  // namespace msd::platform
