// `msd compare`: two schedules, layer by layer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "codesign/schedule_view/view.h"
#include "platform/cli/commands.h"

namespace msd::platform {

void add_compare_command(CLI::App& app, int& status) {
    struct Arguments {
        std::string a, b;
    };
    const auto arguments = std::make_shared<Arguments>();
    auto* compare =
        app.add_subcommand("compare", "two schedule.csv, of either style, layer by layer");
    compare->add_option("a", arguments->a, "schedule.csv")->required();
    compare->add_option("b", arguments->b, "schedule.csv")->required();
    compare->callback([arguments, &status] {
        fmt::print("{}", schedule_view::comparison(schedule_view::read_view(arguments->a),
                                                   schedule_view::read_view(arguments->b)));
        status = 0;
    });
}

}  // namespace msd::platform
