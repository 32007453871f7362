// libFuzzer's entry to the fuzz target; tests/maestro/fuzz/run builds and starts it.
#include "tests/maestro/fuzz/fuzz_spec.h"
#include "tests/maestro/fuzz_one.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    if (size > 0 && data[0] % 16 == 15)
        msd::test::fuzz_spec({reinterpret_cast<const char*>(data + 1), size - 1});
    else
        msd::test::fuzz_one(data, size);
    return 0;
}
