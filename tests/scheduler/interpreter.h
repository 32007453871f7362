// Runs a program's tiles one after the other on an array of bytes, and checks on the way what the
// accelerator relies on.
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "ip/msd_pe/core/tile.h"
#include "network/reference.h"
#include "scheduler/program.h"

namespace msd::test {

// Any broken promise is a std::runtime_error that says which tile breaks it.
class Interpreter {
public:
    Interpreter(const scheduler::Program& program, const pe::AcceleratorConfig& config)
        : program_(program),
          config_(config),
          memory_(program.header().memory_bytes),
          written_(memory_.size() / 16, kNever) {
        for (std::size_t i = 0; i < memory_.size(); ++i)
            memory_[i] = static_cast<uint8_t>(i * 37 + 11);
        std::memcpy(memory_.data(), program.image.data(), program.image.size());
        std::fill_n(written_.begin(), program.image.size() / 16, 0u);
    }

    void write_input(const network::Tensor8& input, int image = 0) {
        const scheduler::TensorPlace place = image_of(program_.input, image);
        for_each(place, [&](std::size_t element, std::size_t at) {
            memory_.at(at) = static_cast<uint8_t>(input[element]);
            written_.at(at / 16) = 0;
        });
    }

    // The output of the layer that has just run.
    network::Tensor8 read(const scheduler::ProgramLayer& layer, int image = 0) const {
        const scheduler::TensorPlace place = image_of(layer.output, image);
        network::Tensor8 tensor(static_cast<std::size_t>(place.shape.elements()));
        const std::size_t first = offset(layer.output.address);
        for_each(place, [&](std::size_t element, std::size_t at) {
            tensor[element] =
                static_cast<int8_t>(layer.kept ? kept_map_.at(at - first) : memory_.at(at));
        });
        return tensor;
    }

    // Runs layer by layer; `after_layer(index)` sees the memory when the layer's last tile is
    // stored.
    template <class F>
    void run(F&& after_layer) {
        const auto tiles = program_.tiles();
        for (std::size_t i = 0; i < program_.layers.size(); ++i) {
            const scheduler::ProgramLayer& layer = program_.layers[i];
            const std::size_t words = program_.images * bytes_of(layer.output) / 16;
            first_word_ = offset(layer.output.address) / 16;
            stores_.assign(words, 0);
            kept_map_.assign(layer.kept ? words * 16 : 0, 0);
            for (uint32_t t = 0; t < layer.tile_count; ++t) {
                where_ = "layer " + layer.name + " tile " + std::to_string(t) + ": ";
                run_tile(tiles.at(layer.first_tile + t));
            }
            where_ = "layer " + layer.name + ": ";
            for (std::size_t w = 0; w < words; ++w)
                require(stores_[w] == 1, "word " + std::to_string(w) + " is stored " +
                                             std::to_string(stores_[w]) + " times");
            after_layer(i);
        }
    }

private:
    static constexpr uint32_t kNever = ~0u;

    void require(bool good, const std::string& what) const {
        if (!good) throw std::runtime_error(where_ + what);
    }
    std::size_t offset(uint32_t address) const { return address - MSD_PROGRAM_BASE; }
    static std::size_t bytes_of(const scheduler::TensorPlace& p) {
        return std::size_t(p.shape.c + 15) / 16 * p.shape.h * p.shape.w * 16;
    }

    static scheduler::TensorPlace image_of(scheduler::TensorPlace place, int image) {
        place.address += static_cast<uint32_t>(image * bytes_of(place));
        return place;
    }

    template <class F>
    void for_each(const scheduler::TensorPlace& place, F&& f) const {
        const network::Shape& s = place.shape;
        std::size_t element = 0;
        for (int c = 0; c < s.c; ++c)
            for (int y = 0; y < s.h; ++y)
                for (int x = 0; x < s.w; ++x, ++element)
                    f(element, offset(place.address) +
                                   ((std::size_t(c / 16) * s.h + y) * s.w + x) * 16 + c % 16);
    }

    template <class F>
    void walk(const msd_block& block, F&& f, uint32_t base = MSD_PROGRAM_BASE) const {
        std::size_t at = 0;
        for (unsigned p = 0; p < block.planes; ++p)
            for (unsigned r = 0; r < block.rows; ++r)
                for (uint32_t b = 0; b < block.row_bytes; b += 16, at += 16)
                    f(std::size_t{block.address} - base + std::size_t(p) * block.plane_stride +
                          std::size_t(r) * block.row_stride + b,
                      at);
    }

    // Activations in the output buffer: of the last two stored tiles it has the results.
    std::vector<int8_t> load_out(const msd_tile& t) const {
        require(t.wait_store >= 1 && t.wait_store + 1 >= stored_, "reads a half that is gone");
        const std::vector<int8_t>& half = halves_[(t.wait_store - 1) % 2];
        std::vector<int8_t> bytes(std::size_t(t.act.planes) * t.act.rows * t.act.row_bytes);
        walk(
            t.act,
            [&](std::size_t from, std::size_t to) {
                require(from + 16 <= half.size(), "reads beyond what the output half holds");
                std::memcpy(bytes.data() + to, half.data() + from, 16);
            },
            0);
        return bytes;
    }

    std::vector<int8_t> load(const msd_block& block, uint32_t wait_store) const {
        std::vector<int8_t> bytes(std::size_t(block.planes) * block.rows * block.row_bytes);
        walk(block, [&](std::size_t from, std::size_t to) {
            require(from + 16 <= memory_.size(), "reads beyond its memory");
            require(written_[from / 16] != kNever, "reads a word that nobody wrote");
            require(written_[from / 16] <= wait_store,
                    "does not wait for store " + std::to_string(written_[from / 16]));
            std::memcpy(bytes.data() + to, memory_.data() + from, 16);
        });
        return bytes;
    }

    void store(const msd_block& block, const std::vector<int8_t>& bytes) {
        ++stored_;
        walk(block, [&](std::size_t to, std::size_t from) {
            const std::size_t word = to / 16;
            require(word >= first_word_ && word - first_word_ < stores_.size(),
                    "stores outside its layer's tensor");
            ++stores_[word - first_word_];
            written_[word] = stored_;
            std::memcpy(memory_.data() + to, bytes.data() + from, 16);
        });
    }

    void run_tile(const msd_tile& t) {
        const auto has = [&](unsigned flag) { return (t.flags & flag) != 0; };
        const uint32_t error = pe::check_tile(config_, t);
        require(error == 0, "the accelerator refuses it with error " + std::to_string(error));
        require(t.wait_store <= stored_, "waits for a store after it");
        if (has(MSD_TILE_LOAD_ACT)) {
            require(!act_held_, "loads over activations in use");
            act_ = has(MSD_TILE_LOAD_OUT) ? load_out(t) : load(t.act, t.wait_store);
            act_held_ = true;
            loaded_ = t;
        }
        const unsigned channels = t.k_lut + t.k_dsp, blocks = (channels + 15) / 16;
        const std::size_t pixels = std::size_t(t.th) * t.tw;
        std::vector<int8_t> out(blocks * pixels * 16);
        if (has(MSD_TILE_LOAD_RES)) out = load(t.res, t.wait_store);
        if (!has(MSD_TILE_POOL_ONLY)) {
            if (has(MSD_TILE_LOAD_WGT)) {
                require(!wgt_held_, "loads over weights in use");
                weights_at_ = offset(t.wgt_address);
                pe::decode_weights(config_, t, memory_.data() + weights_at_, weights_);
                wgt_held_ = true;
            }
            require(act_held_ && wgt_held_, "runs without operands");
            require(t.in_rows == loaded_.in_rows && t.in_cols == loaded_.in_cols &&
                        t.c_blocks == loaded_.c_blocks &&
                        std::memcmp(t.group, loaded_.group, sizeof t.group) == 0,
                    "keeps activations of another shape");
            require(pe::fits(t, weights_), "keeps weights of another shape");
            acc_.resize(channels * pixels);
            pe::execute(t, act_.data(), weights_, acc_.data());
            if (has(MSD_TILE_RELEASE_ACT)) act_held_ = false;
            if (has(MSD_TILE_RELEASE_WGT)) wgt_held_ = false;
            if (!has(MSD_TILE_LAST_C)) return;
            std::vector<msd_channel> parameters(channels + 1);
            const std::size_t stream = std::size_t(t.lut_words) + t.dsp_words;
            std::memcpy(parameters.data(), memory_.data() + weights_at_ + stream * 16,
                        channels * sizeof(msd_channel));
            pe::post_process(t, acc_.data(), parameters.data(), out.data());
        }
        if (has(MSD_TILE_POOL_MAX) || has(MSD_TILE_POOL_AVG)) pe::pool(t, out.data());
        const std::size_t result =
            has(MSD_TILE_POOL_MAX | MSD_TILE_POOL_AVG) ? t.pool_oh * t.pool_ow : pixels;
        out.resize(blocks * result * 16);
        has(MSD_TILE_KEEP) ? keep(t.out, out) : store(t.out, out);
        halves_[(stored_ - 1) % 2] = out;
    }

    // What is kept has a place in its layer's map, for whoever looks at it, and none in memory.
    void keep(const msd_block& block, const std::vector<int8_t>& bytes) {
        ++stored_;
        walk(
            block,
            [&](std::size_t to, std::size_t from) {
                require(to + 16 <= kept_map_.size(), "keeps something outside its layer's map");
                ++stores_[to / 16];
                std::memcpy(kept_map_.data() + to, bytes.data() + from, 16);
            },
            0);
    }

    const scheduler::Program& program_;
    const pe::AcceleratorConfig& config_;
    std::vector<uint8_t> memory_;
    std::vector<uint32_t>
        written_;  // per word: the store that wrote it, counted from 1; 0: there from the start
    std::vector<uint32_t> stores_;   // per word of the running layer's tensor
    std::vector<int8_t> halves_[2];  // of the output buffer
    std::vector<uint8_t> kept_map_;  // of the running layer, if it is kept
    std::size_t first_word_ = 0;
    std::vector<int8_t> act_;
    pe::TileWeights weights_;
    std::vector<int32_t> acc_;
    std::size_t weights_at_ = 0;
    msd_tile loaded_{};
    bool act_held_ = false, wgt_held_ = false;
    uint32_t stored_ = 0;
    std::string where_;
};

// Runs the program on a batch of inputs and compares every stored tensor with the reference. Empty
// if all agree, else what differs.
inline std::string compare_with_reference(const network::Graph& graph,
                                          const scheduler::Program& program,
                                          const pe::AcceleratorConfig& config,
                                          const std::vector<network::Tensor8>& inputs) {
    std::vector<std::vector<network::Tensor8>> expected;
    for (const network::Tensor8& input : inputs)
        expected.push_back(network::evaluate(graph, input));
    std::string difference;
    try {
        Interpreter interpreter(program, config);
        for (std::size_t n = 0; n < inputs.size(); ++n)
            interpreter.write_input(inputs[n], static_cast<int>(n));
        interpreter.run([&](std::size_t i) {
            const scheduler::ProgramLayer& layer = program.layers[i];
            for (std::size_t n = 0; n < inputs.size(); ++n) {
                const network::Tensor8 got = interpreter.read(layer, static_cast<int>(n));
                const network::Tensor8& want = expected[n].at(layer.id);
                for (std::size_t e = 0; e < want.size() && difference.empty(); ++e)
                    if (got[e] != want[e])
                        difference = "image " + std::to_string(n) + " layer " + layer.name + " (" +
                                     layer.kind + ") element " + std::to_string(e) + ": " +
                                     std::to_string(got[e]) + " instead of " +
                                     std::to_string(want[e]);
            }
        });
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return difference;
}

inline std::string compare_with_reference(const network::Graph& graph,
                                          const scheduler::Program& program,
                                          const pe::AcceleratorConfig& config,
                                          const network::Tensor8& input) {
    return compare_with_reference(graph, program, config, std::vector<network::Tensor8>{input});
}

}  // namespace msd::test
