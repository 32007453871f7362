// The fake platform of the firmware's tests.
#include "tests/firmware/fake_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "firmware/port.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"

extern "C" int firmware_main(void);

namespace msd::test {
namespace {
FakeMachine* machine = nullptr;
}

FakeMachine::FakeMachine(const std::vector<uint32_t>& tiles_per_layer) {
    machine = this;
    const auto layers_count = static_cast<uint32_t>(tiles_per_layer.size());
    uint32_t tiles = 0;
    for (const uint32_t n : tiles_per_layer) tiles += n;
    const uint32_t table = 64, lists = (table + 8 * layers_count + 255) / 256 * 256;
    const uint32_t image = lists + 256 * tiles;
    dram.resize(image + 4096);
    msd_program& h = header();
    h.magic = MSD_PROGRAM_MAGIC;
    h.version = MSD_PROGRAM_VERSION;
    h.image_bytes = image;
    h.memory_bytes = image + 4096;
    h.layer_count = layers_count;
    h.layers_address = MSD_PROGRAM_BASE + table;
    h.tile_count = tiles;
    h.input_address = MSD_PROGRAM_BASE + image;
    h.input_bytes = 1024;
    h.output_address = MSD_PROGRAM_BASE + image + 1024;
    h.output_bytes = 16;
    h.lut_rows = 48, h.lut_cols = 48, h.dsp_rows = 16, h.dsp_cols = 15;
    uint32_t at = MSD_PROGRAM_BASE + lists;
    for (uint32_t i = 0; i < layers_count; ++i) {
        layer(i) = {at, tiles_per_layer[i]};
        at += 256 * tiles_per_layer[i];
    }
    id = MSD_ID_RESET;
    size_lut = 48u << 16 | 48;
    size_dsp = 15u << 16 | 16;
    on_sleep = [this] { finish_list(); };
}

FakeMachine::~FakeMachine() {
    machine = nullptr;
}

msd_layer& FakeMachine::layer(uint32_t i) {
    return reinterpret_cast<msd_layer*>(dram.data() + 64)[i];
}

int FakeMachine::run() {
    return firmware_main();
}

void FakeMachine::finish_list() {
    if (queue.empty()) return;
    queue.pop_front();
    ++lists_done;
    raise(MSD_IRQ_STATUS_LIST);
}

void FakeMachine::fail(uint32_t code, uint32_t tile) {
    if (error == 0) {
        error = code;
        error_tile = tile;
    }
    raise(MSD_IRQ_STATUS_ERROR);
}

uint32_t FakeMachine::read_accelerator(uint32_t offset) {
    switch (offset) {
        case MSD_ID:
            return id;
        case MSD_STATUS: {
            bool idle = queue.empty();
            if (idle && busy_polls != 0) {
                --busy_polls;
                idle = false;
            }
            // The list being fetched does not count.
            const auto level = static_cast<uint32_t>(queue.empty() ? 0 : queue.size() - 1);
            return (idle ? MSD_STATUS_IDLE : 0) | (error ? MSD_STATUS_ERROR : 0) |
                   level << MSD_STATUS_QUEUE_LEVEL_SHIFT;
        }
        case MSD_IRQ_STATUS:
            return irq_status;
        case MSD_LISTS_DONE:
            return lists_done;
        case MSD_ERROR:
            return error;
        case MSD_ERROR_TILE:
            return error_tile;
        case MSD_SIZE_LUT:
            return size_lut;
        case MSD_SIZE_DSP:
            return size_dsp;
        default:
            faults.push_back(fmt::format("read of accelerator register {:#x}", offset));
            return 0;
    }
}

void FakeMachine::write_accelerator(uint32_t offset, uint32_t value) {
    switch (offset) {
        case MSD_CONTROL:
            if (!queue.empty() || busy_polls != 0) faults.push_back("CLEAR while busy");
            ++clears;
            lists_done = error = error_tile = 0;
            break;
        case MSD_LIST_ADDRESS:
            list_address = value;
            break;
        case MSD_LIST_PUSH:
            queue.push_back({list_address, value});
            posted.push_back(queue.back());
            longest_queue = std::max(longest_queue, static_cast<unsigned>(queue.size() - 1));
            if (queue.size() - 1 > 4) faults.push_back("LIST_PUSH on a full queue");
            break;
        case MSD_IRQ_ENABLE:
            irq_enable = value;
            break;
        case MSD_IRQ_STATUS:
            irq_status &= ~value;
            break;
        default:
            faults.push_back(fmt::format("write of accelerator register {:#x}", offset));
    }
}

uint32_t FakeMachine::read32(uint32_t address) {
    if (address >= MSD_PROGRAM_BASE) {
        const uint32_t offset = address - MSD_PROGRAM_BASE;
        uint32_t value = 0;
        if (offset % 4 != 0 || offset + 4 > dram.size()) {
            faults.push_back(fmt::format("read of DRAM {:#x}", address));
        } else {
            std::memcpy(&value, dram.data() + offset, 4);
        }
        return value;
    }
    if (address - MSD_REGS_BASE < MSD_REGS_SIZE) return read_accelerator(address - MSD_REGS_BASE);
    if (address == HOST_REGS_BASE + HOST_FRAMES_LEFT) return frames_left;
    faults.push_back(fmt::format("read of {:#x}", address));
    return 0;
}

void FakeMachine::write32(uint32_t address, uint32_t value) {
    if (address - MSD_REGS_BASE < MSD_REGS_SIZE)
        return write_accelerator(address - MSD_REGS_BASE, value);
    if (const uint32_t at = address - MSD_PROGRAM_BASE; at < dram.size() && at % 4 == 0) {
        dram_written = true;
        std::memcpy(dram.data() + at, &value, 4);
        return;
    }
    switch (address - HOST_REGS_BASE) {
        case HOST_NEXT:
            if (frames_left == 0)
                faults.push_back("NEXT without an image left");
            else
                --frames_left;
            ++next;
            break;
        case HOST_LAYER:
            layers.push_back(value);
            break;
        case HOST_RESULT:
            results.push_back(value);
            break;
        case HOST_ERROR_LAYER:
            error_layer = value;
            break;
        case HOST_ERROR_TILE:
            host_error_tile = value;
            break;
        default:
            faults.push_back(fmt::format("write of {:#x}", address));
    }
}

uint8_t FakeMachine::read8(uint32_t address) {
    if (address != MSD_UART_BASE + 5) faults.push_back(fmt::format("byte read of {:#x}", address));
    return 0x60;
}

void FakeMachine::write8(uint32_t address, uint8_t value) {
    if (address != MSD_UART_BASE) faults.push_back(fmt::format("byte write of {:#x}", address));
    uart += static_cast<char>(value);
}

void FakeMachine::sleep() {
    ++sleeps;
    if (!wakeup_enabled) faults.push_back("sleep without wake-up");
    if (irq()) return;  // wfi does not wait
    on_sleep();
    if (!irq()) ++lost_wakeups;
    if (sleeps > 100000) throw std::runtime_error("the firmware sleeps for ever");
}

}  // namespace msd::test

extern "C" {
uint32_t mmio_read32(uint32_t address) {
    return msd::test::machine->read32(address);
}
void mmio_write32(uint32_t address, uint32_t value) {
    msd::test::machine->write32(address, value);
}
uint8_t mmio_read8(uint32_t address) {
    return msd::test::machine->read8(address);
}
void mmio_write8(uint32_t address, uint8_t value) {
    msd::test::machine->write8(address, value);
}
void cpu_enable_wakeup(void) {
    msd::test::machine->wakeup_enabled = true;
}
void cpu_sleep(void) {
    msd::test::machine->sleep();
}
}
