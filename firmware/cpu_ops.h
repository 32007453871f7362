/* What a transformer needs besides matrix products, on int8 feature maps [block of 16
 * channels][row][16] in DRAM: the CPU's part of an inference. A list of jobs, which the host puts
 * where a program would be, is done one after the other and timed. */
#ifndef MSD_FIRMWARE_CPU_OPS_H
#define MSD_FIRMWARE_CPU_OPS_H

#include <stdint.h>

#define MSD_CPU_JOBS_MAGIC 0x4a44534du /* "MSDJ" at MSD_PROGRAM_BASE: msd_cpu_jobs */
#define MSD_CPU_MOST_CHANNELS 4096u

/* Of every row of `length` channels; channel c of row r is byte c%16 of the word at in +
 * (c/16)*stride + 16*r. */
enum {
    /* out + 128 = 256 * e(most - q) / sum of e, rounded half up, at most 255; table: uint16_t
       e[256], e[0] = 2^15 at most */
    MSD_CPU_SOFTMAX = 1,
    /* z = (q - mean) / sqrt(variance), rounded down to 1/1024; out = clamp8((z * 1024 * gain +
     * offset + 2^14) >> 15); a row without variance has z = 0. At most 1024 channels; table:
     * msd_cpu_gain[length] */
    MSD_CPU_LAYER_NORM = 2,
    /* out = table[q + 128]; table: int8_t[256] */
    MSD_CPU_LOOKUP = 3,
    /* The map with rows and channels changed: channel c of row r becomes channel r of row c; `rows`
     * a multiple of 16 (or what lies behind the map is moved, too); out has 16 * length bytes a
     * block of 16 rows. No table */
    MSD_CPU_TRANSPOSE = 4,
    MSD_CPU_COPY = 5
};

typedef struct {
    int32_t offset;
    int16_t gain;
    int16_t reserved;
} msd_cpu_gain;

typedef struct {
    uint32_t op, rows, length;
    uint32_t in, out, stride; /* addresses; stride: bytes from one block of channels to the next, of
                                 in and (not when transposed) out */
    uint32_t table;
    uint32_t cycles; /* that it took; written when it is done */
} msd_cpu_job;

typedef struct {
    uint32_t magic, count;
    msd_cpu_job job[]; /* 8 bytes behind MSD_PROGRAM_BASE */
} msd_cpu_jobs;

#ifdef __cplusplus
extern "C" {
#endif
int cpu_jobs_present(void);
uint32_t cpu_jobs_run(void); /* 0, or MSD_EXIT_HEADER for a job that cannot be done */
#ifdef __cplusplus
}
#endif

#endif
