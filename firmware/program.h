/* The program image (.msdp) as it lies in DRAM: read by firmware (C), the accelerator model and the scheduler (C++).
 *
 * All fields are little endian. The host loads the file's DRAM part to MSD_PROGRAM_BASE; every address below is an absolute
 * bus address. docs/formats.md describes the file around it. */
#ifndef MSD_FIRMWARE_PROGRAM_H
#define MSD_FIRMWARE_PROGRAM_H

#include <stdint.h>

#define MSD_PROGRAM_MAGIC 0x5044534du /* "MSDP" */
#define MSD_PROGRAM_VERSION 2u
#define MSD_PROGRAM_BASE 0x80100000u /* first byte of DRAM that programs may use; below it is the CPU's own RAM */

/* First bytes of the image. `crc32` (zlib's polynomial) covers image bytes [MSD_HEADER_CRC_FROM, image_bytes). */
typedef struct {
    uint32_t magic;
    uint32_t version;
    uint32_t crc32;
    uint32_t image_bytes;     /* bytes of the DRAM part: header, layers, tiles, weights */
    uint32_t memory_bytes;    /* bytes of DRAM the program needs from MSD_PROGRAM_BASE on, feature maps included */
    uint32_t layer_count;
    uint32_t layers_address;  /* of msd_layer[layer_count] */
    uint32_t tile_count;      /* of all layers */
    uint32_t input_address;   /* where the host's image source writes the input tensor */
    uint32_t input_bytes;     /* ceil(C/16)*H*W*16 */
    uint32_t output_address;  /* of the last layer's tensor */
    uint32_t output_bytes;
    uint8_t lut_rows, lut_cols, dsp_rows, dsp_cols; /* the array the program was scheduled for */
    uint32_t beat_bytes;      /* 8 or 16 */
    uint32_t reserved[2];
} msd_program;

#define MSD_HEADER_CRC_FROM 12u

/* One list of tile descriptors; firmware posts it as (address, count). */
typedef struct {
    uint32_t tiles_address; /* of msd_tile[tile_count], 256-byte aligned */
    uint32_t tile_count;
} msd_layer;

/* msd_tile.flags */
#define MSD_TILE_LOAD_ACT 0x0001u    /* load the activation half; else the previous tile's is kept */
#define MSD_TILE_LOAD_WGT 0x0002u    /* load the weight half; else the previous tile's is kept */
#define MSD_TILE_LOAD_RES 0x0004u    /* load `res` into the output half before post starts */
#define MSD_TILE_RELEASE_ACT 0x0008u /* the activation half is free after this tile */
#define MSD_TILE_RELEASE_WGT 0x0010u
#define MSD_TILE_FIRST_C 0x0020u     /* sums start at zero */
#define MSD_TILE_LAST_C 0x0040u      /* sums go to post-processing, then store */
#define MSD_TILE_DEPTHWISE 0x0080u   /* output channel k reads input channel k only; weights hold one value per tap */
#define MSD_TILE_RESIDUAL 0x0100u    /* post adds the loaded residual */
#define MSD_TILE_POOL_MAX 0x0200u    /* pool the output half in place after post */
#define MSD_TILE_POOL_AVG 0x0400u
#define MSD_TILE_POOL_ONLY 0x0800u   /* no execution: the tile loaded by LOAD_RES is pooled and stored */
#define MSD_TILE_IRQ 0x1000u         /* raise the interrupt when this tile is stored (besides the end of the list) */
#define MSD_TILE_LOAD_OUT 0x2000u    /* with LOAD_ACT: from the output half that stored tile wait_store-1 left, not from DRAM */
#define MSD_TILE_KEEP 0x4000u        /* the output stays in its half, for LOAD_OUT: nothing is written to DRAM */
#define MSD_TILE_MAGIC 0x54u         /* "T", the third byte */

#define MSD_MAX_GROUPS 16u

/* A strided read or write: planes x rows x row_bytes. All addresses, strides and lengths are multiples of 16 bytes. */
typedef struct {
    uint32_t address;
    uint32_t row_stride;   /* bytes */
    uint32_t plane_stride; /* bytes */
    uint32_t row_bytes;
    uint16_t rows;
    uint16_t planes;
} msd_block; /* 20 bytes */

/* The pixels of one activation group (docs/timing.md): it owns outputs from (oy0, ox0) in raster order and
 * keeps the loaded input rows [lo, hi). All are relative to the tile. An unused group has lo == hi. */
typedef struct {
    uint16_t oy0, ox0;
    uint16_t lo, hi;
} msd_group; /* 8 bytes */

/* One tile: 256 bytes, fetched as one block. */
typedef struct {
    uint16_t flags;
    uint8_t magic;          /* MSD_TILE_MAGIC */
    uint8_t effective_bits; /* digits per LUT weight, 1..3 */
    uint32_t wait_store;    /* activations and residual are loaded once this many tiles have been stored since CLEAR */
    msd_block act;          /* [c_blocks][in_rows][in_cols] words of 16 channels, valid if LOAD_ACT; with LOAD_OUT `address` is
                               an offset in the output half */
    msd_block res;          /* [ceil(k/16)][th][tw] words; for POOL_ONLY the pool's input */
    msd_block out;          /* [ceil(k/16)][oh][ow] words, oh x ow = pooled size if pooled, else th x tw; valid if LAST_C;
                               with KEEP only for the host, from the map's first byte */
    uint32_t wgt_address;   /* LUT stream, DSP stream, then if LAST_C ceil((k_lut + k_dsp) / 2) words of msd_channel; valid if LOAD_WGT */
    uint16_t lut_words;     /* of the LUT weight stream, 16 bytes each */
    uint16_t dsp_words;
    uint16_t in_rows, in_cols; /* loaded input rows and columns of the tile (clipped to the feature map) */
    uint16_t th, tw;        /* output rows and columns before pooling */
    uint16_t k_lut, k_dsp;  /* output channels of the tile; LUT first */
    uint16_t p_lut, p_dsp;  /* pixel passes: ceil(th*tw/lut_cols), ceil(th*tw/(2*dsp_cols)); 0 if that core has no channel */
    uint16_t c_blocks;      /* input channel blocks of 16 */
    uint8_t c_last;         /* valid channels of the last block, 1..16 */
    uint8_t kernel_h, kernel_w;
    uint8_t stride_y, stride_x;
    int8_t pad_y, pad_x;    /* input row of output row o and tap i, relative to the loaded rows: o*stride_y + i - pad_y */
    /* post-processing, docs/numbers.md */
    int8_t pad_value;       /* zero point of the input, inserted outside the image */
    int8_t zero_conv;       /* zt: zero point of the convolution's own output */
    int8_t zero_res;        /* zr */
    int8_t zero_out;        /* zy: of the sum with the residual; unused bytes of the last channel block are written as it */
    int8_t clamp_lo, clamp_hi;
    int8_t pool_zero;       /* zero point of an average pool's output */
    uint32_t mul_conv : 24; /* Ma */
    uint32_t shift_res : 8; /* s2, 1..62 */
    uint32_t mul_res : 24;  /* Mb */
    /* pooling over the th x tw map in the output half: average, docs/numbers.md, of (sum - n*zero_out) * pool_mul over the n taps
     * inside; maximum of the taps inside, unscaled */
    uint32_t pool_shift : 8; /* 1..46 */
    uint8_t pool_h, pool_w, pool_stride_y, pool_stride_x;
    int8_t pool_pad_y, pool_pad_x; /* input row of pooled row o and tap i: o*pool_stride_y + i - pool_pad_y; outside: skipped */
    uint16_t pool_mul;       /* in [2^15, 2^16) */
    uint16_t pool_oh, pool_ow;
    msd_group group[MSD_MAX_GROUPS]; /* LUT groups first, then DSP */
} msd_tile;

/* Per-channel parameters, 8 bytes, LUT channels then DSP channels: t = clamp8(zero_conv + (acc + bias) * multiplier * 2^-shift),
 * rounded as docs/numbers.md says. */
typedef struct {
    int32_t bias;
    uint32_t multiplier : 24; /* in [2^23, 2^24) */
    uint32_t shift : 8;       /* 1..62 */
} msd_channel;

#ifdef __cplusplus
#define MSD_STATIC_ASSERT static_assert
#else
#define MSD_STATIC_ASSERT _Static_assert
#endif
MSD_STATIC_ASSERT(sizeof(msd_program) == 64, "msd_program is 64 bytes");
MSD_STATIC_ASSERT(sizeof(msd_block) == 20, "msd_block is 20 bytes");
MSD_STATIC_ASSERT(sizeof(msd_tile) == 256, "msd_tile is 256 bytes");
MSD_STATIC_ASSERT(sizeof(msd_channel) == 8, "msd_channel is 8 bytes");

#endif
