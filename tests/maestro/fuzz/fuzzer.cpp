// libFuzzer's entry to the fuzz target; tests/maestro/fuzz/run builds and starts it.
#include "tests/maestro/fuzz_one.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    msd::test::fuzz_one(data, size);
    return 0;
}
