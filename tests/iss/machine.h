// A hart with some RAM and a scripted bus, for tests without SystemC.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "platform/iss/elf.h"
#include "platform/iss/hart.h"

namespace msd::test {

constexpr uint32_t kBase = 0x80000000;

class Machine : public platform::HartBus {
public:
    explicit Machine(uint32_t ram_bytes = 1 << 16) : ram(ram_bytes), hart(*this) {
        hart.set_memory(ram.data(), kBase, ram_bytes);
        hart.reset(kBase);
    }

    // Puts 32-bit words to `address` and drops what was decoded there.
    void put(uint32_t address, std::initializer_list<uint32_t> words) {
        for (const uint32_t w : words) {
            std::memcpy(&ram[address - kBase], &w, 4);
            address += 4;
        }
        hart.invalidate_code();
    }
    void put16(uint32_t address, uint16_t half) {
        std::memcpy(&ram[address - kBase], &half, 2);
        hart.invalidate_code();
    }
    uint32_t word(uint32_t address) const {
        uint32_t w;
        std::memcpy(&w, &ram[address - kBase], 4);
        return w;
    }
    void step() { hart.run(hart.cycle() + 1); }
    uint32_t csr(uint32_t number) const {
        uint32_t value = 0xdeadbeef;
        return hart.read_csr(number, value) ? value : 0xdeadbeef;
    }
    void load(const platform::Elf& elf) {
        std::fill(ram.begin(), ram.end(), uint8_t{0});
        elf.load(ram.data(), kBase, static_cast<uint32_t>(ram.size()));
        hart.reset(elf.entry);
    }

    platform::Response read(uint32_t address, unsigned size, uint32_t& value) override {
        if (on_access) on_access();
        ++accesses;
        if (address == 0x10000005 && size == 1) {  // the UART is always ready
            value = 0x60;
            return platform::Response::kOk;
        }
        if (address >= 0x80100000 && address < 0x88000000) {  // QEMU's RAM goes on here
            value = 0;
            return platform::Response::kOk;
        }
        const auto it = device.find(address);
        if (it == device.end()) return platform::Response::kError;
        value = it->second;
        return platform::Response::kOk;
    }
    platform::Response write(uint32_t address, unsigned size, uint32_t value) override {
        if (on_access) on_access();
        ++accesses;
        if (address == 0x10000000 && size == 1) {
            uart += static_cast<char>(value);
            return platform::Response::kOk;
        }
        if (address == 0x00100000 && size == 4) {
            exit_value = value;
            hart.stop();
            return platform::Response::kOk;
        }
        const auto it = device.find(address);
        if (it == device.end()) return platform::Response::kError;
        it->second = value;
        return platform::Response::kOk;
    }
    void sync() override {
        if (on_sync) on_sync();
    }

    std::vector<uint8_t> ram;
    platform::Hart hart;
    std::map<uint32_t, uint32_t> device;  // words outside RAM
    std::function<void()> on_access, on_sync;
    unsigned accesses = 0;
    std::string uart;
    uint32_t exit_value = 0;
};

// Deterministic random numbers (xorshift32).
class Random {
public:
    explicit Random(uint32_t seed) : state_(seed * 2654435761u + 1) {}
    uint32_t operator()() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_;
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>((uint64_t{(*this)()} * n) >> 32); }

private:
    uint32_t state_;
};

}  // namespace msd::test
