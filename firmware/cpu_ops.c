/* Softmax, layer normalisation, a table an element, and transposition, a row at a time: words come
 * from DRAM into a buffer and go back, so that nothing is read twice over the bus. */
#include "firmware/cpu_ops.h"

#include <stddef.h>

#include "firmware/exit_codes.h"
#include "firmware/port.h"
#include "firmware/program.h"
#include "firmware/uart.h"

#ifdef __riscv
#define NOINIT __attribute__((section(".noinit")))
static inline uint32_t cycle_count(void) {
    uint32_t cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
    return cycles;
}
#else
#define NOINIT
static inline uint32_t cycle_count(void) {
    return 0;
}
#endif

NOINIT static union {
    uint32_t word[MSD_CPU_MOST_CHANNELS / 4];
    int8_t byte[MSD_CPU_MOST_CHANNELS];
} row;

NOINIT static union {
    uint32_t word[1024 * sizeof(msd_cpu_gain) / 4];
    struct {
        uint16_t exponential[256], of_row[MSD_CPU_MOST_CHANNELS];
    } softmax;
    int8_t byte[256];
    msd_cpu_gain gain[1024];
} table;

static uint32_t blocks(uint32_t length) {
    return (length + 15) / 16;
}

static void read_row(const msd_cpu_job* job, uint32_t r) {
    uint32_t* to = row.word;
    uint32_t at = job->in + 16 * r;
    for (uint32_t b = blocks(job->length); b != 0; --b, at += job->stride, to += 4) {
        to[0] = mmio_read32(at);
        to[1] = mmio_read32(at + 4);
        to[2] = mmio_read32(at + 8);
        to[3] = mmio_read32(at + 12);
    }
}

static void write_row(const msd_cpu_job* job, uint32_t r) {
    const uint32_t* from = row.word;
    uint32_t at = job->out + 16 * r;
    for (uint32_t b = blocks(job->length); b != 0; --b, at += job->stride, from += 4) {
        mmio_write32(at, from[0]);
        mmio_write32(at + 4, from[1]);
        mmio_write32(at + 8, from[2]);
        mmio_write32(at + 12, from[3]);
    }
}

static void read_table(uint32_t at, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes / 4; ++i) table.word[i] = mmio_read32(at + 4 * i);
}

static void softmax_row(uint32_t n) {
    int8_t* q = row.byte;
    uint16_t* of_row = table.softmax.of_row;
    int32_t most = q[0];
#pragma GCC unroll 8
    for (uint32_t i = 1; i < n; ++i) most = q[i] > most ? q[i] : most;
    const uint16_t* e = table.softmax.exponential + most;
    uint32_t sum = 0;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; ++i) sum += of_row[i] = *(e - q[i]);
    const uint32_t reciprocal =
        0x80000000u / sum; /* sum >= e[0]: a product below is at most 2^31 */
    const uint32_t half_less_128 = (1u << 22) - (128u << 23);
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; ++i)
        q[i] = (int8_t)((int32_t)(of_row[i] * reciprocal + half_less_128) >> 23);
    /* 256, which only one value of a row can have, is 255. */
    const uint32_t first = table.softmax.exponential[0];
    if (first * reciprocal + (1u << 22) >= 256u << 23)
        for (uint32_t i = 0; i < n; ++i)
            if (of_row[i] == first) q[i] = 127;
    for (uint32_t i = n; i % 16 != 0; ++i) q[i] = -128;
}

/* The largest integer whose square is at most v. */
static uint32_t square_root(uint64_t v) {
    uint64_t rest = v, root = 0;
    uint64_t bit = (uint64_t)1 << 40;
    while (bit > rest) bit >>= 2;
    for (; bit != 0; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

static void layer_norm_row(uint32_t n) {
    const int8_t* q = row.byte;
    uint8_t* bytes = (uint8_t*)row.byte;
    int32_t sum = 0;
    uint32_t squares = 0;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; ++i) {
        sum += q[i];
        squares += (uint32_t)(q[i] * q[i]);
    }
    /* n * (q - mean) over n * sqrt(variance): both are integers, at most 2^18 and 2^17 for 1024
     * channels. */
    const uint64_t variance = (uint64_t)n * squares - (uint64_t)((int64_t)sum * sum);
    const uint32_t deviation = square_root(variance);
    const uint32_t inverse = deviation ? (1u << 26) / deviation : 0;
    const uint32_t slope = n * inverse, middle = (uint32_t)sum * inverse;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; ++i) {
        /* |z| / 1024 < sqrt(n) <= 32: the difference fits, though its terms may not */
        const int32_t z = (int32_t)((uint32_t)q[i] * slope - middle) >> 16;
        int32_t y =
            (int32_t)((uint32_t)(z * table.gain[i].gain) + (uint32_t)table.gain[i].offset) >> 15;
        if ((uint32_t)y > 255) y = y < 0 ? 0 : 255;
        bytes[i] =
            (uint8_t)(y ^ 128); /* of an unsigned type, or the compiler extends the sign first */
    }
}

static void lookup_row(uint32_t n) {
    int8_t* q = row.byte;
    const int8_t* middle = table.byte + 128;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < n; ++i) q[i] = middle[q[i]];
}

static void copy_row(uint32_t n) {
    (void)n;
}

/* 16 rows of 16 channels at a time. */
static void transpose(const msd_cpu_job* job) {
    for (uint32_t r = 0; r < job->rows; r += 16) {
        for (uint32_t c = 0; c < job->length; c += 16) {
            uint32_t at = job->in + c / 16 * job->stride + 16 * r;
            for (uint32_t i = 0; i < 64; ++i) row.word[i] = mmio_read32(at + 4 * i);
            at = job->out + r * job->length + 16 * c;
            for (uint32_t i = 0; i < 16; ++i) {
                const uint8_t* from = (const uint8_t*)row.byte + i;
                for (uint32_t j = 0; j < 4; ++j, from += 64) {
                    mmio_write32(at + 16 * i + 4 * j, (uint32_t)from[0] | (uint32_t)from[16] << 8 |
                                                          (uint32_t)from[32] << 16 |
                                                          (uint32_t)from[48] << 24);
                }
            }
        }
    }
}

static int run(const msd_cpu_job* job) {
    void (*of_row)(uint32_t) = 0;
    if (job->length == 0 || job->length > MSD_CPU_MOST_CHANNELS || job->stride % 4 || job->in % 4 ||
        job->out % 4)
        return 0;
    switch (job->op) {
        case MSD_CPU_SOFTMAX:
            read_table(job->table, sizeof table.softmax.exponential);
            of_row = softmax_row;
            break;
        case MSD_CPU_LAYER_NORM:
            if (job->length > 1024) return 0;
            read_table(job->table, job->length * (uint32_t)sizeof(msd_cpu_gain));
            /* A half, to round, and 128, so that a result outside int8 is one outside 0..255. */
            for (uint32_t c = 0; c < job->length; ++c)
                table.gain[c].offset =
                    (int32_t)((uint32_t)table.gain[c].offset + (1u << 14) + (128u << 15));
            of_row = layer_norm_row;
            break;
        case MSD_CPU_LOOKUP:
            read_table(job->table, sizeof table.byte);
            of_row = lookup_row;
            break;
        case MSD_CPU_COPY:
            of_row = copy_row;
            break;
        case MSD_CPU_TRANSPOSE:
            transpose(job);
            return 1;
        default:
            return 0;
    }
    for (uint32_t r = 0; r < job->rows; ++r) {
        read_row(job, r);
        of_row(job->length);
        write_row(job, r);
    }
    return 1;
}

int cpu_jobs_present(void) {
    return mmio_read32(MSD_PROGRAM_BASE + (uint32_t)offsetof(msd_cpu_jobs, magic)) ==
           MSD_CPU_JOBS_MAGIC;
}

uint32_t cpu_jobs_run(void) {
    const uint32_t count = mmio_read32(MSD_PROGRAM_BASE + (uint32_t)offsetof(msd_cpu_jobs, count));
    for (uint32_t i = 0; i < count; ++i) {
        union {
            msd_cpu_job job;
            uint32_t word[sizeof(msd_cpu_job) / 4];
        } read;
        const uint32_t at =
            MSD_PROGRAM_BASE + (uint32_t)offsetof(msd_cpu_jobs, job) + i * (uint32_t)sizeof read;
        for (uint32_t w = 0; w < sizeof read / 4; ++w) read.word[w] = mmio_read32(at + 4 * w);
        const uint32_t start = cycle_count();
        if (!run(&read.job)) {
            uart_puts("CPU job ");
            uart_put_decimal(i);
            uart_puts(": cannot be done\n");
            return MSD_EXIT_HEADER;
        }
        mmio_write32(at + (uint32_t)offsetof(msd_cpu_job, cycles), cycle_count() - start);
    }
    return 0;
}
