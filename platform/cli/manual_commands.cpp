// The manual page and the bash completion, both made from the parser's own table of commands.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "platform/cli/commands.h"
#include "platform/scenario/keys.h"
#include "platform/version.h"

namespace msd::platform {
namespace {

std::vector<const CLI::App*> commands(const CLI::App& app) {
    std::vector<const CLI::App*> shown;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) shown.push_back(command);
    return shown;
}

std::string roff(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    if (!out.empty() && (out[0] == '.' || out[0] == '\'')) out = "\\&" + out;
    return out;
}

bool is_help(const CLI::Option& option) {
    return option.get_name() == "--help" || option.get_name() == "-h";
}

std::string names(const CLI::Option& option) {
    if (option.get_positional()) return option.get_name(true);
    return option.get_name(false, true) + (option.get_type_size() == 0 ? "" : " VALUE");
}

std::string manual(const CLI::App& app) {
    std::string page = fmt::format(
        ".TH MSD 1 \"\" \"msd {}\" \"MSD virtual platform\"\n.SH NAME\nmsd \\- {}\n.SH SYNOPSIS\n"
        ".B msd\n.I command\n[arguments]\n.SH COMMANDS\n",
        MSD_VERSION, roff(app.get_description()));
    for (const CLI::App* command : commands(app)) {
        page += fmt::format(".SS \"msd {}\"\n{}\n", command->get_name(),
                            roff(command->get_description()));
        for (const CLI::Option* option : command->get_options())
            if (!is_help(*option))
                page += fmt::format(".TP\n.B {}\n{}{}\n", roff(names(*option)),
                                    roff(option->get_description()),
                                    option->get_required() ? " (required)" : "");
    }
    page += ".SH \"SCENARIO KEYS\"\nOf a scenario file, and of \\-\\-set key=value.\n";
    for (const Key& key : keys()) {
        const std::string allowed = allowed_values(key);
        page += fmt::format(".TP\n.B {}\n({}{}) {}\n", roff(key.name), roff(type_name(key)),
                            allowed.empty() ? "" : ", " + roff(allowed), roff(key.description));
    }
    page +=
        ".SH \"EXIT STATUS\"\n0 good, 1 a check failed, 2 the input is wrong, 3 the simulation "
        "timed "
        "out, 4 an internal fault.\n.SH ENVIRONMENT\n.TP\n.B MSD_DATA\nFolder that ${MSD_DATA} "
        "stands "
        "for in scenarios.\n.TP\n.B NO_COLOR\nIf set, nothing is coloured.\n";
    return page;
}

std::string completion(const CLI::App& app) {
    std::string all, cases;
    for (const CLI::App* command : commands(app)) {
        all += (all.empty() ? "" : " ") + command->get_name();
        std::string flags;
        for (const CLI::Option* option : command->get_options())
            for (const std::string& name : option->get_lnames())
                flags += (flags.empty() ? "--" : " --") + name;
        cases += fmt::format("        {}) words=\"{}\" ;;\n", command->get_name(), flags);
    }
    std::string settings, keys_only, choices;
    for (const Key& key : keys()) {
        keys_only += (keys_only.empty() ? "" : " ") + key.name;
        settings += (settings.empty() ? "" : " ") + key.name + "=";
        std::string values;
        for (const std::string& choice : key.choices)
            values += (values.empty() ? "" : " ") + choice;
        if (type_name(key) == "bool") values = "true false";
        if (!values.empty())
            choices += fmt::format("        {}) words=\"{}\" ;;\n", key.name, values);
    }
    return fmt::format(R"(# bash completion of msd, written by `msd completion`
_msd_value() {{
    local words=
    case $1 in
{3}    esac
    COMPREPLY=($(compgen -W "$words" -- "$2"))
}}

_msd() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "{0} --help --version" -- "$word"))
        return
    fi
    # "=" may be a word of its own: --set key = value
    if [ "$before" = "=" ] && ((COMP_CWORD > 3)) && [ "${{COMP_WORDS[COMP_CWORD - 3]}}" = --set ]; then
        _msd_value "${{COMP_WORDS[COMP_CWORD - 2]}}" "$word"
        return
    fi
    if [ "$word" = "=" ] && ((COMP_CWORD > 2)) && [ "${{COMP_WORDS[COMP_CWORD - 2]}}" = --set ]; then
        _msd_value "$before" ""
        return
    fi
    if [ "$before" = --set ]; then
        compopt -o nospace 2> /dev/null
        COMPREPLY=($(compgen -W "{2}" -- "$word"))
        return
    fi
    if [ "${{COMP_WORDS[1]}}" = describe ]; then
        COMPREPLY=($(compgen -W "{4}" -- "$word"))
        return
    fi
    case ${{COMP_WORDS[1]}} in
{1}    esac
    case $word in
        -*) COMPREPLY=($(compgen -W "$words --help" -- "$word")) ;;
        *) compopt -o filenames 2> /dev/null
           COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -F _msd msd
)",
                       all, cases, settings, choices, keys_only);
}

}  // namespace

void add_manual_commands(CLI::App& app, int& status) {
    auto* page = app.add_subcommand("manual", "the manual page, as roff")->group("");
    page->callback([&app, &status] {
        fmt::print("{}", manual(app));
        status = 0;
    });
    auto* bash = app.add_subcommand("completion", "completion for bash")->group("");
    bash->callback([&app, &status] {
        fmt::print("{}", completion(app));
        status = 0;
    });
}

}  // namespace msd::platform
