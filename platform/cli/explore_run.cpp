// Reads a spec and hands it to its kind.
#include <fmt/format.h>

#include "platform/cli/explore_command.h"

namespace msd::platform {

int explore(const ExploreArguments& arguments, const std::vector<ExploreKind>& kinds,
            explore::Pool& pool) {
    Spec spec = Spec::read(arguments.spec, arguments.sets);
    std::vector<std::string> names;
    for (const ExploreKind& kind : kinds) names.push_back(kind.name);
    if (!spec.has("kind"))
        throw ScenarioError(fmt::format("{}: kind is missing; it is one of {}", spec.path(),
                                        fmt::join(names, ", ")));
    const std::string name = spec.choice("kind", names, "");
    ExploreRun run{arguments.out, arguments.quiet, &pool};
    if (run.out.empty()) run.out = "out" / std::filesystem::path(arguments.spec).stem();
    std::error_code error;
    std::filesystem::create_directories(run.out, error);
    if (error)
        throw ScenarioError(
            fmt::format("{}: cannot be created: {}", run.out.string(), error.message()));
    for (const ExploreKind& kind : kinds)
        if (kind.name == name) return kind.run(spec, run);
    return 4;
}

}  // namespace msd::platform
