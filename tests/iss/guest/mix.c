/* CRC, sorting, 64-bit arithmetic through libgcc, strings, matrices, a sieve, recursion, and calls
 * through pointers. */
#include "tests/iss/guest/mix.h"

static uint32_t next(uint32_t* state) {
    return *state = *state * 1664525u + 1013904223u;
}

static uint32_t crc32(const uint8_t* data, uint32_t bytes) {
    uint32_t crc = 0xffffffffu;
    for (uint32_t i = 0; i < bytes; ++i) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint32_t part_crc(void) {
    uint8_t data[200];
    uint32_t state = 1;
    for (uint32_t i = 0; i < sizeof data; ++i) data[i] = (uint8_t)(next(&state) >> 24);
    return crc32(data, sizeof data);
}

static void quicksort(int16_t* a, int low, int high) {
    while (low < high) {
        int16_t pivot = a[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot) ++i;
            while (a[j] > pivot) --j;
            if (i <= j) {
                int16_t t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quicksort(a, low, j);
        low = i;
    }
}

static uint32_t part_sort(void) {
    int16_t a[160];
    uint32_t state = 2, hash = 0;
    for (int i = 0; i < 160; ++i) a[i] = (int16_t)(next(&state) >> 13);
    quicksort(a, 0, 159);
    for (int i = 0; i < 160; ++i) {
        if (i > 0 && a[i - 1] > a[i]) return 0;
        hash = hash * 31u + (uint16_t)a[i];
    }
    return hash;
}

static uint32_t part_wide(void) {
    uint32_t state = 3;
    uint64_t hash = 1;
    for (int i = 0; i < 40; ++i) {
        uint64_t a = (uint64_t)next(&state) << 32 | next(&state);
        uint64_t b = ((uint64_t)next(&state) << 32 | next(&state)) >> (i + 8);
        int64_t sa = (int64_t)a, sb = (int64_t)(b | 1);
        hash = hash * 0x100000001b3ull + (a * b);
        hash ^= a / (b | 1) + a % (b | 1);
        hash += (uint64_t)(sa / sb) ^ (uint64_t)(sa % sb);
        hash = (hash << (i & 63)) | (hash >> (-i & 63));
        hash += (uint64_t)(sa >> (i & 63));
    }
    return (uint32_t)(hash ^ (hash >> 32));
}

static uint32_t length(const char* s) {
    const char* p = s;
    while (*p) ++p;
    return (uint32_t)(p - s);
}

static int compare(const char* a, const char* b) {
    while (*a && *a == *b) ++a, ++b;
    return (uint8_t)*a - (uint8_t)*b;
}

static void copy(uint8_t* to, const uint8_t* from, uint32_t n) {
    while (n--) *to++ = *from++;
}

static uint32_t part_strings(void) {
    static const char* const words[] = {"lut", "dsp", "digit", "tile", "dot", "digits", "", "tilt"};
    uint32_t hash = 5381;
    for (int i = 0; i < 8; ++i) {
        for (int j = 0; j < 8; ++j)
            hash = hash * 33u + (uint32_t)(compare(words[i], words[j]) + 300);
        uint8_t buffer[16] = {0};
        copy(buffer + (i & 3), (const uint8_t*)words[i], length(words[i]));
        hash = hash * 33u + crc32(buffer, sizeof buffer);
    }
    return hash;
}

static uint32_t part_matrix(void) {
    int8_t a[12][12], b[12][12];
    uint32_t state = 4, hash = 0;
    for (int i = 0; i < 12; ++i) {
        for (int j = 0; j < 12; ++j) {
            a[i][j] = (int8_t)(next(&state) >> 20);
            b[i][j] = (int8_t)(next(&state) >> 20);
        }
    }
    for (int i = 0; i < 12; ++i) {
        for (int j = 0; j < 12; ++j) {
            int32_t sum = 0;
            for (int k = 0; k < 12; ++k) sum += a[i][k] * b[k][j];
            hash = hash * 17u + (uint32_t)sum;
        }
    }
    return hash;
}

static uint32_t part_sieve(void) {
    uint8_t composite[512] = {0};
    uint32_t hash = 0;
    for (uint32_t i = 2; i < 512; ++i) {
        if (composite[i]) continue;
        hash = hash * 7u + i;
        for (uint32_t j = i * i; j < 512; j += i) composite[j] = 1;
    }
    return hash;
}

static uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0) return n + 1;
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static uint32_t part_recursion(void) {
    return ackermann(2, 9) * 1000u + ackermann(1, 5);
}

static uint32_t rotate(uint32_t v, uint32_t n) {
    return v << (n & 31) | v >> (-n & 31);
}
static uint32_t reverse(uint32_t v, uint32_t n) {
    uint32_t r = n;
    for (int i = 0; i < 32; ++i) r = r << 1 | (v >> i & 1u);
    return r;
}
static uint32_t population(uint32_t v, uint32_t n) {
    for (; v; v &= v - 1) ++n;
    return n;
}
static uint32_t root(uint32_t v, uint32_t n) {
    uint32_t r = v | 1;
    for (uint32_t i = 0; i < 8 + (n & 3); ++i) r = (r + v / r) / 2 + 1;
    return r;
}

static uint32_t part_pointers(void) {
    static uint32_t (*const table[])(uint32_t, uint32_t) = {rotate, reverse, population, root};
    uint32_t state = 5, hash = 0;
    for (uint32_t i = 0; i < 64; ++i) {
        uint32_t v = next(&state);
        switch (i % 7) {
            case 0:
                hash += v % 10u;
                break;
            case 1:
                hash ^= (uint32_t)((int32_t)v / -3);
                break;
            case 2:
                hash -= v >> 3;
                break;
            case 3:
                hash = ~hash;
                break;
            case 4:
                hash *= v | 1u;
                break;
            case 5:
                hash ^= (uint32_t)((int32_t)v % 1000);
                break;
            default:
                hash += v < hash;
                break;
        }
        hash = table[v >> 30](hash, i);
    }
    return hash;
}

uint32_t mix_part(int part) {
    static uint32_t (*const parts[MIX_PARTS])(void) = {part_crc,       part_sort,    part_wide,
                                                       part_strings,   part_matrix,  part_sieve,
                                                       part_recursion, part_pointers};
    return parts[part]();
}
