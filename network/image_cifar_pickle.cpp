// CIFAR-10's Python batches: a pickled dict of `data`, a numpy array, and `labels`, a list.
#include "network/image_files.h"
#include "network/pickle.h"

namespace msd::network {
namespace {

using Kind = PickleValue::Kind;

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// What is unpickled as a call of `function`, whatever module it comes from; null for all else.
const PickleValue* call_of(const PickleValue& value, const char* function) {
    const bool is = value.is(Kind::kObject) && ends_with(value.items[0]->text, function);
    return is ? value.items[1].get() : nullptr;
}

class Batch {
public:
    explicit Batch(const InputFile& file) : file_(file) {
        try {
            top_ = read_pickle(file.read(0, file.size()));
        } catch (const PickleError& error) {
            file.fail(std::string(error.what()) + "; a Python batch of CIFAR-10 is expected");
        }
        read_data(entry("data"));
        read_labels(entry("labels"));
    }

    uint64_t size() const { return labels_.size(); }
    Image image(std::size_t i) const {
        Image image;
        image.label = labels_[i];
        const auto from = reinterpret_cast<const uint8_t*>(pixels_.data()) + i * kPixels;
        image.pixels.assign(from, from + kPixels);
        return image;
    }

private:
    static constexpr std::size_t kPixels = 3 * 32 * 32;

    const PickleValue& entry(const std::string& name) const {
        const PickleValue* value = top_->find(name);
        if (value == nullptr)
            file_.fail("the pickle is no dict with '" + name +
                       "'; a Python batch of CIFAR-10 has 'data' and 'labels'");
        return *value;
    }

    [[noreturn]] void fail_data(const std::string& what) const {
        file_.fail("'data' " + what + "; it must be an array of uint8, N x 3072, in C order");
    }

    // Bytes, or the text that Python 3 writes for bytes at protocol 2: _codecs.encode(text,
    // latin1).
    std::string bytes_of(const PickleValue& value) const {
        if (value.is(Kind::kBytes)) return value.text;
        const PickleValue* arguments = call_of(value, "_codecs encode");
        if (arguments == nullptr || arguments->items.empty()) fail_data("holds no bytes");
        const std::string& text = arguments->items[0]->text;
        std::string bytes;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto c = static_cast<uint8_t>(text[i]);
            const bool two = c >= 0xc2 && c <= 0xc3 && i + 1 < text.size();
            if (c >= 0x80 && !two) fail_data("holds text that is not latin1");
            bytes += two ? static_cast<char>((c & 3) << 6 | (static_cast<uint8_t>(text[++i]) & 63))
                         : text[i];
        }
        return bytes;
    }

    // numpy's two ways of pickling an array: _reconstruct with a state (version, shape, dtype,
    // Fortran order, bytes), and _frombuffer(bytes, dtype, shape, order).
    void read_data(const PickleValue& value) {
        const PickleValue *shape = nullptr, *type = nullptr, *bytes = nullptr;
        bool in_order = false;
        if (const PickleValue* a = call_of(value, "_frombuffer"); a && a->items.size() == 4) {
            bytes = a->items[0].get();
            type = a->items[1].get();
            shape = a->items[2].get();
            in_order = a->items[3]->text == "C";
        } else if (call_of(value, "_reconstruct") && value.items.size() == 3 &&
                   value.items[2]->items.size() == 5) {
            const auto& state = value.items[2]->items;
            shape = state[1].get();
            type = state[2].get();
            in_order = state[3]->is(Kind::kBool) && state[3]->integer == 0;
            bytes = state[4].get();
        } else {
            fail_data("is no numpy array");
        }
        const PickleValue* name = call_of(*type, "numpy dtype");
        const bool uint8 = name && !name->items.empty() &&
                           (name->items[0]->text == "u1" || name->items[0]->text == "|u1");
        const bool table = shape->items.size() == 2 && shape->items[0]->is(Kind::kInt) &&
                           shape->items[1]->is(Kind::kInt) && shape->items[1]->integer == kPixels;
        if (!uint8 || !in_order || !table) fail_data("is another array");
        pixels_ = bytes_of(*bytes);
        if (shape->items[0]->integer < 0 || pixels_.size() % kPixels != 0 ||
            pixels_.size() / kPixels != static_cast<uint64_t>(shape->items[0]->integer))
            fail_data("has " + std::to_string(pixels_.size()) + " bytes and another shape");
    }

    void read_labels(const PickleValue& value) {
        if (!value.is(Kind::kList)) file_.fail("'labels' is no list");
        for (const Pickle& item : value.items) {
            if (!item->is(Kind::kInt) || item->integer < 0 || item->integer >= kCifarLabels)
                file_.fail("label " + std::to_string(labels_.size()) +
                           " is none; the labels of CIFAR-10 are 0 to 9");
            labels_.push_back(static_cast<int>(item->integer));
        }
        if (labels_.size() * kPixels != pixels_.size())
            file_.fail(std::to_string(labels_.size()) + " labels for " +
                       std::to_string(pixels_.size() / kPixels) + " images");
    }

    const InputFile& file_;
    Pickle top_;
    std::string pixels_;
    std::vector<int> labels_;
};

}  // namespace

std::vector<Image> read_cifar10_pickle(const InputFile& file, ImageRange range) {
    const Batch batch(file);
    range = file.within(range, batch.size());
    std::vector<Image> images;
    for (int i = 0; i < range.count; ++i)
        images.push_back(batch.image(static_cast<std::size_t>(range.first + i)));
    return images;
}

}  // namespace msd::network
