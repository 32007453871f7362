// `msd train`: calibrates and schedules a float network, then hands it to msd_train, which alone
// links LibTorch.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <filesystem>
#include <memory>

#include "network/onnx_write.h"
#include "platform/cli/commands.h"
#include "platform/cli/quantise.h"
#include "platform/cli/session.h"

extern char** environ;

namespace msd::platform {
namespace {

struct TrainArguments {
    std::string spec, out;
    std::vector<std::string> sets;
    bool quiet = false;
};

// msd_train lies in the same build as this program.
std::string trainer() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto path = self.parent_path() / "../../quant/train/msd_train";
    if (error || !std::filesystem::exists(path))
        throw std::runtime_error(
            "msd train: this build has no trainer; call ./msd train in the repository, which "
            "builds it");
    return path.lexically_normal().string();
}

int wait_for(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (const int error =
            posix_spawn(&child, words[0].c_str(), nullptr, nullptr, arguments.data(), environ))
        throw std::runtime_error(fmt::format("{}: {}", words[0], std::strerror(error)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

// The float network quantised by its calibration images, its channels assigned as the scenario's
// schedule does; or what train.start holds.
network::Graph start_of(const Scenario& scenario, const network::Graph& real) {
    if (!scenario.train.start.empty()) {
        network::Graph graph = network::read_onnx(scenario.train.start);
        if (!graph.quantised)
            throw std::invalid_argument(fmt::format(
                "{}: train.start is a float network; make it one of integers with msd quantize",
                scenario.train.start));
        network::restore_digits(graph, scenario.train.start);
        return graph;
    }
    if (scenario.quant.equalise)
        throw std::invalid_argument(
            fmt::format("{}: quant.equalise changes the weights that training starts from; it is "
                        "for quantisation alone",
                        scenario.places.at("quant.equalise")));
    Scenario plan = scenario;
    plan.quant.calibration_images = scenario.train.calibration_images;
    if (scenario.train.method != "rsd") plan.schedule.lut_share = 0;
    return quantise_as_scheduled(plan, real);
}

int train_command(const TrainArguments& arguments) {
    const Scenario scenario = read_scenario(arguments.spec, arguments.sets);
    scenario.check();
    const Scenario::Train& t = scenario.train;
    const network::Graph real = load_network(scenario);
    if (real.quantised)
        throw std::invalid_argument(
            fmt::format("{}: is quantised already; training starts from the float network",
                        scenario.network.file));
    if (scenario.network.input == "random")
        throw std::invalid_argument(
            fmt::format("{}: no training images; give network.input, as cifar10:FILE or shapes",
                        arguments.spec));
    const std::string program = trainer();
    const network::Graph integer = start_of(scenario, real);
    const std::filesystem::path out = arguments.out;
    std::error_code error;
    std::filesystem::create_directories(out, error);
    if (error)
        throw std::runtime_error(
            fmt::format("{}: cannot be created: {}", out.string(), error.message()));
    const std::string start = (out / "start.onnx").string();
    network::write_onnx(integer, start);
    std::vector<std::string> words{program,
                                   "--real",
                                   scenario.network.file,
                                   "--start",
                                   start,
                                   "--train",
                                   scenario.network.input,
                                   "--train-first",
                                   std::to_string(scenario.network.first),
                                   "--train-images",
                                   std::to_string(scenario.network.images),
                                   "--method",
                                   t.method,
                                   "--weight-bits",
                                   std::to_string(t.weight_bits),
                                   "--activation-bits",
                                   std::to_string(t.activation_bits),
                                   "--epochs",
                                   std::to_string(t.epochs),
                                   "--batch",
                                   std::to_string(t.batch),
                                   "--rate",
                                   fmt::format("{}", t.rate),
                                   "--momentum",
                                   fmt::format("{}", t.momentum),
                                   "--weight-decay",
                                   fmt::format("{}", t.weight_decay),
                                   "--distil",
                                   fmt::format("{}", t.distil),
                                   "--temperature",
                                   fmt::format("{}", t.temperature),
                                   "--augment",
                                   t.augment ? "true" : "false",
                                   "--seed",
                                   std::to_string(scenario.seed),
                                   "--out",
                                   out.string()};
    if (!t.learn_scales) words.push_back("--fixed-scales");
    if (!t.test.empty())
        words.insert(words.end(), {"--test", t.test, "--test-first", std::to_string(t.test_first),
                                   "--test-images", std::to_string(t.test_images)});
    if (arguments.quiet) words.push_back("--quiet");
    return wait_for(std::move(words));
}

}  // namespace

void add_train_command(CLI::App& app, int& status) {
    auto arguments = std::make_shared<TrainArguments>();
    auto* train = app.add_subcommand("train", "quantisation-aware training of a float network");
    train->add_option("spec", arguments->spec, "scenario with a [train] section")->required();
    train->add_option("--set", arguments->sets, "key=value: overrides a key")
        ->allow_extra_args(false);
    train->add_option("-o,--out", arguments->out, "folder of the outputs")->required();
    train->add_flag("--quiet", arguments->quiet, "print only errors and the result");
    train->callback([arguments, &status] { status = train_command(*arguments); });
}

}  // namespace msd::platform
