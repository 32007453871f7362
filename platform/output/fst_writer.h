/* A writer of FST waveforms, timescale 1 ps, no date; present if CMake found Verilator's sources
 * (MSD_FST). */
#ifndef MSD_PLATFORM_OUTPUT_FST_WRITER_H
#define MSD_PLATFORM_OUTPUT_FST_WRITER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void* msd_fst_create(const char* path); /* NULL: cannot be created, errno says why */
void msd_fst_scope(void* fst, const char* name);
void msd_fst_upscope(void* fst);
uint32_t msd_fst_signal(void* fst, const char* name, uint32_t width);
void msd_fst_time(void* fst, uint64_t ps);
void msd_fst_value(void* fst, uint32_t signal, const char* bits); /* `width` characters 0 and 1 */
void msd_fst_close(void* fst);                                    /* says nothing of a full disk */

#ifdef __cplusplus
}
#endif

#endif
