// One core, cycle by cycle. Operands are looked up from the slot that reaches an element, not from
// buffers, so that this is a second derivation of what the RTL's address generators and feeders do.
#include "ip/msd_pe/core/core_model.h"

#include <algorithm>
#include <cassert>

namespace msd::pe {
namespace {

bool depthwise(const msd_tile& tile) {
    return (tile.flags & MSD_TILE_DEPTHWISE) != 0;
}

unsigned first_channel(const CoreShape& core, const Slot& slot) {
    return core.first_channel + slot.k_pass * core.rows;
}

// Digits of one row in a K pass.
uint64_t digits_per_row(const CoreShape& core, const msd_tile& tile) {
    const uint64_t per_tap = depthwise(tile) ? 1 : (tile.c_blocks - 1u) * kWordBytes + tile.c_last;
    return uint64_t(tile.kernel_h) * tile.kernel_w * per_tap * core.digits;
}

}  // namespace

std::vector<Slot> slots(const CoreShape& core, const msd_tile& tile) {
    std::vector<Slot> all;
    for (unsigned k = 0; k < core.k_passes(); ++k)
        for (unsigned p = 0; p < core.pixel_passes; ++p) {
            const std::size_t start = all.size();
            const BlockRange blocks = streamed_blocks(core, tile, k);
            Slot slot;
            slot.k_pass = static_cast<uint16_t>(k);
            slot.pixel_pass = static_cast<uint16_t>(p);
            for (slot.tap_i = 0; slot.tap_i < tile.kernel_h; ++slot.tap_i)
                for (slot.tap_j = 0; slot.tap_j < tile.kernel_w; ++slot.tap_j)
                    for (unsigned b = blocks.begin; b < blocks.end; ++b) {
                        slot.block = static_cast<uint16_t>(b);
                        const unsigned valid = b + 1 == tile.c_blocks ? tile.c_last : kWordBytes;
                        const unsigned length = std::max(valid * core.digits, kWordBytes);
                        for (unsigned s = 0; s < length; ++s) {
                            slot.kind = s < valid * core.digits ? Slot::kDigit : Slot::kEmpty;
                            slot.channel = static_cast<uint8_t>(s / core.digits);
                            slot.digit = static_cast<uint8_t>(s % core.digits);
                            all.push_back(slot);
                            if (slot.kind == Slot::kDigit && !depthwise(tile)) ++slot.index;
                        }
                    }
            if (depthwise(tile))  // every row counts its own digits
                for (std::size_t i = start; i < all.size(); ++i)
                    all[i].index =
                        (all[i].tap_i * tile.kernel_w + all[i].tap_j) * core.digits + all[i].digit;
            slot.kind = Slot::kIdle;
            all.resize(start + period(core, tile, k) - 1, slot);
            slot.kind = Slot::kClear;
            all.push_back(slot);
        }
    return all;
}

void CoreModel::start(const Work& work) {
    assert(pending_.empty() || cycle_ >= first_slot_ + pending_.size());
    works_.push_back(work);
    rows_ = work.shape.rows;
    cols_ = work.shape.cols;
    if (lut_.empty() && dsp_.empty()) {
        (kind_ == kLut ? lut_.resize(rows_ * cols_) : dsp_.resize(rows_ * cols_));
        taken_.resize(rows_ * cols_);
        banks_.resize(2 * banks() * entries_);
    }
    pending_ = slots(work.shape, work.tile);
    first_slot_ = cycle_ + 1;
}

const CoreModel::Issued* CoreModel::issued(uint64_t behind) const {
    if (behind > cycle_) return nullptr;
    const Issued& at = history_[cycle_ - behind];
    return at.work ? &at : nullptr;
}

// Raster index of the pixel that a column works on.
uint64_t CoreModel::pixel(const Issued& at, unsigned column, unsigned half) const {
    const uint64_t passes = at.work->shape.pixel_passes;
    const unsigned group = column / kGroupColumns;
    const unsigned width = std::min(kGroupColumns, cols_ - group * kGroupColumns);
    const uint64_t before =
        uint64_t(group) * kGroupColumns * (kind_ == kDsp ? 2 : 1) + uint64_t(half) * width;
    return before * passes + uint64_t(at.slot.pixel_pass) * width + column % kGroupColumns;
}

int8_t CoreModel::activation(const Issued& at, unsigned column, unsigned half) const {
    const msd_tile& tile = at.work->tile;
    const uint64_t index = pixel(at, column, half);
    const int y = static_cast<int>(index / tile.tw) * tile.stride_y + at.slot.tap_i - tile.pad_y;
    const int x = static_cast<int>(index % tile.tw) * tile.stride_x + at.slot.tap_j - tile.pad_x;
    if (y < 0 || y >= tile.in_rows || x < 0 || x >= tile.in_cols) return tile.pad_value;
    const std::size_t word = (std::size_t{at.slot.block} * tile.in_rows + y) * tile.in_cols + x;
    return at.work->act[word * kWordBytes + at.slot.channel];
}

bool CoreModel::due(const Issued& at, unsigned row, int& digit) const {
    const msd_tile& tile = at.work->tile;
    const CoreShape& core = at.work->shape;
    const unsigned used = core.rows_used(at.slot.k_pass);
    if (at.slot.kind != Slot::kDigit || row >= used) return false;
    if (depthwise(tile) &&
        at.slot.block * kWordBytes + at.slot.channel != first_channel(core, at.slot) + row)
        return false;
    const uint64_t words =
        (digits_per_row(core, tile) + core.digits_per_word - 1) / core.digits_per_word;
    const uint64_t word = uint64_t(at.slot.k_pass) * core.rows * words +
                          at.slot.index / core.digits_per_word * used + row;
    const unsigned place = at.slot.index % core.digits_per_word;
    const uint8_t* bytes = at.work->stream + word * kWordBytes;
    if (kind_ == kDsp) {
        digit = static_cast<int8_t>(bytes[place]);
        return true;
    }
    digit = bytes[place / 2] >> (place % 2 * 4) & 15;
    return core.digits != 1 || digit != 7;  // one digit has no other zero than the code of +2^7
}

void CoreModel::arrive(const Issued& at, unsigned row, unsigned column, unsigned half,
                       int32_t sum) {
    const CoreShape& core = at.work->shape;
    Arrival arrival;
    arrival.work = at.work;
    const unsigned dsp_extra = kind_ == kDsp ? 1 : 0;  // taken a cycle after the sum
    arrival.cycle = cycle_ - dsp_extra + core.column_latency + kBankLatency;
    arrival.write.bank = half * cols_ + column;
    arrival.write.address = core.pixel_passes * core.rows * at.slot.k_pass +
                            core.rows_used(at.slot.k_pass) * at.slot.pixel_pass + row;
    arrival.write.value = sum;
    arrival.write.surplus =
        pixel(at, column, half) >= uint64_t(at.work->tile.th) * at.work->tile.tw;
    arrivals_.push_back(arrival);
}

void CoreModel::step_lut() {
    // From the lower right corner on, so that `passed` still holds the last cycle's inputs.
    for (unsigned r = rows_; r-- > 0;)
        for (unsigned m = cols_; m-- > 0;) {
            LutInputs in;
            if (m > 0) {
                in = lut_[r * cols_ + m - 1].passed;
            } else if (const Issued* at = issued(kFeedLatency - 1 + r)) {
                int digit = 0;
                in.valid = due(*at, r, digit);
                in.digit = static_cast<uint8_t>(in.valid ? digit : 0);
                in.clear =
                    at->slot.kind == Slot::kClear && r < at->work->shape.rows_used(at->slot.k_pass);
            }
            if (r > 0) {
                in.act = lut_[(r - 1) * cols_ + m].passed.act;
            } else if (const Issued* at = issued(kFeedLatency - 1 + m)) {
                in.act = activation(*at, m, 0);
            }
            if (r == 0 && m == 0) origin_valid_ = in.valid;
            LutPe& pe = lut_[r * cols_ + m];
            if (in.clear)
                arrive(*issued(kFeedLatency - 1 + r + m), r, m, 0,
                       static_cast<int32_t>(pe.sum(in)));
            pe.step(in);
        }
}

void CoreModel::step_dsp() {
    for (unsigned r = rows_; r-- > 0;)
        for (unsigned m = cols_; m-- > 0;) {
            DspPe& pe = dsp_[r * cols_ + m];
            Taken& taken = taken_[r * cols_ + m];
            if (taken.valid) {
                const DspSums sums = unpack(taken.p, pe.wraps_out());
                arrive(taken.at, r, m, 0, sums.low);
                arrive(taken.at, r, m, 1, sums.high);
                taken.valid = false;
            }
            DspInputs in;
            if (m > 0) {
                in = dsp_[r * cols_ + m - 1].passed;
            } else if (const Issued* at = issued(kFeedLatency - 1 + r)) {
                int digit = 0;
                const bool valid = due(*at, r, digit);
                in.weight = static_cast<int8_t>(valid ? digit : 0);
                in.clear =
                    at->slot.kind == Slot::kClear && r < at->work->shape.rows_used(at->slot.k_pass);
                if (r == 0) origin_valid_ = valid;
            } else if (r == 0) {
                origin_valid_ = false;
            }
            if (r > 0) {
                in.act = dsp_[(r - 1) * cols_ + m].passed.act;
            } else if (const Issued* at = issued(kFeedLatency - 1 + m)) {
                in.act = pack(activation(*at, m, 1), activation(*at, m, 0));
            }
            if (in.clear) taken = {pe.sum(in), *issued(kFeedLatency - 1 + r + m), true};
            pe.step(in);
        }
}

const std::vector<BankWrite>& CoreModel::step() {
    Issued now;
    if (cycle_ >= first_slot_ && cycle_ - first_slot_ < pending_.size())
        now = {&works_.back(), pending_[cycle_ - first_slot_]};
    history_.push_back(now);
    kind_ == kLut ? step_lut() : step_dsp();

    writes_.clear();
    for (auto it = arrivals_.begin(); it != arrivals_.end();) {
        if (it->cycle != cycle_) {
            ++it;
            continue;
        }
        BankWrite write = it->write;
        int32_t& entry =
            banks_[(it->work->acc_half * banks() + write.bank) * entries_ + write.address];
        const bool first = (it->work->tile.flags & MSD_TILE_FIRST_C) != 0;
        entry = static_cast<int32_t>((first ? 0u : static_cast<uint32_t>(entry)) +
                                     static_cast<uint32_t>(write.value));
        write.value = entry;
        writes_.push_back(write);
        it = arrivals_.erase(it);
    }
    ++cycle_;
    return writes_;
}

}  // namespace msd::pe
