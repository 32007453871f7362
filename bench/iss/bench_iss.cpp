// Instructions a second of CPU time that the hart executes: the self-test's arithmetic, over and
// over. `bench_iss [millions]`.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <vector>

#include "firmware/firmware_image.h"
#include "platform/iss/elf.h"
#include "platform/iss/hart.h"

namespace {

using namespace msd::platform;

struct NoBus : HartBus {
    Response read(uint32_t, unsigned, uint32_t&) override { return Response::kError; }
    Response write(uint32_t, unsigned, uint32_t) override { return Response::kError; }
};

}  // namespace

int main(int argc, char** argv) {
    const uint64_t instructions = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200) * 1000000;
    constexpr uint32_t kBase = 0x80000000, kBytes = 1 << 20;
    std::vector<uint8_t> ram(kBytes);
    const Elf elf = parse_elf(kFirmwareElf, kFirmwareElfSize, "firmware");
    elf.load(ram.data(), kBase, kBytes);

    NoBus bus;
    Hart hart(bus);
    hart.set_memory(ram.data(), kBase, kBytes);
    const uint32_t function = elf.address_of("selftest_arithmetic").value();
    hart.reset(function);
    hart.set_x(1, function);  // returns to its own beginning
    hart.set_x(2, kBase + kBytes);

    const std::clock_t start = std::clock();
    while (hart.cycle() < instructions) hart.run(hart.cycle() + 1000);  // as the CPU's quantum does
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    fmt::print("{} million instructions in {:.3f} s: {:.1f} million/s, {} traps\n",
               hart.retired() / 1000000, seconds,
               static_cast<double>(hart.retired()) / seconds / 1e6, hart.traps());
    return hart.traps() == 0 ? 0 : 1;
}
