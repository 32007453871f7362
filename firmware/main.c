/* The firmware: self-test, then the program in DRAM if there is one. Its result is the exit code.
 */
#include "firmware/exit_codes.h"
#include "firmware/replay.h"
#include "firmware/selftest.h"
#include "firmware/uart.h"

int main(void) {
    if (!selftest()) return MSD_EXIT_SELFTEST;
    if (!program_present()) { /* as on QEMU */
        uart_puts("no program\n");
        return MSD_EXIT_OK;
    }
    uint32_t code = program_check();
    if (code == 0) code = program_replay();
    return (int)code;
}
