// Random accelerators: the presets, and arrays and buffers of ugly sizes.
#pragma once

#include "ip/msd_pe/core/config.h"
#include "network/random.h"

namespace msd::scheduler {

inline pe::AcceleratorConfig random_device(uint64_t seed) {
    network::Random random(seed, 0x646576);
    auto config = pe::preset(pe::preset_names()[random.below(4)]);
    if (random.below(2)) return config;
    const auto between = [&](int low, int high) {
        return static_cast<unsigned>(low + random.below(high - low + 1));
    };
    config.name = "random" + std::to_string(seed);
    config.lut_rows = between(1, 70);
    config.lut_cols = between(1, 70);
    config.dsp_rows = between(1, 40);
    config.dsp_cols = between(1, 40);
    config.beat_bytes = random.below(2) ? 8 : 16;
    config.act_words = between(30, random.below(2) ? 100 : 1500);
    config.lut_weight_words = between(32, random.below(2) ? 100 : 2000);
    config.dsp_weight_words = between(32, random.below(2) ? 100 : 2000);
    config.acc_entries = between(16, random.below(2) ? 80 : 600);
    config.out_words = between(64, random.below(2) ? 100 : 3000);
    config.tile_channels = between(16, random.below(2) ? 80 : 600);
    config.outstanding = between(1, 16);
    config.check();
    return config;
}

}  // namespace msd::scheduler
