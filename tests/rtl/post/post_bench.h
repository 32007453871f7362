// The RTL post unit beside post_process() and pool(): random tiles, their sums in modelled
// accumulator banks, the other output half loaded and read meanwhile; bytes and cycles compared.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ip/msd_pe/core/config.h"
#include "rtl/post_rtl.h"

namespace msd::test {

struct PostCase {
    msd_tile tile{};
    std::vector<int32_t> sums;          // [k][th * tw]
    std::vector<msd_channel> channels;  // an even number
    std::vector<int8_t> input;          // residual or map to be pooled, [blocks][th * tw][16]
};

// What a tile does besides requantising its sums.
enum class PostKind { kPlain, kResidual, kPooled, kResidualPooled, kPoolOnly };

// A tile that fits the configuration.
PostCase random_post(std::mt19937& rng, const pe::AcceleratorConfig& config, PostKind kind);
// Passes and nothing else that depends on the array: call after changing k or the map's size.
void complete(PostCase& c, const pe::AcceleratorConfig& config);

class PostBench {
public:
    explicit PostBench(rtl::PostSize size, int fault = 0);
    const pe::AcceleratorConfig& config() const { return config_; }

    // Runs the tiles one behind the other, each `gap` cycles after the earliest possible. Returns
    // what differed first, or "".
    std::string run(const std::vector<PostCase>& tiles, const std::vector<unsigned>& gaps);

    uint64_t compared_words() const { return compared_words_; }
    uint64_t last_cycles() const { return last_cycles_; }  // from Post_start to Post_end, last tile

private:
    struct Job {  // what goes on in the half that post does not use
        unsigned half = 0;
        std::vector<int8_t> expected;  // of the tile before
        std::size_t read = 0;          // words
        bool hand = false;             // it is handed over, and words behind it are asked for, too
        std::size_t words() const { return expected.size() / 16 + (hand ? 2 : 0); }
        const PostCase* next = nullptr;
        std::size_t loaded = 0, load_base = 0, params = 0;
        bool done() const;
    };

    void fill_banks(const PostCase& c, unsigned half);
    void answer(const rtl::PostPins& pins);
    rtl::PostPins cycle(Job& job);
    std::string work(Job& job);

    pe::AcceleratorConfig config_;
    rtl::PostRtl rtl_;
    std::mt19937 noise_{7};
    std::vector<int32_t> banks_;  // [group][column][half][entry]
    unsigned tile_ = 0;           // since reset
    std::string difference_;
    std::optional<std::size_t> requested_, handed_[2];  // words due in the next cycles
    void compare(std::size_t index, const std::array<int8_t, 16>& word, const Job& job);
    uint64_t compared_words_ = 0, last_cycles_ = 0;
};

}  // namespace msd::test
