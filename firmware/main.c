/* The firmware: self-test, then the program or the CPU's jobs in DRAM if there are any. Its result
 * is the exit code.
 */
#include "firmware/cpu_ops.h"
#include "firmware/exit_codes.h"
#include "firmware/replay.h"
#include "firmware/selftest.h"
#include "firmware/uart.h"

int main(void) {
    if (!selftest()) return MSD_EXIT_SELFTEST;
    if (cpu_jobs_present()) return (int)cpu_jobs_run();
    if (!program_present()) { /* as on QEMU */
        uart_puts("no program\n");
        return MSD_EXIT_OK;
    }
    uint32_t code = program_check();
    if (code == 0) code = program_replay();
    return (int)code;
}
