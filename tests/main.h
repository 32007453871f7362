// Catch2's session as a function, compiled once for all test executables.
#pragma once

namespace msd::test {

// 0, 1 if a test failed, 77 if none did and data was missing (CTest counts it as skipped).
int run(int argc, char** argv);

}  // namespace msd::test
