/* Short test of the CPU and its memory, run before every program; the same on QEMU. */
#ifndef MSD_FIRMWARE_SELFTEST_H
#define MSD_FIRMWARE_SELFTEST_H

/* Nothing lies there, on this platform nor on QEMU's virt: the self-test provokes access faults in
 * it. */
#define MSD_SELFTEST_HOLE 0x0b000000u
#define MSD_SELFTEST_HOLE_BYTES 0x1000u

#include <stdint.h>

#define MSD_SELFTEST_CHECKSUM 0x19988c32u /* of selftest_arithmetic, on any machine */

#ifdef __cplusplus
extern "C" {
#endif
uint32_t selftest_arithmetic(void); /* multiplications, divisions, shifts, comparisons */
int selftest_memory(void);          /* 1 if bytes, halfwords and words read back as written */
int selftest_traps(void); /* 1 if traps report the right cause and address (RISC-V only) */
int selftest(void);       /* all of it, with a line on the UART; 1 if good */
#ifdef __cplusplus
}
#endif

#endif
