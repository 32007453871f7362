/* Firmware that reads and writes registers at random: values, addresses, sizes. Faults are skipped and counted. */
#include "firmware/exit_codes.h"
#include "firmware/program.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"

extern void machine_exit(uint32_t code) __attribute__((noreturn)); /* crt0.S */

static volatile uint32_t faults;

/* Called by trap_entry in crt0.S; goes on behind the instruction that faulted. */
uint32_t trap_handler(uint32_t cause, uint32_t pc, uint32_t value) {
    (void)cause, (void)value;
    ++faults;
    return pc + ((*(volatile uint16_t*)(uintptr_t)pc & 3u) == 3u ? 4u : 2u);
}

static uint32_t state;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static uint32_t value_to_write(uint32_t choice) {
    switch (choice % 6u) {
        case 0: return next();
        case 1: return next() % 8u;
        case 2: return MSD_PROGRAM_BASE + (next() & 0x000fff00u);
        case 3: return 0xffffffffu;
        case 4: return 1u;
        default: return 0u;
    }
}

int main(void) {
    const volatile msd_program* program = (const volatile msd_program*)(uintptr_t)MSD_PROGRAM_BASE;
    const volatile msd_layer* layers = (const volatile msd_layer*)(uintptr_t)program->layers_address;
    state = program->reserved[0] | 1u; /* the test's seed */
    for (uint32_t i = 0; i < 600u; ++i) {
        const uint32_t choice = next();
        const uint32_t offset = (next() % 0x68u) & ~(choice & 0x10u ? 0u : 3u);
        const uintptr_t base = choice & 0x700u ? MSD_REGS_BASE : HOST_REGS_BASE;
        switch (choice % 9u) {
            case 0: (void)*(volatile uint8_t*)(base + offset); break;
            case 1: *(volatile uint16_t*)(base + (offset & ~1u)) = (uint16_t)next(); break;
            case 2:
            case 3: (void)*(volatile uint32_t*)(base + (offset & ~3u)); break;
            case 4: { /* a real list, now and then too long */
                const volatile msd_layer* l = &layers[next() % program->layer_count];
                *(volatile uint32_t*)(uintptr_t)(MSD_REGS_BASE + MSD_LIST_ADDRESS) = l->tiles_address;
                *(volatile uint32_t*)(uintptr_t)(MSD_REGS_BASE + MSD_LIST_PUSH) =
                    l->tile_count + (next() % 8u == 0u ? next() % 5u : 0u);
                break;
            }
            case 5: *(volatile uint32_t*)(uintptr_t)(MSD_REGS_BASE + MSD_CONTROL) = MSD_CONTROL_CLEAR; break;
            case 6: for (uint32_t wait = next() % 2000u; wait > 0u; --wait) __asm__ volatile(""); break;
            default: *(volatile uint32_t*)(base + (offset & ~3u)) = value_to_write(choice >> 12); break;
        }
    }
    machine_exit(faults == 0u ? MSD_EXIT_SELFTEST : MSD_EXIT_OK);
}
