// The Verilated post unit (post_unit.sv): inputs are set, a cycle is evaluated, outputs are looked
// at, the clock ticks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "firmware/program.h"
#include "ip/msd_pe/core/config.h"

namespace msd::rtl {

// The unit is built twice (CMakeLists.txt): for one activation group a core, and for several with
// part-filled last ones and buffers of odd sizes.
enum class PostSize { kSmall, kWide };
pe::AcceleratorConfig post_config(PostSize size);

// What the unit asks for and says in one cycle.
struct PostPins {
    bool done = false;
    bool read = false;  // of the accumulator banks: the data is due in the next cycle
    unsigned group = 0;
    unsigned half = 0, entry = 0;
};

// How the ring counts a tile.
struct PostPlace {
    unsigned acc_half = 0, out_half = 0, set = 0, pool_base = 0;
};

class PostRtl {
public:
    // fault: 0, or the number of a planted fault (rtl/faults.svh).
    explicit PostRtl(PostSize size, int fault = 0);
    ~PostRtl();
    PostRtl(const PostRtl&) = delete;
    PostRtl& operator=(const PostRtl&) = delete;

    // In the present cycle: a word into an output half; a request of a word, which stored() shows
    // in the next; one of a word to be handed over, of a half that holds `words` of them, which
    // handed() shows in the next but one; two channels' parameters.
    void load(unsigned half, unsigned word, const int8_t* bytes);
    void request(unsigned half, unsigned word);
    void hand(unsigned half, unsigned word, unsigned words);
    void write_params(unsigned set, unsigned address, const msd_channel* two);
    // Makes the present cycle Post_start; the fields stay.
    void start(const msd_tile& tile, const PostPlace& place);
    // The sums that were asked for in the cycle before, one a lane.
    void sums(const std::array<int32_t, 16>& sums);
    // The word requested in the cycle before.
    std::array<int8_t, 16> stored() const;
    std::array<int8_t, 16> handed() const;

    // Ends the present cycle; returns its pins.
    PostPins step();

private:
    struct Model;
    template <class Top>
    struct ModelOf;
    std::unique_ptr<Model> model_;
};

}  // namespace msd::rtl
