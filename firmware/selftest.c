/* Self-test: arithmetic whose result is known, byte lanes of the memory, and (traps.c) precise
 * traps. */
#include "firmware/selftest.h"

#include "firmware/uart.h"

#define ROUNDS 40u
#define WORDS 32u

static uint32_t mix(uint32_t hash, uint32_t value) {
    hash ^= value;
    hash *= 0x01000193u; /* FNV-1a's prime, on words */
    return hash ^ (hash >> 15);
}

uint32_t selftest_arithmetic(void) {
    uint32_t hash = 0x811c9dc5u;
    uint32_t a = 0x12345678u;
    for (uint32_t i = 0; i < ROUNDS; ++i) {
        a = a * 1664525u + 1013904223u;
        uint32_t b = (a >> 7) ^ (a << 9);
        uint32_t divisor = (b >> (i & 31u)) | 1u; /* small and large ones */
        int32_t sa = (int32_t)a, sd = (int32_t)divisor;
        if (sd == -1) sd = 3; /* INT_MIN / -1 is not C */
        hash = mix(hash, a * b);
        hash = mix(hash, (uint32_t)(((uint64_t)a * b) >> 32));
        hash = mix(hash, (uint32_t)(((int64_t)sa * (int32_t)b) >> 32));
        hash = mix(hash, a / divisor);
        hash = mix(hash, a % divisor);
        hash = mix(hash, (uint32_t)(sa / sd));
        hash = mix(hash, (uint32_t)(sa % sd));
        hash = mix(hash, (uint32_t)(sa >> (i & 31u)));
        hash = mix(hash, (sa < (int32_t)b ? 1u : 0u) + (a < b ? 2u : 0u));
    }
    return hash;
}

int selftest_memory(void) {
    static volatile union {
        uint32_t word[WORDS];
        uint16_t half[2 * WORDS];
        uint8_t byte[4 * WORDS];
    } memory;
    for (uint32_t i = 0; i < WORDS; ++i) memory.word[i] = 0x01020304u * (i + 1);
    for (uint32_t i = 0; i < WORDS; ++i) {
        uint32_t expected = 0x01020304u * (i + 1);
        if (memory.word[i] != expected) return 0;
        if (memory.half[2 * i + 1] != expected >> 16) return 0;
        memory.byte[4 * i + 1] = (uint8_t)~i;
        expected = (expected & 0xffff00ffu) | (~i & 0xffu) << 8;
        if (memory.word[i] != expected) return 0;
        memory.half[2 * i] = (uint16_t)(i * 257u);
        if (memory.word[i] != ((expected & 0xffff0000u) | i * 257u)) return 0;
    }
    return 1;
}

int selftest(void) {
    uint32_t checksum = selftest_arithmetic();
    const char* failed = 0;
    if (checksum != MSD_SELFTEST_CHECKSUM) failed = "arithmetic";
    if (!failed && !selftest_memory()) failed = "memory";
#ifdef __riscv
    if (!failed && !selftest_traps()) failed = "traps";
#endif
    uart_puts("self-test ");
    if (failed) {
        uart_puts("failed: ");
        uart_puts(failed);
        uart_puts(", ");
    }
    uart_puts("checksum ");
    uart_put_hex(checksum);
    uart_puts("\n");
    return failed == 0;
}
