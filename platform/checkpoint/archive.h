// Writes and reads the state of a model as bytes: one function of each class names its members
// once.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace msd::platform {

// A class takes part with a member `template <class Archive> void state(Archive& archive)`, a plain
// struct with a function `state(archive, value)` beside it; both hand each of their members to
// archive(…). The same code writes (kLoading false) and reads. Integers are little endian, like
// every host this runs on; sizes are 64 bits. Reading past the end throws std::runtime_error.
template <bool kLoad>
class StateArchive {
public:
    static constexpr bool kLoading = kLoad;

    StateArchive() = default;
    // To read from; the bytes must outlive this.
    explicit StateArchive(std::string_view bytes) : read_(bytes) {}

    template <class... T>
    void operator()(T&... values) {
        (one(values), ...);
    }

    // A container, element by element.
    template <class Container, class Function>
    void each(Container& container, Function&& function) {
        const std::size_t size = sized(container.size(), 1);
        if constexpr (kLoad) {
            container.clear();
            container.resize(size);
        }
        for (auto& element : container) function(element);
    }

    // Memory that the state points into; regions are named in the same order on both sides.
    void region(uint8_t* data, std::size_t bytes) { regions_.push_back({data, bytes}); }
    void pointer(uint8_t*& at) {
        uint64_t index = 0, offset = 0;
        if constexpr (!kLoad) {
            while (index < regions_.size() && !regions_[index].holds(at)) ++index;
            if (index == regions_.size()) throw std::logic_error("checkpoint: a stray pointer");
            offset = static_cast<uint64_t>(at - regions_[index].data);
        }
        (*this)(index, offset);
        if constexpr (kLoad) {
            if (index >= regions_.size() || offset >= regions_[index].bytes) fail();
            at = regions_[index].data + offset;
        }
    }

    std::string& bytes() { return bytes_; }  // written
    bool at_end() const { return read_.empty(); }

private:
    struct Region {
        uint8_t* data;
        std::size_t bytes;
        bool holds(const uint8_t* at) const { return at >= data && at < data + bytes; }
    };

    // Whether an object's bytes say all about it: no padding, no pointers within, no bool.
    template <class T>
    static constexpr bool kRaw =
        std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_same_v<T, bool> &&
        (std::is_arithmetic_v<T> || std::has_unique_object_representations_v<T>);

    template <class T, class = void>
    struct HasMember : std::false_type {};
    template <class T>
    struct HasMember<T,
                     std::void_t<decltype(std::declval<T&>().state(std::declval<StateArchive&>()))>>
        : std::true_type {};

    [[noreturn]] static void fail() {
        throw std::runtime_error("its state ends too early or contradicts itself");
    }

    void raw(void* data, std::size_t count) {
        if constexpr (kLoad) {
            if (count > read_.size()) fail();
            std::memcpy(data, read_.data(), count);
            read_.remove_prefix(count);
        } else {
            bytes_.append(static_cast<const char*>(data), count);
        }
    }

    // The number of elements; no more than what is left can hold.
    std::size_t sized(std::size_t size, std::size_t element_bytes) {
        uint64_t count = size;
        raw(&count, sizeof count);
        if (kLoad && count > read_.size() / element_bytes) fail();
        return count;
    }

    template <class T>
    void one(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            uint8_t byte = value ? 1 : 0;
            raw(&byte, 1);
            value = byte != 0;
        } else if constexpr (HasMember<T>::value) {
            value.state(*this);
        } else if constexpr (kRaw<T>) {
            raw(&value, sizeof value);
        } else {
            state(*this, value);
        }
    }
    template <class T, std::size_t kCount>
    void one(T (&values)[kCount]) {
        if constexpr (kRaw<T>)
            raw(values, sizeof values);
        else
            for (T& value : values) one(value);
    }
    template <class T, std::size_t kCount>
    void one(std::array<T, kCount>& values) {
        if constexpr (kRaw<T>)
            raw(values.data(), sizeof values);
        else
            for (T& value : values) one(value);
    }
    template <class T>
    void one(std::vector<T>& values) {
        if constexpr (kRaw<T>) {
            const std::size_t size = sized(values.size(), sizeof(T));
            if constexpr (kLoad) values.resize(size);
            if (size != 0) raw(values.data(), size * sizeof(T));
        } else {
            each(values, [this](T& value) { one(value); });
        }
    }
    void one(std::vector<bool>& values) {
        const std::size_t size = sized(values.size(), 1);
        if constexpr (kLoad) values.resize(size);
        for (std::size_t i = 0; i < size; ++i) {
            bool bit = values[i];
            one(bit);
            values[i] = bit;
        }
    }
    template <class T>
    void one(std::deque<T>& values) {
        each(values, [this](T& value) { one(value); });
    }
    void one(std::string& text) {
        const std::size_t size = sized(text.size(), 1);
        if constexpr (kLoad) text.resize(size);
        raw(text.data(), size);
    }

    std::string bytes_;      // written
    std::string_view read_;  // still to be read
    std::vector<Region> regions_;
};

using StateWriter = StateArchive<false>;
using StateReader = StateArchive<true>;

}  // namespace msd::platform
