// The packed product of the RTL DSP element, for operands of every value.
#include <catch2/catch.hpp>

#include "rtl/pe_rtl.h"

namespace {

using namespace msd;

// Products of both halves wrongly formed, of the triples (high, low, weight) with high in steps of
// `step`, each alone in a sum. Without `borrow` a negative low operand takes nothing from the high
// one.
int wrong_products(int step, bool borrow) {
    rtl::DspPeRtl pe;
    int wrong = 0;
    uint64_t before = 0;  // sum of the triple before; its wraps come one cycle after its clear
    int low_product = 0, high_product = 0;
    bool first = true;
    for (int high = -128; high <= 127; high += step)
        for (int low = -128; low <= 127; ++low)
            for (int weight = -128; weight <= 127; ++weight) {
                const auto packed = static_cast<uint32_t>((high - (borrow && low < 0)) & 0x1ff)
                                        << 8 |
                                    static_cast<uint32_t>(low & 0xff);
                const auto product = pe.step(packed, static_cast<int8_t>(weight), false);
                if (!first) {
                    const auto wraps = static_cast<int16_t>(product.wraps);
                    const auto l = static_cast<int32_t>(uint32_t(before & 0xffff) |
                                                        uint32_t(product.wraps) << 16);
                    const auto h = static_cast<int32_t>(uint32_t(before >> 16)) - wraps;
                    wrong += l != low_product || h != high_product;
                }
                before = pe.step(0, 0, true).sum;
                low_product = low * weight;
                high_product = high * weight;
                first = false;
            }
    return wrong;
}

}  // namespace

TEST_CASE("one product of the packed operand is both products, for one in 17 of all operands") {
    CHECK(wrong_products(17, true) == 0);
    CHECK(wrong_products(85, false) > 0);
}

TEST_CASE("one product of the packed operand is both products, for all 2^24 operand triples",
          "[.long]") {
    CHECK(wrong_products(1, true) == 0);
}
