/* A mix of compiled functions that uses what RV32IMC compilers emit; the same result on any
 * machine. */
#ifndef MSD_TESTS_ISS_MIX_H
#define MSD_TESTS_ISS_MIX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define MIX_PARTS 8
uint32_t mix_part(int part); /* a checksum of part 0..MIX_PARTS-1 */
#ifdef __cplusplus
}
#endif

#endif
