/* The trap handler, and the self-test's part that provokes traps and looks at what they report. */
#include "firmware/exit_codes.h"
#include "firmware/port.h"
#include "firmware/selftest.h"
#include "firmware/uart.h"

extern void machine_exit(uint32_t code) __attribute__((noreturn)); /* crt0.S */

static volatile struct {
    uint32_t expected;
    uint32_t count, cause, pc, value;
} trap;

/* Called by trap_entry in crt0.S; returns where to go on. */
uint32_t trap_handler(uint32_t cause, uint32_t pc, uint32_t value) {
    if (!trap.expected) {
        uart_puts("unexpected trap ");
        uart_put_hex(cause);
        uart_puts(" at ");
        uart_put_hex(pc);
        uart_puts(", value ");
        uart_put_hex(value);
        uart_puts("\n");
        machine_exit(MSD_EXIT_TRAP);
    }
    trap.count += 1;
    trap.cause = cause;
    trap.pc = pc;
    trap.value = value;
    return pc + ((*(volatile uint16_t*)pc & 3u) == 3u ? 4u : 2u);
}

/* Runs one instruction that must trap; `where` receives its address. */
#define PROVOKE(where, instruction, input) \
    __asm__ volatile(                      \
        ".option push\n .option norvc\n"   \
        "la %0, 1f\n"                      \
        "1: " instruction                  \
        "\n"                               \
        ".option pop"                      \
        : "=&r"(where)                     \
        : "r"(input)                       \
        : "memory", "t6")

static int reported(uint32_t count, uint32_t cause, uint32_t pc) {
    return trap.count == count && trap.cause == cause && trap.pc == pc;
}

int selftest_traps(void) {
    uint32_t pc = 0;
    int good = 1;
    trap.count = 0;
    trap.expected = 1;
    PROVOKE(pc, ".word 0xffffffff", 0);
    good &= reported(1, 2, pc);
    PROVOKE(pc, ".half 0x0000", 0); /* a compressed illegal instruction */
    good &= reported(2, 2, pc);
    PROVOKE(pc, "ebreak", 0);
    good &= reported(3, 3, pc);
    PROVOKE(pc, "ecall", 0);
    good &= reported(4, 11, pc);
    PROVOKE(pc, "lw t6, 4(%1)", MSD_SELFTEST_HOLE);
    good &= reported(5, 5, pc) && trap.value == MSD_SELFTEST_HOLE + 4;
    PROVOKE(pc, "sw t6, 8(%1)", MSD_SELFTEST_HOLE);
    good &= reported(6, 7, pc) && trap.value == MSD_SELFTEST_HOLE + 8;
    PROVOKE(pc, "csrw mhartid, %1", 0); /* read only */
    good &= reported(7, 2, pc);
    trap.expected = 0;
    return good;
}
