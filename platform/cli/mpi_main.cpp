// `msd-mpi`: what `msd explore` does, spread over the ranks that mpirun or Slurm started.
#define OMPI_SKIP_MPICXX 1
#include <fmt/format.h>
#include <mpi.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

#include "codesign/explore/mpi/mpi_pool.h"
#include "codesign/explore/store.h"
#include "platform/cli/explore_command.h"

namespace {

using namespace msd;

struct BenchArguments {
    std::size_t tasks = 20'000, task_bytes = 4096, result_bytes = 20'480;
    std::size_t rows = 0;  // of a result, written as an exploration writes them
    std::string store;     // file for them
};

// Tasks that take no time: what is left is the cost of handing them out and taking results in.
int bench(const BenchArguments& a, explore::MpiPool& pool) {
    const auto compute = [&](const std::string&) { return std::string(a.result_bytes, 'r'); };
    if (!pool.leads()) {
        pool.serve(compute);
        return 0;
    }
    const std::vector<std::string> tasks(a.tasks, std::string(a.task_bytes, 't'));
    const auto start = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    std::unique_ptr<explore::Store> store;
    if (!a.store.empty()) store = std::make_unique<explore::Store>(a.store, "bench");
    pool.compute_on_first(false);
    pool.run(tasks, compute, [&](std::size_t task, const std::string& result) {
        bytes += result.size();
        for (std::size_t i = 0; store && i < a.rows; ++i)
            store->add(static_cast<uint32_t>(task), static_cast<uint32_t>(i), {1, 1, 0});
    });
    if (store) store->close();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print(
        "{} ranks, {} tasks of {} bytes, {} bytes of results: {:.3f} s; {:.2f} us a task, of which "
        "{:.2f} us CPU of rank 0\n",
        pool.ranks(), a.tasks, a.task_bytes, bytes, seconds, 1e6 * seconds / double(a.tasks),
        1e6 * pool.busy_seconds() / double(a.tasks));
    return 0;
}

int command(int argc, char** argv, explore::MpiPool& pool, bool& served) {
    CLI::App app{"Explorations spread over MPI ranks: mpirun -n RANKS msd-mpi explore SPEC -o DIR",
                 "msd-mpi"};
    app.require_subcommand(1);
    int status = 0;
    platform::ExploreArguments a;
    auto* explore = app.add_subcommand("explore", "as msd explore, for kinds that spread");
    explore->add_option("spec", a.spec, "TOML file that every rank can read")->required();
    explore->add_option("-o,--out", a.out,
                        "folder of the results, which rank 0 writes (default: out/<spec's name>)");
    explore->add_option("--set", a.sets, "key=value: overrides a key")->allow_extra_args(false);
    explore->add_flag("-q,--quiet", a.quiet, "print only errors");
    explore->callback([&] { status = platform::explore(a, platform::spreading_kinds(), pool); });
    BenchArguments b;
    auto* bench_app = app.add_subcommand("bench", "the cost of a task and its result as messages");
    bench_app->add_option("--tasks", b.tasks, "how many");
    bench_app->add_option("--task-bytes", b.task_bytes, "of a task");
    bench_app->add_option("--result-bytes", b.result_bytes, "of a result");
    bench_app->add_option("--store", b.store, "results file to write");
    bench_app->add_option("--rows", b.rows, "rows of a result that are written there");
    bench_app->callback([&] { status = bench(b, pool); });
    try {
        app.parse(argc, argv);
        served = true;
        return status;
    } catch (const CLI::ParseError& error) {
        if (!pool.leads()) return error.get_exit_code() == 0 ? 0 : 2;
        return app.exit(error) == 0 ? 0 : 2;
    }
}

// Every rank reads the spec and finds the same mistakes; one of them speaks.
int guarded(int argc, char** argv, explore::MpiPool& pool, bool& served, bool& failed) {
    try {
        return command(argc, argv, pool, served);
    } catch (const std::bad_alloc&) {
        failed = true;
        fmt::print(stderr, "msd-mpi: out of memory\n");
        return 4;
    } catch (const std::exception& error) {
        failed = true;
        if (pool.leads()) fmt::print(stderr, "{}\n", error.what());
        const bool input = dynamic_cast<const std::runtime_error*>(&error) != nullptr ||
                           dynamic_cast<const std::invalid_argument*>(&error) != nullptr;
        return input ? 2 : 4;
    }
}

}  // namespace

int main(int argc, char** argv) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    int status = 4;
    {
        explore::MpiPool pool;
        bool served = false, failed = false;  // served: the others wait for good-bye
        status = guarded(argc, argv, pool, served, failed);
        if (failed && !pool.leads()) {
            // Rank 0 finds the same mistake and ends the job; a fault of this rank alone ends it,
            // too.
            std::this_thread::sleep_for(std::chrono::seconds(2));
            MPI_Abort(MPI_COMM_WORLD, status);
        }
        if (failed) MPI_Abort(MPI_COMM_WORLD, status);
        if (served && pool.leads()) {
            const auto lost = pool.finish();
            if (!lost.empty()) {
                fmt::print(stderr,
                           "msd-mpi: rank {} did not answer; what it was computing was computed "
                           "elsewhere, and the results are whole\n",
                           fmt::join(lost, ", "));
                std::fflush(nullptr);
                MPI_Abort(MPI_COMM_WORLD, status);  // MPI_Finalize would wait for them for ever
            }
        }
        std::fflush(nullptr);
    }
    MPI_Finalize();
    return status;
}
