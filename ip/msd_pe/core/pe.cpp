// The elements' registers; the moments are those of docs/timing.md, "Pipeline".
#include "ip/msd_pe/core/pe.h"

namespace msd::pe {
namespace {

constexpr uint64_t kMask48 = (uint64_t{1} << 48) - 1;

}  // namespace

void LutPe::step(const LutInputs& in) {
    if (in.clear) {
        acc = 0;
    } else if (in.valid) {
        const uint32_t product = static_cast<uint32_t>(int32_t{in.act}) << (in.digit & 7);
        acc += (in.digit & 8) ? 0u - product : product;
    }
    passed = in;
}

void DspPe::step(const DspInputs& in) {
    const unsigned now = p >> (offset - 2) & 3;
    // One product moves the low field by at most a quadrant: only 3 -> 0 and 0 -> 3 are wraps.
    const uint32_t counted = wraps + (quadrant == 3 && now == 0) - (quadrant == 0 && now == 3);
    wraps = passed.clear ? 0 : counted;
    quadrant = now;

    const int low = static_cast<int8_t>(in.act & 0xff);
    const int high =
        static_cast<int>(in.act << 15) >> 23;  // 9 bits; has lent to a negative low part
    const int64_t a = (int64_t{high} + (low < 0 ? 1 : 0)) * (int64_t{1} << offset) + low;
    p = in.clear ? 0 : (p + static_cast<uint64_t>(a * in.weight)) & kMask48;
    passed = in;
}

DspSums unpack(uint64_t p, uint32_t wraps, unsigned offset) {
    const uint32_t low = wraps << offset | static_cast<uint32_t>(p & ((uint64_t{1} << offset) - 1));
    const int64_t high = static_cast<int64_t>(p << 16) >> (16 + offset);
    return {static_cast<int32_t>(low), static_cast<int32_t>(static_cast<uint32_t>(high) - wraps)};
}

}  // namespace msd::pe
