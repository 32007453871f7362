// Random programs: networks through the scheduler, raw tiles, and what software should not do.
#include "platform/crosscheck/generator.h"

#include <algorithm>
#include <cstring>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/msd_pe/core/tile.h"
#include "ip/msd_pe/core/tile_shape.h"
#include "network/random_network.h"
#include "platform/crosscheck/tile_lists.h"
#include "platform/dram/dram_config.h"
#include "platform/soc/tensor_layout.h"
#include "scheduler/program.h"

namespace msd::crosscheck {
namespace {

using network::Random;

unsigned between(Random& random, unsigned low, unsigned high) {
    if (high <= low) return high;
    return low + static_cast<unsigned>(random.below(static_cast<int>(high - low + 1)));
}

// Limits at or below what is built; often small ones, where capacities decide the tiles.
pe::AcceleratorConfig random_limits(const pe::AcceleratorConfig& built, Random& random) {
    pe::AcceleratorConfig c = built;
    if (random.below(4) == 0) return c;
    const auto draw = [&](unsigned most, unsigned low, unsigned small) {
        return random.below(2) ? between(random, low, std::min(small, most))
                               : between(random, low, most);
    };
    c.act_words = draw(built.act_words, 24, 80);
    c.lut_weight_words = draw(built.lut_weight_words, 32, 80);
    c.dsp_weight_words = draw(built.dsp_weight_words, 32, 80);
    c.acc_entries = draw(built.acc_entries, 16, 70);
    c.out_words = draw(built.out_words, 32, 90);
    c.tile_channels = draw(built.tile_channels, 16, 70);
    c.outstanding = between(random, 1, built.outstanding);
    return c;
}

void random_memory(Program& p, Random& random) {
    const auto& presets = platform::dram_preset_names();
    p.dram_preset = presets[random.below(static_cast<int>(presets.size()))];
    p.read_latency_cycles = between(random, 1, random.below(3) ? 12 : 60);
    p.write_latency_cycles = between(random, 1, random.below(3) ? 12 : 60);
    if (random.below(2) == 0) return;
    p.stall_permille = between(random, 1, 1000);
    p.stall_cycles = between(random, 1, random.below(2) ? 20 : 300);
    p.stall_seed = random.next();
}

// Draws until a network fits the limits; after some attempts with all that is built.
void add_network(Program& p, const GeneratorOptions& options, Random& random) {
    network::RandomNetworkOptions n;
    n.max_steps = options.max_steps;
    n.max_channels = options.max_channels;
    n.max_side = options.max_side;
    n.max_kernel = options.max_kernel;
    for (int attempt = 0;; ++attempt) {
        const uint64_t seed = random.next();
        if (attempt == 8) p.device = options.device;
        if (attempt >= 8) n.max_side = 5, n.max_kernel = 3, n.max_channels = 20;
        network::Graph graph = network::random_network(seed, n);
        scheduler::Options s;
        s.effective_bits = 1 + random.below(3);
        if (random.below(3) != 0)
            s.lut_share = random.below(3) == 0 ? random.below(2) : random.uniform(0, 1);
        try {
            const auto schedule = scheduler::make_schedule(graph, p.device, s);
            scheduler::encode_weights(graph, schedule);
            const scheduler::Program program = scheduler::make_program(graph, schedule, p.device);
            p.memory = program.image;
            const auto& place = program.input;
            const std::size_t at = place.address - MSD_PROGRAM_BASE;
            p.memory.resize(std::max(p.memory.size(), at + platform::tensor_bytes(place.shape)));
            platform::pack_tensor(network::random_tensor(place.shape, seed), place.shape,
                                  static_cast<int8_t>(place.quant.zero_point),
                                  reinterpret_cast<int8_t*>(p.memory.data() + at));
            p.memory_bytes = program.header().memory_bytes;
            const auto* layers = reinterpret_cast<const msd_layer*>(
                program.image.data() + (program.header().layers_address - MSD_PROGRAM_BASE));
            for (uint32_t l = 0; l < program.header().layer_count; ++l)
                p.lists.push_back({layers[l].tiles_address, layers[l].tile_count});
            p.max_cycles = 30'000 + 10 * program.predicted_cycles;
            return;
        } catch (const scheduler::ScheduleError&) {
        }
    }
}

using Kind = Step::Kind;

void access_registers(Program& p, Random& random, bool abuse) {
    const int accesses = random.below(4);
    for (int i = 0; i < accesses; ++i) {
        uint32_t offset = 4 * static_cast<uint32_t>(random.below(MSD_SIZE_DSP / 4 + 1));
        if (abuse && random.below(4) == 0)
            offset = 4 * static_cast<uint32_t>(random.below(MSD_REGS_SIZE / 4));
        if (!abuse || random.below(3) != 0) {
            p.steps.push_back({Kind::kRead, offset, 0});
        } else {
            uint32_t value = static_cast<uint32_t>(random.next());
            if (random.below(2)) value &= 7;
            // A push without a list: of few tiles, wherever the address points.
            if (offset == MSD_LIST_PUSH && p.kind != "extreme") value &= 3;
            if (offset == MSD_LIST_ADDRESS && random.below(2))
                value = MSD_PROGRAM_BASE + (value & 0xff00);
            p.steps.push_back({Kind::kWrite, offset, value});
        }
        p.steps.push_back({Kind::kIdle, 0, static_cast<uint32_t>(random.below(60))});
    }
}

// A list that is none, or one so often that the queue overflows.
void push_lists(Program& p, Random& random) {
    const bool good = random.below(2) != 0;
    for (int i = good ? 8 : 1; i > 0; --i) {
        const auto any = static_cast<uint32_t>(random.next());
        const uint32_t nowhere = static_cast<uint32_t>(random.next()) & (any % 8 ? ~0xffu : ~0u);
        p.steps.push_back({Kind::kWrite, MSD_LIST_ADDRESS, good ? p.lists[0].address : nowhere});
        p.steps.push_back({Kind::kWrite, MSD_LIST_PUSH, good ? p.lists[0].count : any});
    }
}

// What firmware does, with accesses in between; the image once or twice.
void add_steps(Program& p, Random& random, bool abuse) {
    const int images = random.below(6) == 0 ? 2 : 1;
    p.steps.push_back({Kind::kIdle, 0, static_cast<uint32_t>(random.below(40))});
    for (int image = 0; image < images; ++image) {
        p.steps.push_back({Kind::kWrite, MSD_CONTROL, MSD_CONTROL_CLEAR});
        p.steps.push_back({Kind::kWrite, MSD_IRQ_ENABLE,
                           MSD_IRQ_ENABLE_LIST | MSD_IRQ_ENABLE_ERROR |
                               (random.below(2) ? uint32_t{MSD_IRQ_ENABLE_TILE} : uint32_t{0})});
        const bool eager = random.below(2) != 0;
        for (uint32_t l = 0; l < p.lists.size(); ++l) {
            if (!eager || abuse) access_registers(p, random, abuse);
            if (!eager && random.below(2))
                p.steps.push_back({Kind::kIdle, 0, static_cast<uint32_t>(random.below(2000))});
            if (!abuse || random.below(3) != 0)
                p.steps.push_back(
                    {Kind::kAwaitRoom, 0, static_cast<uint32_t>(1 + random.below(30))});
            p.steps.push_back({Kind::kPush, 0, l});
            // Layer by layer, as a careful driver would.
            if (!eager && random.below(3) == 0) p.steps.push_back({Kind::kAwaitLists, 0, l + 1});
        }
        if (abuse) {
            access_registers(p, random, true);
            // Cleared in any cycle, that of an event included.
            if (random.below(2))
                for (int i = random.below(100); i > 0; --i)
                    p.steps.push_back({Kind::kWrite, MSD_IRQ_STATUS, 7});
            if (p.kind == "extreme" && random.below(2)) push_lists(p, random);
            p.steps.push_back({Kind::kAwaitIdle, 0, 20});
        } else {
            p.steps.push_back({Kind::kAwaitLists, 0, static_cast<uint32_t>(p.lists.size())});
            p.steps.push_back({Kind::kAwaitIdle, 0, 7});
        }
        p.steps.push_back({Kind::kReadAll, 0, 0});
    }
}

void damage_once(Program& p, Random& random) {
    const int flips = 1 + random.below(3);
    for (int i = 0; i < flips; ++i) {
        const List& list = p.lists[random.below(static_cast<int>(p.lists.size()))];
        if (list.count == 0) continue;
        msd_tile* t = p.tile(
            list.address + 256 * static_cast<uint32_t>(random.below(static_cast<int>(list.count))));
        if (!t) continue;
        reinterpret_cast<uint8_t*>(t)[random.below(sizeof(msd_tile))] ^=
            static_cast<uint8_t>(1 << random.below(8));
    }
}

// One field, or part of one, becomes zero, all ones or anything.
void damage_field(Program& p, Random& random) {
    const List& list = p.lists[random.below(static_cast<int>(p.lists.size()))];
    if (list.count == 0) return;
    msd_tile* t = p.tile(list.address +
                         256 * static_cast<uint32_t>(random.below(static_cast<int>(list.count))));
    if (!t) return;
    if (random.below(8) == 0) {
        t->effective_bits = static_cast<uint8_t>(random.below(6));
        return;
    }
    const int bytes = 1 << random.below(3);
    const uint64_t all = ~uint64_t{0}, value = random.below(3) ? random.next() : all;
    const uint64_t written = random.below(2) ? 0 : value;
    std::memcpy(reinterpret_cast<uint8_t*>(t) +
                    bytes * random.below(static_cast<int>(sizeof(msd_tile)) / bytes),
                &written, static_cast<std::size_t>(bytes));
}

template <typename Once>
void damage(Program& p, Random& random, Once once) {
    const std::vector<uint8_t> before = p.memory;
    for (once(p, random); !keeps_strips(p); once(p, random)) p.memory = before;
}

// A limit exactly as large as the tiles need, or by one too small.
void tighten(Program& p, bool too_small, Random& random) {
    using Config = pe::AcceleratorConfig;
    static unsigned Config::*const limits[] = {&Config::act_words,        &Config::lut_weight_words,
                                               &Config::dsp_weight_words, &Config::acc_entries,
                                               &Config::out_words,        &Config::tile_channels};
    unsigned Config::*const limit = limits[random.below(6)];
    const auto fits = [&](unsigned value) {
        Config device = p.device;
        device.*limit = value;
        for (const List& list : p.lists)
            for (uint32_t i = 0; i < list.count; ++i)
                if (const msd_tile* t = p.tile(list.address + i * uint32_t{sizeof(msd_tile)}))
                    if (pe::check_tile(device, *t) != 0) return false;
        return true;
    };
    const unsigned most = p.device.*limit;
    if (!fits(most)) return;
    unsigned need = most;
    constexpr unsigned kLeast = 16;  // of AcceleratorConfig::check()
    while (need > kLeast && fits(need - 1)) --need;
    p.device.*limit = too_small && need > kLeast ? need - 1 : need;
}

// Something is asked for where no memory is.
void lead_outside(Program& p, Random& random) {
    uint32_t outside = 0x10000000u + 256 * static_cast<uint32_t>(random.below(1 << 20));
    if (p.kind == "extreme") {
        outside = static_cast<uint32_t>(random.next()) & ~0xffu;
        if (outside - MSD_PROGRAM_BASE < 0x10000000u) outside ^= 0x40000000u;
    }
    List& list = p.lists[random.below(static_cast<int>(p.lists.size()))];
    msd_tile* t = list.count == 0 ? nullptr
                                  : p.tile(list.address + 256 * static_cast<uint32_t>(random.below(
                                                                    static_cast<int>(list.count))));
    switch (random.below(5)) {
        case 0:
            list.address = outside;
            break;
        case 1:
            if (t) t->act.address = outside;
            break;
        case 2:
            if (t) t->wgt_address = outside;
            break;
        case 3:
            if (t) t->out.address = outside;
            break;
        default:
            if (t) t->res.address = outside;
    }
}

}  // namespace

Program layer_program(const scheduler::Program& network, const pe::AcceleratorConfig& device,
                      uint32_t layer, const std::string& dram_preset, uint64_t seed) {
    Program p;
    p.kind = "layer";
    p.seed = seed;
    p.device = device;
    p.dram_preset = dram_preset;
    p.memory = network.image;
    p.memory_bytes = network.header().memory_bytes;
    Random random(seed, 0x6c61);
    while (p.memory.size() < p.memory_bytes)
        p.memory.push_back(static_cast<uint8_t>(random.next()));
    const auto* layers = reinterpret_cast<const msd_layer*>(
        network.image.data() + (network.header().layers_address - MSD_PROGRAM_BASE));
    uint32_t stored = 0;
    for (uint32_t l = 0; l < layer; ++l) {
        for (uint32_t i = 0; i < layers[l].tile_count; ++i)
            if (const msd_tile* t = p.tile(layers[l].tiles_address + 256 * i))
                stored += pe::stored(*t);
    }
    p.lists = {{layers[layer].tiles_address, layers[layer].tile_count}};
    wait_for_fewer(p, 0, stored);
    p.steps = {{Kind::kWrite, MSD_IRQ_ENABLE, MSD_IRQ_ENABLE_LIST | MSD_IRQ_ENABLE_ERROR},
               {Kind::kPush, 0, 0},
               {Kind::kAwaitLists, 0, 1},
               {Kind::kAwaitIdle, 0, 7},
               {Kind::kReadAll, 0, 0}};
    p.max_cycles = 1'000'000'000;
    return p;
}

Program random_program(uint64_t seed, uint64_t number, const GeneratorOptions& options) {
    Random random(seed, number);
    Program p;
    p.max_cycles = 100'000;
    p.seed = seed;
    p.number = number;
    p.device = random_limits(options.device, random);
    random_memory(p, random);
    static const char* const kinds[] = {"network", "network", "network", "network", "tiles",
                                        "tiles",   "tiles",   "damaged", "outside", "abuse"};
    p.kind = kinds[random.below(10)];
    if (!options.kind.empty()) p.kind = options.kind;
    if (p.kind == "tiles" || p.kind == "extreme" || (p.kind != "network" && random.below(2)))
        add_tile_lists(p, random, p.kind != "abuse");
    else
        add_network(p, options, random);
    if (p.kind == "damaged" && random.below(3) != 0)
        damage(p, random, damage_once);
    else if (p.kind == "damaged" || random.below(4) == 0)
        tighten(p, p.kind == "damaged", random);
    if (p.kind == "extreme" && random.below(2)) damage(p, random, damage_field);
    if (p.kind == "outside" || (p.kind == "extreme" && random.below(4) == 0))
        lead_outside(p, random);
    add_steps(p, random, p.kind == "abuse" || (p.kind == "extreme" && random.below(3) == 0));
    return p;
}

}  // namespace msd::crosscheck
