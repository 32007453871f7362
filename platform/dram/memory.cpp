// Anonymous pages of the host, reserved but not committed.
#include "platform/dram/memory.h"

#include <sys/mman.h>

#include <new>

namespace msd::platform {

namespace {
uint8_t* map(size_t bytes) {
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) throw std::bad_alloc();
    return static_cast<uint8_t*>(data);
}
}  // namespace

Memory::Memory(size_t bytes) : data_(map(bytes)), bytes_(bytes) {}

Memory::~Memory() {
    munmap(data_, bytes_);
}

void Memory::clear() {
    // Private anonymous pages are zero when touched again (madvise(2)).
    if (madvise(data_, bytes_, MADV_DONTNEED) != 0) throw std::bad_alloc();
}

void Memory::resize(size_t bytes) {
    if (bytes == bytes_) return clear();
    uint8_t* const data = map(bytes);
    munmap(data_, bytes_);
    data_ = data;
    bytes_ = bytes;
}

}  // namespace msd::platform
