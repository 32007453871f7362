#!/usr/bin/env bash
# Installs what a command needs, builds the platform and runs it: ./msd run SCENARIO, ./msd test, ./msd train, ...
#   ./msd test [ctest arguments]  builds and runs the tests; -L long runs the long ones
#   ./msd train SPEC -o DIR       builds the trainer and runs it; ./msd train quickstart OUT.onnx makes the quickstart's network
#   ./msd mpi RANKS explore SPEC -o DIR  builds msd-mpi and runs it on so many ranks of this machine
#   anything else                 goes to the built program; ./msd --help lists its commands
# MSD_NO_INSTALL=1 skips the package check (on other systems: packages.txt says what is needed).
set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
case ${1-} in
    test) sections='run test' preset=dev target=all ;;
    train) sections='run train' preset=train target='msd msd_train msd_train_shapes' ;;
    mpi) sections='run mpi' preset=mpi target=msd-mpi ;;
    *) sections=run preset=release target=all ;;
esac
build=$root/build/$preset

fail() {  # exit status, message
    echo "msd: $2" >&2
    exit "$1"
}

packages() {
    for section in $sections; do
        awk -v wanted="[$section]" '/^\[/ { on = $1 == wanted; next } on { sub(/#.*/, ""); print }' "$root/packages.txt"
    done
}

install_packages() {
    command -v dpkg-query > /dev/null || fail 2 "this is not Debian; install what packages.txt names and set MSD_NO_INSTALL=1"
    missing=
    for package in $(packages); do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        fail 2 "packages are missing; run this line once, then ./msd again:
sudo apt-get update && sudo apt-get install --no-install-recommends -y$missing"
    fi
    echo "msd: installing$missing" >&2
    log=$root/build/apt.log
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of words
    { apt-get -q -o DPkg::Lock::Timeout=300 update &&
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing; } \
        < /dev/null > "$log" 2>&1 || { tail -n 20 "$log" >&2; fail 4 "apt-get failed; its output is in build/apt.log"; }
}

build_all() {
    if [ ! -f "$build/build.ninja" ] || [ "$(cat "$build/.root" 2> /dev/null)" != "$root" ]; then
        rm -rf "$build"  # never configured to the end, or of a copy elsewhere
        mkdir -p "$build"
        echo "msd: building build/$preset, once" >&2
        (cd "$root" && cmake --preset "$preset") < /dev/null > "$build/cmake.log" 2>&1 ||
            { cat "$build/cmake.log" >&2; rm -f "$build/build.ninja"; fail 4 "cmake failed"; }
        echo "$root" > "$build/.root"
    fi
    touch "$build/.built.new"  # as old as the oldest source this build may have read
    # shellcheck disable=SC2086  # a list of targets
    if [ -t 2 ]; then
        ninja -C "$build" $target < /dev/null >&2
    else
        ninja -C "$build" --quiet $target < /dev/null | sed '/^ninja: no work to do/d; /^-- /d' >&2
    fi || fail 4 "the build failed"
    mv "$build/.built.new" "$build/.built"
}

# True if the build is complete and no file or folder has changed since it began.
up_to_date() {
    [ "$build/.built" -nt "$root/packages.txt" ] && [ "$(cat "$build/.root")" = "$root" ] &&
        [ -z "$(find "$root" \( -path "$root/.git" -o -path "$root/build" -o -path "$root/out" \) -prune \
            -o -newer "$build/.built" -print -quit)" ]
}

if ! up_to_date; then
    mkdir -p "$root/build"
    exec 9> "$root/build/.lock"
    flock 9  # of two first calls, one builds
    installed=$root/build/.installed-$preset
    if [ -z "${MSD_NO_INSTALL-}" ] && ! [ "$installed" -nt "$root/packages.txt" ]; then
        install_packages
        touch "$installed"
    fi
    up_to_date || build_all
    exec 9>&-
fi

case ${1-} in
    test)
        shift
        exclude='-LE ^long$'
        for argument; do
            case $argument in -L | -L?* | --label-regex*) exclude= ;; esac
        done
        # shellcheck disable=SC2086  # two words or none
        ctest --test-dir "$build" --output-on-failure --no-tests=error -j"$(nproc)" $exclude "$@" || exit 1
        ;;
    train)
        if [ "${2-}" = quickstart ]; then
            shift 2
            exec "$build/quant/train/msd_train_shapes" "$@"
        fi
        exec "$build/platform/cli/msd" "$@"
        ;;
    mpi)
        case ${2-} in '' | *[!0-9]*) fail 2 "how many ranks? ./msd mpi RANKS explore SPEC -o DIR" ;; esac
        root_option=
        [ "$(id -u)" != 0 ] || root_option=--allow-run-as-root
        # shellcheck disable=SC2086  # one word or none
        # All ranks are here: no ssh is needed, though mpirun looks for one.
        exec mpirun $root_option --mca plm_rsh_agent sh --oversubscribe -n "$2" "$build/platform/cli/msd-mpi" "${@:3}"
        ;;
    *)
        exec "$build/platform/cli/msd" "$@"
        ;;
esac
