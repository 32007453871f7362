// What `msd explore` and `msd-mpi explore` share: kinds of specs, and running one of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codesign/explore/pool.h"
#include "platform/scenario/spec.h"

namespace msd::platform {

struct ExploreRun {
    std::filesystem::path out;  // folder, made already
    bool quiet = false;         // print only errors
    explore::Pool* pool = nullptr;
};

// A spec's `kind` picks the function; it asks for its keys, calls finish(), does the work and
// returns the exit status. Under MPI it runs on every rank: those that do not lead only serve.
struct ExploreKind {
    const char* name;
    int (*run)(Spec& spec, const ExploreRun& run);
};

struct ExploreArguments {
    std::string spec, out;  // out: empty: out/<spec's name>
    std::vector<std::string> sets;
    bool quiet = false;
    unsigned threads = 0;  // 0: one for each processor
};

// Of explore_kinds.cpp; those that spread over ranks are all that msd-mpi knows.
std::vector<ExploreKind> spreading_kinds();

int explore(const ExploreArguments& arguments, const std::vector<ExploreKind>& kinds,
            explore::Pool& pool);

}  // namespace msd::platform
