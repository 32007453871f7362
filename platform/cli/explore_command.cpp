// `msd explore`: sweeps and searches that a spec declares, on the threads of this machine.
#include "platform/cli/explore_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "platform/cli/commands.h"
#include "platform/cli/explore_mixed_eb.h"

namespace msd::platform {
namespace {

// Every kind; one that does not spread over ranks is added here, with its function declared above.
std::vector<ExploreKind> all_kinds() {
    std::vector<ExploreKind> kinds = spreading_kinds();
    kinds.push_back({"mixed_eb", explore_mixed_eb});
    return kinds;
}

}  // namespace

void add_explore_command(CLI::App& app, int& status) {
    auto a = std::make_shared<ExploreArguments>();
    auto* command = app.add_subcommand("explore", "sweeps and searches over networks and hardware");
    command->add_option("spec", a->spec, "TOML file; its `kind` says what is explored")->required();
    command->add_option(
        "-o,--out", a->out,
        "folder of the results (default: out/<spec's name>); a sweep killed there resumes");
    command->add_option("--set", a->sets, "key=value: overrides a key of the spec")
        ->allow_extra_args(false);
    command->add_option("--threads", a->threads, "threads that compute (default: all processors)")
        ->check(CLI::Range(1, 1024));
    command->add_flag("-q,--quiet", a->quiet, "print only errors");
    command->callback([a, &status] {
        explore::ThreadPool pool(a->threads);
        status = explore(*a, all_kinds(), pool);
    });
}

}  // namespace msd::platform
