// Deterministic mutations of sound inputs through the fuzz target, and the inputs that the guided
// fuzzer found.
#include <catch2/catch.hpp>
#include <filesystem>

#include "network/random.h"
#include "tests/maestro/fuzz_one.h"
#include "tests/support.h"

using namespace msd;

namespace {

const char* const kSeeds[] = {
    "\0Network n { Layer a { Type: CONV Stride { X: 2, Y: 2 } Padding { Y: 1 X: 1 } Dilation { Y: "
    "2 } "
    "Dimensions { N 2, K 8, C 3, R 3, S 3, Y 20, X 19 } Dataflow { SpatialMap(1,1) K; "
    "TemporalMap(Sz(R),1) Y; "
    "Cluster(4, P); SpatialMap(1,1) C; } } Layer b { Type: DSCONV Dimensions { K 1, C 9, R 3, S 3, "
    "Y 9, X 9 } } }",
    "\0Constant T 4;\nNetwork { Layer a { Type: NGCONV Dimensions { G 2, K T, C T, R 3, S 3, Y' 8, "
    "X' 8 } "
    "Dataflow { SpatialMap(1,1) Y'; TemporalMap(1,1) X'; TemporalMap(Sz(R),Sz(R)) R; "
    "TemporalMap(Sz(S),Sz(S)) S; "
    "Cluster(Sz(R),P); SpatialMap(1,1) Y; SpatialMap(1,1) R; TemporalMap(Sz(S),Sz(S)) S; } } }",
    "\0Network g { Layer a { Type: GEMM Dimensions { M 10, N 20, K 30 } Dataflow { "
    "TemporalMap(1,1) N; "
    "SpatialMap(1,1) M; TemporalMap(8,8) K; Cluster(8, P); SpatialMap(1,1) K; } } Layer b { Type: "
    "TRCONV "
    "Dimensions { K 3, C 4, R 2, S 2, Y 7, X 7 } Dataflow { SpatialMap(Sz(S),1) X; } } }",
    "\3num_pes: 256\nl1_size_cstr: 100\nl2_size_cstr: 3000\nnoc_bw_cstr: 1000\noffchip_bw_cstr: "
    "50\nnoc_bw_level_1: 4",
    "\4mac_nj: 0.001\nl1: 2 l2: 20 noc: 1e-3 dram: 100\n",
    "\5Dataflow { SpatialMap(1,1) K; TemporalMap(Sz(C),4) C; Cluster(4,P); SpatialMap(1,1) C; }",
    "\6[{\"genotype_index\": 3, \"normal\": "
    "[[\"skip_connect\",0],[\"sep_conv_3x3\",1],[\"dil_conv_5x5\",2],"
    "[\"max_pool_3x3\",1],[\"avg_pool_3x3\",3],[\"sep_conv_5x5\",0],[\"dil_conv_3x3\",4],[\"skip_"
    "connect\",1]],"
    "\"reduce\": "
    "[[\"skip_connect\",0],[\"sep_conv_3x3\",1],[\"dil_conv_5x5\",2],[\"max_pool_3x3\",1],"
    "[\"avg_pool_3x3\",3],[\"sep_conv_5x5\",0],[\"dil_conv_3x3\",4],[\"skip_connect\",1]]}]",
    "\7\1\4\10\4\4\4\2\3\3\24\24\1\1\1\1\1\1\1\1\1\1\2\1\1\2\10\3\1\20\1\3\4\1\1\3\1",
};

std::string seed_text(const char* seed) {  // the first byte may be 0
    return std::string(1, seed[0]) + (seed + 1);
}

std::string mutated(std::string text, network::Random& random) {
    static const char* const words[] = {"{",
                                        "}",
                                        "Layer",
                                        "Cluster(16777216,P);",
                                        "0",
                                        "16777216",
                                        "99999999999999999999",
                                        "SpatialMap(1,1) Y;",
                                        "Sz(Q)",
                                        "Y'",
                                        "-",
                                        "//",
                                        "\xff",
                                        "\n",
                                        "TemporalMap(",
                                        "Type:"};
    for (int n = 1 + random.below(4); n > 0 && !text.empty(); --n) {
        const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
        switch (random.below(5)) {
            case 0:
                text[at] = static_cast<char>(random.below(256));
                break;
            case 1:
                text.erase(at, static_cast<std::size_t>(1 + random.below(20)));
                break;
            case 2:
                text.insert(at, words[random.below(16)]);
                break;
            case 3:
                text.insert(at, text.substr(static_cast<std::size_t>(
                                                random.below(static_cast<int>(text.size()))),
                                            static_cast<std::size_t>(random.below(60))));
                break;
            default:
                if (text[at] >= '0' && text[at] <= '9')
                    text[at] = static_cast<char>('0' + random.below(10));
        }
    }
    return text;
}

void run(int per_seed) {
    uint64_t index = 0;
    for (const char* seed : kSeeds) {
        network::Random random(1, index++);
        const std::string text = seed_text(seed);
        test::fuzz_one(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        for (int n = 0; n < per_seed; ++n) {
            const std::string bad = mutated(text, random);
            test::fuzz_one(reinterpret_cast<const uint8_t*>(bad.data()), bad.size());
        }
    }
}

}  // namespace

TEST_CASE(
    "no mutation of a mapping, hardware, energy, template or genotype file crashes the cost "
    "model") {
    run(250);
    SUCCEED();
}

TEST_CASE("no mutation of an input crashes the cost model, many", "[.long]") {
    run(20'000);
    SUCCEED();
}

TEST_CASE("what the guided fuzzer found stays fixed") {
    // A dimension that the layer's type does not use (G of a CONV) once counted in the true number
    // of MACs.
    const uint8_t unused_dimension[] = {7, 0, 4, 8, 4, 4, 4, 2, 3, 3, 0x51, 20, 20,
                                        1, 1, 0, 0, 0, 0, 0, 0, 4, 1, 0,    3,  1};
    test::fuzz_one(unused_dimension, sizeof unused_dimension);
    // Y' spread together with R was taken for the window Y with R and lost multiply-accumulates.
    const uint8_t output_rows_with_kernel_rows[] = {
        0xff, 0xd0, 0xd0, 0xfe, 0xac, '1', '0', '9', '6', 'n', 'o', 'c', '_', 'b',
        '1',  '6',  '7',  '7',  '7',  '2', '1', '6', 'C', 'l', 'u', 's', 't', '1',
        '6',  '7',  '7',  '7',  '2',  '1', '6', 'e', 'r', '_', '0', 'M', 0xe4};
    test::fuzz_one(output_rows_with_kernel_rows, sizeof output_rows_with_kernel_rows);
    SUCCEED();
}
