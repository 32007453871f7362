/* Replay of a program: checks its header and layer table once, then posts one list a layer for each
 * image. */
#include "firmware/replay.h"

#include <stddef.h>

#include "firmware/accelerator.h"
#include "firmware/exit_codes.h"
#include "firmware/port.h"
#include "firmware/program.h"
#include "firmware/uart.h"
#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"

#define CACHED_LAYERS 1024u
#define TILE_ALIGNMENT 256u
#define WORD_ALIGNMENT 16u

/* Where DRAM is read from: every read is a bus access of many cycles, so the table is kept. */
#define HEADER(field) mmio_read32(MSD_PROGRAM_BASE + (uint32_t)offsetof(msd_program, field))

#ifdef __riscv
__attribute__((section(".noinit")))
#endif
static msd_layer cached_layers[CACHED_LAYERS];
static uint32_t layer_count;
static uint32_t layers_address;

static msd_layer read_layer(uint32_t index) {
    uint32_t at = layers_address + index * (uint32_t)sizeof(msd_layer);
    msd_layer layer;
    layer.tiles_address = mmio_read32(at + (uint32_t)offsetof(msd_layer, tiles_address));
    layer.tile_count = mmio_read32(at + (uint32_t)offsetof(msd_layer, tile_count));
    return layer;
}

static msd_layer get_layer(uint32_t index) {
    return index < CACHED_LAYERS ? cached_layers[index] : read_layer(index);
}

/* [address, address + count * item) lies in the `bytes` that begin at MSD_PROGRAM_BASE. */
static int inside(uint32_t address, uint32_t count, uint32_t item, uint32_t bytes) {
    uint32_t offset = address - MSD_PROGRAM_BASE;
    return address >= MSD_PROGRAM_BASE && offset <= bytes && count <= (bytes - offset) / item;
}

static uint32_t bad_header(const char* what) {
    uart_puts("program header: ");
    uart_puts(what);
    uart_puts("; schedule the network again\n");
    return MSD_EXIT_HEADER;
}

static uint32_t bad_layer(uint32_t index, const char* what) {
    uart_puts("layer ");
    uart_put_decimal(index);
    uart_puts(": ");
    uart_puts(what);
    uart_puts("; schedule the network again\n");
    return MSD_EXIT_HEADER;
}

static uint32_t check_layers(uint32_t image_bytes) {
    uint32_t tiles = 0;
    for (uint32_t i = 0; i < layer_count; ++i) {
        msd_layer layer = read_layer(i);
        if (layer.tile_count == 0) return bad_layer(i, "no tiles");
        if (layer.tiles_address % TILE_ALIGNMENT) return bad_layer(i, "tile list is not aligned");
        if (!inside(layer.tiles_address, layer.tile_count, sizeof(msd_tile), image_bytes)) {
            return bad_layer(i, "tile list lies outside the image");
        }
        tiles += layer.tile_count;
        if (i < CACHED_LAYERS) cached_layers[i] = layer;
    }
    return tiles == HEADER(tile_count) ? 0
                                       : bad_header("tile_count is not the sum over the layers");
}

static uint32_t array_mismatch(const char* core, uint32_t rows, uint32_t cols, uint32_t size) {
    uart_puts("program is scheduled for a ");
    uart_puts(core);
    uart_puts(" array of ");
    uart_put_decimal(rows);
    uart_puts("x");
    uart_put_decimal(cols);
    uart_puts(", but the accelerator has ");
    uart_put_decimal(size & 0xffffu);
    uart_puts("x");
    uart_put_decimal(size >> 16);
    uart_puts("; schedule it for this device\n");
    return MSD_EXIT_ARRAY;
}

static uint32_t check_array(void) {
    uint32_t sizes = HEADER(lut_rows); /* the four bytes lut_rows, lut_cols, dsp_rows, dsp_cols */
    uint32_t rows = sizes & 255u, cols = sizes >> 8 & 255u;
    uint32_t size = mmio_read32(MSD_REGS_BASE + MSD_SIZE_LUT);
    if (size != (rows << MSD_SIZE_LUT_ROWS_SHIFT | cols << MSD_SIZE_LUT_COLS_SHIFT)) {
        return array_mismatch("LUT", rows, cols, size);
    }
    rows = sizes >> 16 & 255u;
    cols = sizes >> 24;
    size = mmio_read32(MSD_REGS_BASE + MSD_SIZE_DSP);
    if (size != (rows << MSD_SIZE_DSP_ROWS_SHIFT | cols << MSD_SIZE_DSP_COLS_SHIFT)) {
        return array_mismatch("DSP", rows, cols, size);
    }
    return 0;
}

int program_present(void) {
    return HEADER(magic) == MSD_PROGRAM_MAGIC;
}

uint32_t program_check(void) {
    uint32_t version = HEADER(version);
    if (version != MSD_PROGRAM_VERSION) {
        uart_puts("program version ");
        uart_put_decimal(version);
        uart_puts(", but this firmware replays version ");
        uart_put_decimal(MSD_PROGRAM_VERSION);
        uart_puts("; schedule the network again\n");
        return MSD_EXIT_VERSION;
    }
    if (!accelerator_present()) {
        uart_puts("no accelerator at ");
        uart_put_hex(MSD_REGS_BASE);
        uart_puts("\n");
        return MSD_EXIT_NO_ACCELERATOR;
    }
    uint32_t image = HEADER(image_bytes), memory = HEADER(memory_bytes);
    uint32_t input = HEADER(input_address), output = HEADER(output_address);
    layer_count = HEADER(layer_count);
    layers_address = HEADER(layers_address);
    if (image < sizeof(msd_program) || image > memory) return bad_header("image_bytes is wrong");
    if (layer_count == 0) return bad_header("no layers");
    if (layers_address % 4 || !inside(layers_address, layer_count, sizeof(msd_layer), image)) {
        return bad_header("layer table lies outside the image");
    }
    if (input % WORD_ALIGNMENT || !inside(input, HEADER(input_bytes), 1, memory)) {
        return bad_header("input lies outside the program's memory");
    }
    if (output % WORD_ALIGNMENT || !inside(output, HEADER(output_bytes), 1, memory)) {
        return bad_header("output lies outside the program's memory");
    }
    uint32_t code = check_layers(image);
    return code ? code : check_array();
}

/* The accelerator stopped: tells host and user which layer and tile, and why. */
static uint32_t report_error(void) {
    uint32_t tile = 0;
    uint32_t code = accelerator_error(&tile);
    uint32_t layer = 0, in_layer = tile;
    while (layer + 1 < layer_count) {
        uint32_t tiles = get_layer(layer).tile_count;
        if (in_layer < tiles) break;
        in_layer -= tiles;
        ++layer;
    }
    mmio_write32(HOST_REGS_BASE + HOST_ERROR_LAYER, layer);
    mmio_write32(HOST_REGS_BASE + HOST_ERROR_TILE, tile);
    mmio_write32(HOST_REGS_BASE + HOST_RESULT, code);
    uart_puts("layer ");
    uart_put_decimal(layer);
    uart_puts(" tile ");
    uart_put_decimal(in_layer);
    uart_puts(": error ");
    uart_puts(msd_error_name(code));
    uart_puts("\n");
    return MSD_EXIT_ACCELERATOR + code;
}

/* One image: keeps the queue full and sleeps until a list is complete. */
static uint32_t run_layers(void) {
    uint32_t posted = 0, done = 0, queue_free = 4; /* the queue is empty after accelerator_start */
    accelerator_start();
    for (;;) {
        for (; queue_free != 0 && posted < layer_count; --queue_free, ++posted) {
            msd_layer layer = get_layer(posted);
            accelerator_post(layer.tiles_address, layer.tile_count);
        }
        cpu_sleep();
        accelerator_state state = accelerator_poll();
        if (state.error) return report_error();
        /* Nothing new if the wake-up was spurious; never more than was posted. */
        for (; done < state.lists_done && done < posted; ++done) {
            mmio_write32(HOST_REGS_BASE + HOST_LAYER, done);
        }
        if (done == layer_count) return 0;
        queue_free = state.queue_free;
    }
}

uint32_t program_replay(void) {
    cpu_enable_wakeup();
    while (mmio_read32(HOST_REGS_BASE + HOST_FRAMES_LEFT) != 0) {
        mmio_write32(HOST_REGS_BASE + HOST_NEXT, 1);
        uint32_t code = run_layers();
        if (code) return code;
        mmio_write32(HOST_REGS_BASE + HOST_RESULT, 0);
    }
    return MSD_EXIT_OK;
}
