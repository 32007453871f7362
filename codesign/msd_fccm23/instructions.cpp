// Both instruction formats as one table of fields; see instructions.h.
#include "codesign/msd_fccm23/instructions.h"

#include <string>

namespace msd::fccm23 {
namespace {

using C = LayerCommand;

struct Field {
    int word;  // of 64 bits, within the layer
    int shift, bits;
    int64_t (*get)(const C&);
    void (*set)(C&, int64_t);
};

#define MSD_FIELD(word, shift, bits, member)                                               \
    {                                                                                      \
        word, shift, bits, [](const C& c) { return static_cast<int64_t>(c.member); },      \
            [](C& c, int64_t value) { c.member = static_cast<decltype(c.member)>(value); } \
    }

const std::vector<Field> k128Fields = {
    MSD_FIELD(0, 0, 16, act_beats),
    MSD_FIELD(0, 16, 16, lut_weight_beats),
    MSD_FIELD(0, 32, 16, dsp_weight_beats),
    MSD_FIELD(0, 48, 8, lut_k_steps),
    MSD_FIELD(0, 56, 8, dsp_k_steps),
    MSD_FIELD(1, 0, 8, lut_hw_steps),
    MSD_FIELD(1, 8, 8, dsp_hw_steps),
    MSD_FIELD(1, 16, 16, depth),
    MSD_FIELD(1, 32, 24, lut_hw_depth),
    MSD_FIELD(1, 56, 1, last_layer),
    MSD_FIELD(2, 0, 3, effective_bits),
    MSD_FIELD(2, 8, 24, digit_depth),
    MSD_FIELD(2, 32, 16, lut_out_beats),
    MSD_FIELD(2, 48, 16, dsp_out_beats),
    MSD_FIELD(3, 0, 16, tiles),
    MSD_FIELD(3, 16, 24, dsp_hw_depth),
    MSD_FIELD(4, 0, 24, act_bytes),
    MSD_FIELD(4, 24, 24, weight_bytes),
    MSD_FIELD(5, 0, 24, out_bytes),
    MSD_FIELD(6, 0, 32, act_address),
    MSD_FIELD(6, 32, 32, weight_address),
    MSD_FIELD(7, 0, 32, out_address),
};

const std::vector<Field> k64Fields = {
    MSD_FIELD(0, 0, 16, act_beats),
    MSD_FIELD(0, 16, 16, lut_weight_beats),
    MSD_FIELD(0, 32, 16, dsp_weight_beats),
    MSD_FIELD(0, 48, 8, lut_k_steps),
    MSD_FIELD(1, 0, 24, digit_depth),
    MSD_FIELD(1, 24, 16, depth),
    MSD_FIELD(1, 40, 16, tiles),
    MSD_FIELD(1, 56, 3, effective_bits),
    MSD_FIELD(2, 0, 24, lut_hw_depth),
    MSD_FIELD(2, 24, 24, dsp_hw_depth),
    MSD_FIELD(2, 48, 8, dsp_k_steps),
    MSD_FIELD(3, 0, 24, act_bytes),
    MSD_FIELD(3, 24, 16, lut_out_beats),
    MSD_FIELD(3, 40, 16, dsp_out_beats),
    MSD_FIELD(4, 0, 24, weight_bytes),
    MSD_FIELD(4, 24, 8, lut_hw_steps),
    MSD_FIELD(4, 32, 8, dsp_hw_steps),
    MSD_FIELD(5, 0, 32, act_address),
    MSD_FIELD(5, 32, 24, out_bytes),
    MSD_FIELD(5, 56, 1, last_layer),
    MSD_FIELD(6, 0, 32, weight_address),
    MSD_FIELD(7, 0, 32, out_address),
};

#undef MSD_FIELD

constexpr int kWords = 8;  // of 64 bits a layer, in both formats

const std::vector<Field>& fields(InstructionFormat format) {
    return format == InstructionFormat::k64 ? k64Fields : k128Fields;
}

// The valid bit and the type above the fields: 1 + 3 bits of each word, or 1 + 2 bits of each
// pair's upper word.
uint64_t tag(InstructionFormat format, int word) {
    if (format == InstructionFormat::k64) return uint64_t{8u + word} << 60;
    return word % 2 ? uint64_t{4u + word / 2} << 61 : 0;
}

uint64_t tag_mask(InstructionFormat format, int word) {
    if (format == InstructionFormat::k64) return uint64_t{15} << 60;
    return word % 2 ? uint64_t{7} << 61 : 0;
}

}  // namespace

std::vector<uint64_t> encode(const std::vector<LayerCommand>& commands, InstructionFormat format) {
    std::vector<uint64_t> words;
    for (std::size_t layer = 0; layer < commands.size(); ++layer) {
        for (int word = 0; word < kWords; ++word) words.push_back(tag(format, word));
        for (const Field& field : fields(format)) {
            const int64_t value = field.get(commands[layer]);
            if (value < 0 || value >> field.bits != 0) {
                throw InputError("layer " + std::to_string(layer) + ": a value of " +
                                 std::to_string(value) + " does not fit its " +
                                 std::to_string(field.bits) + " bits of the instruction");
            }
            words[layer * kWords + field.word] |= static_cast<uint64_t>(value) << field.shift;
        }
    }
    return words;
}

std::vector<LayerCommand> decode(const std::vector<uint64_t>& words, InstructionFormat format) {
    if (words.size() % kWords != 0) {
        throw InputError(std::to_string(words.size()) + " words of 64 bits; each layer takes " +
                         std::to_string(kWords));
    }
    std::vector<LayerCommand> commands(words.size() / kWords);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const int word = static_cast<int>(i % kWords);
        if ((words[i] & tag_mask(format, word)) != tag(format, word)) {
            throw InputError("instruction word " + std::to_string(i) +
                             " of 64 bits is not valid, or of a type that is "
                             "not the next of its layer");
        }
        for (const Field& field : fields(format)) {
            if (field.word != word) continue;
            const uint64_t mask = (uint64_t{1} << field.bits) - 1;
            field.set(commands[i / kWords], static_cast<int64_t>(words[i] >> field.shift & mask));
        }
    }
    return commands;
}

}  // namespace msd::fccm23
