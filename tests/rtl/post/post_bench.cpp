// Lockstep of the post unit with ip/msd_pe/core.
#include "tests/rtl/post/post_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "ip/msd_pe/core/timing.h"

namespace msd::test {
namespace {

constexpr unsigned kWord = pe::kWordBytes;

// First pixel of every group in its core's raster order, as docs/timing.md says.
unsigned first_pixel(const pe::AcceleratorConfig& config, const msd_tile& tile, unsigned group) {
    unsigned pixel = 0;
    for (unsigned g = group < config.lut_groups() ? 0 : config.lut_groups(); g < group; ++g)
        pixel += config.group_columns(g) * (g < config.lut_groups() ? tile.p_lut : tile.p_dsp);
    return pixel;
}

}  // namespace

bool PostBench::Job::done() const {
    return read == words() &&
           (!next || (loaded * kWord == next->input.size() && params == next->channels.size()));
}

PostBench::PostBench(rtl::PostSize size, int fault)
    : config_(rtl::post_config(size)),
      rtl_(size, fault),
      banks_(std::size_t{config_.groups()} * 16 * 2 * config_.acc_entries) {}

// Sum of K pass kp, pixel pass p, row r is at P*R*kp + used(kp)*p + r; all else is noise.
void PostBench::fill_banks(const PostCase& c, unsigned half) {
    const msd_tile& t = c.tile;
    const unsigned pixels = unsigned{t.th} * t.tw, entries = config_.acc_entries;
    for (unsigned g = 0; g < config_.groups(); ++g)
        for (unsigned n = 0; n < 16; ++n)
            for (unsigned e = 0; e < entries; ++e)
                banks_[((g * 16 + n) * 2 + half) * entries + e] = static_cast<int32_t>(noise_());
    for (unsigned g = 0; g < config_.groups(); ++g) {
        const bool lut = g < config_.lut_groups();
        const unsigned rows = lut ? config_.lut_rows : config_.dsp_rows;
        const unsigned k_all = lut ? t.k_lut : t.k_dsp, passes = lut ? t.p_lut : t.p_dsp;
        const unsigned first = first_pixel(config_, t, g), columns = config_.group_columns(g);
        for (unsigned k = 0; k < k_all; ++k)
            for (unsigned p = 0; p < passes; ++p)
                for (unsigned n = 0; n < columns; ++n) {
                    const unsigned pixel = first + p * columns + n;
                    if (pixel >= pixels) continue;
                    const unsigned kp = k / rows, used = std::min(rows, k_all - kp * rows);
                    const unsigned entry = passes * rows * kp + used * p + k % rows;
                    const unsigned channel = lut ? k : t.k_lut + k;
                    banks_[((g * 16 + n) * 2 + half) * entries + entry] =
                        c.sums[std::size_t{channel} * pixels + pixel];
                }
    }
}

void PostBench::answer(const rtl::PostPins& pins) {
    std::array<int32_t, 16> sums;
    for (unsigned n = 0; n < 16; ++n) {
        const bool there = pins.read && pins.group < config_.groups();
        sums[n] =
            there
                ? banks_[((pins.group * 16 + n) * 2 + pins.half) * config_.acc_entries + pins.entry]
                : static_cast<int32_t>(noise_());
    }
    rtl_.sums(sums);
}

void PostBench::compare(std::size_t index, const std::array<int8_t, 16>& word, const Job& job) {
    ++compared_words_;
    const bool there = index * kWord < job.expected.size();
    for (unsigned n = 0; n < 16 && difference_.empty(); ++n)
        if (const int8_t want = there ? job.expected[index * kWord + n] : 0; word[n] != want)
            difference_ = fmt::format("tile {}: word {}, byte {}{}: rtl {}, core {}", tile_ - 1,
                                      index, n, job.hand ? ", handed over" : "", word[n], want);
}

// One cycle; in the half that post does not use, a result of the tile before is read or a word of
// the next is loaded.
rtl::PostPins PostBench::cycle(Job& job) {
    const std::optional<std::size_t> due = requested_, handed = handed_[1];
    requested_.reset();
    handed_[1] = handed_[0];
    handed_[0].reset();
    if (job.read < job.words()) {
        const auto word = static_cast<unsigned>(job.read++);
        if (job.hand) {
            rtl_.hand(job.half, word, static_cast<unsigned>(job.expected.size() / kWord));
            handed_[0] = word;
        } else {
            rtl_.request(job.half, word);
            requested_ = word;
        }
    } else if (job.next && !due && job.loaded * kWord < job.next->input.size()) {
        rtl_.load(job.half, static_cast<unsigned>(job.load_base + job.loaded),
                  &job.next->input[job.loaded * kWord]);
        ++job.loaded;
    }
    if (job.next && job.params < job.next->channels.size()) {
        rtl_.write_params((tile_ + 1) % 4, static_cast<unsigned>(job.params / 2),
                          &job.next->channels[job.params]);
        job.params += 2;
    }
    if (due) compare(*due, rtl_.stored(), job);
    if (handed) compare(*handed, rtl_.handed(), job);
    const rtl::PostPins pins = rtl_.step();
    answer(pins);
    return pins;
}

std::string PostBench::run(const std::vector<PostCase>& tiles, const std::vector<unsigned>& gaps) {
    Job job;
    job.half = tile_ % 2;
    job.next = &tiles[0];
    job.load_base = pe::pool_base(tiles[0].tile);
    --tile_;  // the set of the first tile is loaded beside the one before
    while (!job.done()) cycle(job);
    ++tile_;
    difference_.clear();
    for (std::size_t i = 0; i < tiles.size(); ++i, ++tile_) {
        const PostCase& c = tiles[i];
        const pe::TileTiming timing = pe::tile_timing(config_, c.tile);
        const unsigned half = tile_ % 2;
        fill_banks(c, tile_ / 2 % 2);
        Job other;
        other.half = half ^ 1;
        other.expected = std::move(job.expected);
        other.hand = job.hand;
        other.next = i + 1 < tiles.size() ? &tiles[i + 1] : nullptr;
        if (other.next) other.load_base = pe::pool_base(other.next->tile);

        for (unsigned g = 0; g < gaps[i % gaps.size()]; ++g) cycle(other);
        rtl_.start(c.tile,
                   {tile_ / 2 % 2, half, tile_ % 4, static_cast<unsigned>(pe::pool_base(c.tile))});
        // Post_end is Post_start + T_post + T_pool: not a cycle earlier.
        last_cycles_ = 0;
        while (!cycle(other).done) {
            if (++last_cycles_ > timing.post + timing.pool + 100)
                return fmt::format("tile {}: not done in {} cycles", tile_, last_cycles_);
        }
        if (last_cycles_ != timing.post + timing.pool)
            return fmt::format("tile {}: Post_end after {} cycles, not {} + {}", tile_,
                               last_cycles_, timing.post, timing.pool);
        while (!other.done() || requested_ || handed_[0] || handed_[1]) cycle(other);
        if (!difference_.empty()) return difference_;

        job = {};
        job.half = half;
        job.hand = i % 2 != 0;
        job.expected = c.input;
        job.expected.resize(pe::blocks(c.tile) * pe::pixels(c.tile) * kWord);
        if (!pe::has(c.tile, MSD_TILE_POOL_ONLY))
            pe::post_process(c.tile, c.sums.data(), c.channels.data(), job.expected.data());
        if (pe::pooled(c.tile)) {
            pe::pool(c.tile, job.expected.data());
            job.expected.resize(std::size_t{pe::blocks(c.tile)} * c.tile.pool_oh * c.tile.pool_ow *
                                kWord);
        }
    }
    while (!job.done() || requested_ || handed_[0] || handed_[1]) cycle(job);
    return difference_;
}

}  // namespace msd::test
