// Catch2's session.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/main.h"
#include "tests/support.h"

namespace msd::test {

int run(int argc, char** argv) {
    const int failures = Catch::Session().run(argc, argv);
    if (failures == 0 && skipped()) return 77;
    return failures == 0 ? 0 : 1;
}

}  // namespace msd::test
