// From the RTL's token pulses to the spans that the TLM model reports.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "ip/accelerator/accelerator.h"
#include "ip/accelerator/pipeline.h"

namespace msd::platform {

// Bits of accelerator_top.token_o (tokens_t of rtl/shell_pkg.sv): a token is made or a unit starts.
enum Token : unsigned {
    kFetchStart,
    kFetched,  // and accepted
    kLoadAStart,
    kActLoaded,  // of a read, as the other ends of loads
    kResStart,
    kResLoaded,
    kLoadWStart,
    kWgtLoaded,
    kExecStart,
    kFeedEnd,
    kDrained,
    kPostStart,
    kPostEnd,
    kStoreStart,
    kStoreEnd,
    kTokenError
};

class TokenRecorder {
public:
    std::function<void(const accelerator::UnitSpan&)> on_span;
    std::function<void(uint64_t list)> on_list_done;
    // The descriptor whose last beat came in this cycle, and its address; false: there is none.
    std::function<bool(uint64_t cycle, uint32_t& address, msd_tile& tile)> descriptor;

    void reset(const pe::AcceleratorConfig& config);
    void clear();  // CONTROL.CLEAR was accepted
    void push(uint32_t address, uint32_t count, uint64_t cycle);
    void tokens(uint64_t cycle, unsigned bits);

private:
    struct List {
        uint32_t address, count;
        uint64_t pushed;
    };
    accelerator::TileState* tile(uint64_t index);
    void fetched(uint64_t cycle);
    void span(accelerator::Unit unit, const accelerator::TileState& t, uint64_t start, uint64_t end,
              uint64_t ready, uint64_t bytes);
    void act_full(accelerator::TileState& t, uint64_t cycle);
    void exec_started(accelerator::TileState& t, uint64_t cycle);
    void skip_unstored();
    void drop_finished();

    pe::AcceleratorConfig config_;
    std::deque<List> lists_;
    std::deque<accelerator::TileState> tiles_;
    uint64_t base_ = 0;  // index of tiles_.front()
    uint64_t fetch_ = 0, load_a_ = 0, load_w_ = 0, exec_ = 0, fed_ = 0, post_ = 0, store_ = 0;
    uint64_t fetch_start_ = 0, last_fetched_ = 0, load_a_end_ = 0, load_w_end_ = 0, feed_end_ = 0,
             post_end_ = 0, store_end_ = 0;
    accelerator::Stamps act_ready_, wgt_ready_;  // by half
    uint64_t lists_done_ = 0;
    bool failed_ = false;
};

}  // namespace msd::platform
