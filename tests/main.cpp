// The entry point of every test executable: Catch2's session, started by SystemC where it is linked.
#include "tests/main.h"

#ifdef MSD_TEST_SYSTEMC
#include <systemc>
int sc_main(int argc, char** argv) { return msd::test::run(argc, argv); }
int main(int argc, char** argv) { return sc_core::sc_elab_and_sim(argc, argv); }
#else
int main(int argc, char** argv) { return msd::test::run(argc, argv); }
#endif
