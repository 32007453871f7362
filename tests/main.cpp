// The entry point of every test executable: Catch2's session, started by SystemC where it is linked.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/support.h"

namespace {
int run(int argc, char** argv) {
    const int failures = Catch::Session().run(argc, argv);
    if (failures == 0 && msd::test::skipped()) return 77;  // CTest counts it as skipped
    return failures == 0 ? 0 : 1;
}
}  // namespace

#ifdef MSD_TEST_SYSTEMC
#include <systemc>
int sc_main(int argc, char** argv) { return run(argc, argv); }
int main(int argc, char** argv) { return sc_core::sc_elab_and_sim(argc, argv); }
#else
int main(int argc, char** argv) { return run(argc, argv); }
#endif
