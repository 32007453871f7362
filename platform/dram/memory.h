// Bytes of a memory: lazily zero pages of the host, so that only touched pages cost anything.
#pragma once

#include <cstddef>
#include <cstdint>

namespace msd::platform {

class Memory {
public:
    explicit Memory(size_t bytes);  // throws std::bad_alloc
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    uint8_t* data() { return data_; }
    size_t size() const { return bytes_; }
    // Gives all pages back; they read as zero again.
    void clear();
    void resize(size_t bytes);  // clears

private:
    uint8_t* data_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace msd::platform
