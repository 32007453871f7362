// Lockstep of RTL, cycle model and closed forms.
#include "tests/rtl/core_bench.h"

#include <fmt/format.h>

#include <algorithm>

namespace msd::test {

using pe::CoreShape;

CoreBench::CoreBench(rtl::CoreSize size, int fault)
    : config_(core_config(size)),
      rtl_(size, fault),
      lut_(pe::CoreModel::kLut, config_.acc_entries),
      dsp_(pe::CoreModel::kDsp, config_.acc_entries) {}

void CoreBench::load(const TileCase& c, unsigned half) {
    const msd_tile& t = c.tile;
    for (unsigned g = 0; g < config_.groups(); ++g) {
        const msd_group& group = t.group[g];
        unsigned address = 0;
        for (unsigned cb = 0; cb < t.c_blocks; ++cb)
            for (unsigned y = group.lo; y < group.hi; ++y)
                for (unsigned x = 0; x < t.in_cols; ++x) {
                    const std::size_t word = (std::size_t{cb} * t.in_rows + y) * t.in_cols + x;
                    rtl_.write_act(g, half, address++,
                                   reinterpret_cast<const uint8_t*>(c.act.data()) + word * 16);
                }
    }
    const auto load_stream = [&](const CoreShape& core, const std::vector<uint8_t>& stream,
                                 bool lut) {
        if (core.channels == 0) return;
        std::vector<unsigned> addresses((core.rows + core.bank_rows - 1) / core.bank_rows);
        const std::size_t words = stream.size() / 16 / core.channels;
        const uint8_t* word = stream.data();
        for (unsigned k = 0; k < core.k_passes(); ++k)
            for (std::size_t w = 0; w < words; ++w)
                for (unsigned r = 0; r < core.rows_used(k); ++r, word += 16) {
                    const unsigned bank = r / core.bank_rows;
                    if (lut)
                        rtl_.write_lut_weight(bank, half, addresses[bank]++, word);
                    else
                        rtl_.write_dsp_weight(bank, half, addresses[bank]++, word);
                }
    };
    load_stream(pe::lut_shape(config_, t), c.lut_stream, true);
    load_stream(pe::dsp_shape(config_, t), c.dsp_stream, false);
}

// docs/timing.md, "Pipeline": the cycle of every bank write.
void CoreBench::expect_core(const CoreShape& core, const msd_tile& tile, uint64_t start,
                            unsigned first_bank, unsigned banks, unsigned acc_half,
                            Expected& expected) const {
    uint64_t clear = start;  // slot 0 is issued in start + 1, so the clear slot in start + period
    for (unsigned k = 0; k < core.k_passes(); ++k)
        for (unsigned p = 0; p < core.pixel_passes; ++p) {
            clear += pe::period(core, tile, k);
            for (unsigned b = 0; b < banks; ++b)
                for (unsigned r = 0; r < core.rows_used(k); ++r) {
                    const uint64_t cycle = clear + 2 + r + b % core.cols + core.column_latency + 2;
                    const unsigned address =
                        core.pixel_passes * core.rows * k + core.rows_used(k) * p + r;
                    expected.writes[{first_bank + b, cycle}] =
                        acc_half * config_.acc_entries + address;
                }
        }
}

void CoreBench::expect_tile(const TileCase& c, uint64_t start, unsigned acc_half,
                            Expected& expected) {
    const pe::TileTiming timing = pe::tile_timing(config_, c.tile);
    const uint64_t feed_end = start + timing.feed;
    expected.pins[feed_end] += "feed_end ";
    expected.pins[feed_end + timing.release] += "release ";
    expected.pins[feed_end + timing.drain] += "drained ";
    if (c.tile.flags & MSD_TILE_LAST_C) {
        expected.pins[feed_end + timing.drain] += "acc_full ";
        acc_full_ = feed_end + timing.drain;
    }
    expected.lut_busy += timing.lut_busy;
    expected.dsp_busy += timing.dsp_busy;
    expect_core(pe::lut_shape(config_, c.tile), c.tile, start, 0, config_.lut_cols, acc_half,
                expected);
    expect_core(pe::dsp_shape(config_, c.tile), c.tile, start, config_.lut_cols,
                2 * config_.dsp_cols, acc_half, expected);
}

std::string CoreBench::compare(uint64_t cycle, const rtl::CorePins& pins,
                               const std::vector<pe::BankWrite>& lut,
                               const std::vector<pe::BankWrite>& dsp, Expected& expected) {
    std::string seen;
    if (pins.feed_end) seen += "feed_end ";
    if (pins.release) seen += "release ";
    if (pins.drained) seen += "drained ";
    if (pins.acc_full) seen += "acc_full ";
    const auto due = expected.pins.find(cycle);
    const std::string wanted = due == expected.pins.end() ? "" : due->second;
    // Several tiles' events may meet in one cycle, in any order.
    for (const char* name : {"feed_end", "release", "drained", "acc_full"})
        if ((seen.find(name) == std::string::npos) != (wanted.find(name) == std::string::npos))
            return fmt::format("cycle {}: rtl pins '{}', closed form '{}'", cycle, seen, wanted);
    expected.pins.erase(cycle);

    if (pins.lut_valid != lut_.digit_at_origin())
        return fmt::format("cycle {}: lut pe(0,0) valid: rtl {}, model {}", cycle, pins.lut_valid,
                           lut_.digit_at_origin());
    if (pins.dsp_valid != dsp_.digit_at_origin())
        return fmt::format("cycle {}: dsp pe(0,0) valid: rtl {}, model {}", cycle, pins.dsp_valid,
                           dsp_.digit_at_origin());

    std::vector<const pe::BankWrite*> model(pins.writes.size());
    for (const pe::BankWrite& write : lut) model[write.bank] = &write;
    for (const pe::BankWrite& write : dsp) model[config_.lut_cols + write.bank] = &write;
    for (unsigned b = 0; b < pins.writes.size(); ++b) {
        const rtl::CorePins::Write& write = pins.writes[b];
        const auto form = expected.writes.find({b, cycle});
        if (write.valid != (model[b] != nullptr) || write.valid != (form != expected.writes.end()))
            return fmt::format("cycle {}, bank {}: write: rtl {}, model {}, closed form {}", cycle,
                               b, write.valid, model[b] != nullptr, form != expected.writes.end());
        if (!write.valid) continue;
        if (write.address != form->second ||
            write.address % config_.acc_entries != model[b]->address)
            return fmt::format("cycle {}, bank {}: address: rtl {}, model {}, closed form {}",
                               cycle, b, write.address, model[b]->address, form->second);
        if (write.data != model[b]->value && !model[b]->surplus)
            return fmt::format("cycle {}, bank {}, entry {}: rtl acc={}, model acc={}", cycle, b,
                               model[b]->address, write.data, model[b]->value);
        expected.writes.erase(form);
        last_write_ = cycle;
        ++compared_writes_;
    }
    ++compared_cycles_;
    return "";
}

// Reads the RTL's banks as Post would: channel k, pixel by pixel.
std::string CoreBench::compare_banks(const TileCase& c, unsigned acc_half,
                                     const std::vector<int32_t>& sums) {
    const unsigned pixels = unsigned{c.tile.th} * c.tile.tw;
    const auto core = [&](const CoreShape& shape, unsigned first_group, unsigned groups,
                          unsigned first_bank, unsigned pixels_a_column) -> std::string {
        unsigned start = 0;
        for (unsigned g = 0; g < groups; ++g) {
            const unsigned columns = config_.group_columns(first_group + g);
            const unsigned bank = first_bank + g / pixels_a_column * pe::kGroupColumns +
                                  g % pixels_a_column * shape.cols;
            for (unsigned p = 0; p < shape.pixel_passes; ++p)
                for (unsigned n = 0; n < columns; ++n) {
                    const unsigned pixel = start + p * columns + n;
                    if (pixel >= pixels) continue;
                    for (unsigned k = 0; k < shape.channels; ++k) {
                        const unsigned pass = k / shape.rows;
                        const unsigned address = acc_half * config_.acc_entries +
                                                 shape.pixel_passes * shape.rows * pass +
                                                 shape.rows_used(pass) * p + k % shape.rows;
                        const int32_t want =
                            sums[std::size_t{shape.first_channel + k} * pixels + pixel];
                        const int32_t got = rtl_.read_bank(bank + n, address);
                        if (got != want)
                            return fmt::format("channel {}, pixel {}: bank holds {}, plain sum {}",
                                               shape.first_channel + k, pixel, got, want);
                    }
                }
            start += columns * shape.pixel_passes;
        }
        return "";
    };
    const std::string lut = core(pe::lut_shape(config_, c.tile), 0, config_.lut_groups(), 0, 1);
    if (!lut.empty()) return lut;
    return core(pe::dsp_shape(config_, c.tile), config_.lut_groups(), config_.dsp_groups(),
                config_.lut_cols, 2);
}

std::string CoreBench::run(const std::vector<const TileCase*>& tiles,
                           const std::vector<unsigned>& gaps) {
    for (std::size_t i = 0; i < tiles.size(); ++i) load(*tiles[i], i % 2);

    Expected expected;
    std::vector<std::vector<int32_t>> sums(tiles.size());  // of each tile's sum so far
    std::vector<unsigned> acc_halves;
    std::vector<uint64_t> starts;
    uint64_t next = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        starts.push_back(next + gaps[i]);
        const bool first = (tiles[i]->tile.flags & MSD_TILE_FIRST_C) != 0;
        if (first) acc_half_ ^= 1;
        acc_halves.push_back(acc_half_);
        expect_tile(*tiles[i], starts.back(), acc_half_, expected);
        if (!first) sums[i] = sums[i - 1];
        tiles[i]->add_to(sums[i]);
        next = starts.back() + pe::tile_timing(config_, tiles[i]->tile).feed + 1;
    }
    const uint64_t end =
        next + pe::tile_timing(config_, tiles.back()->tile).drain + config_.lut_rows + 8;
    std::size_t started = 0;
    first_operand_ = 0;
    uint64_t lut_busy = 0, dsp_busy = 0;
    for (uint64_t cycle = 0; cycle < end; ++cycle) {
        if (started < starts.size() && starts[started] == cycle) {
            const TileCase& c = *tiles[started];
            const unsigned acc_half = acc_halves[started];
            const unsigned half = started++ % 2;
            rtl_.start(c.tile, half, half, acc_half);
            lut_.start({c.tile, pe::lut_shape(config_, c.tile), c.act.data(), c.lut_stream.data(),
                        acc_half});
            dsp_.start({c.tile, pe::dsp_shape(config_, c.tile), c.act.data(), c.dsp_stream.data(),
                        acc_half});
        }
        const rtl::CorePins pins = rtl_.step();
        const auto& lut = lut_.step();
        const auto& dsp = dsp_.step();
        const std::string difference = compare(cycle, pins, lut, dsp, expected);
        if (!difference.empty()) return difference;
        if (first_operand_ == 0 && (pins.lut_valid || pins.dsp_valid)) first_operand_ = cycle;
        lut_busy += pins.lut_busy;
        dsp_busy += pins.dsp_busy;
    }
    if (!expected.pins.empty() || !expected.writes.empty())
        return "an event of the closed forms is missing";
    if (lut_busy != expected.lut_busy || dsp_busy != expected.dsp_busy)
        return fmt::format("busy cycles: rtl {} and {}, closed form {} and {}", lut_busy, dsp_busy,
                           expected.lut_busy, expected.dsp_busy);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        if (!(tiles[i]->tile.flags & MSD_TILE_LAST_C)) continue;
        const std::string difference = compare_banks(*tiles[i], acc_halves[i], sums[i]);
        if (!difference.empty()) return difference;
    }
    return "";
}

}  // namespace msd::test
