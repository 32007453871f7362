// Registers of block accelerator; written by tools/registers.py from ip/accelerator/accelerator.regs.toml: do not edit.
#pragma once

#include <stdint.h>

#define MSD_REGS_BASE 0x40000000u
#define MSD_REGS_SIZE 0x1000u

#define MSD_ID 0x00u  // ro: Reads "MSD1".
#define MSD_ID_RESET 0x4d534431u

#define MSD_CONTROL 0x04u  // wo: Commands; each bit acts once when written as 1.
#define MSD_CONTROL_CLEAR 0x1u  // Clears counters, STORED and errors; allowed only while idle, else error BUSY.

#define MSD_STATUS 0x08u  // ro: State of the accelerator.
#define MSD_STATUS_IDLE 0x1u  // No list is queued and no tile is in flight.
#define MSD_STATUS_ERROR 0x2u  // Fetching has stopped; ERROR and ERROR_TILE say why.
#define MSD_STATUS_QUEUE_LEVEL_MASK 0x70u  // Lists waiting (0..4); the one being fetched does not count.
#define MSD_STATUS_QUEUE_LEVEL_SHIFT 4u

#define MSD_LIST_ADDRESS 0x0cu  // rw: Address of the tile list to be pushed; 256-byte aligned.

#define MSD_LIST_PUSH 0x10u  // wo: Pushes (LIST_ADDRESS, written value = number of tiles) into the queue of 4 lists.

#define MSD_IRQ_ENABLE 0x14u  // rw: Interrupt line = (IRQ_STATUS & IRQ_ENABLE) != 0.
#define MSD_IRQ_ENABLE_LIST 0x1u  // A list is complete.
#define MSD_IRQ_ENABLE_TILE 0x2u  // A tile with MSD_TILE_IRQ is stored.
#define MSD_IRQ_ENABLE_ERROR 0x4u  // An error was recorded.

#define MSD_IRQ_STATUS 0x18u  // rw1c: Pending interrupts; write 1 to clear.
#define MSD_IRQ_STATUS_LIST 0x1u  // A list is complete.
#define MSD_IRQ_STATUS_TILE 0x2u  // A tile with MSD_TILE_IRQ is stored.
#define MSD_IRQ_STATUS_ERROR 0x4u  // An error was recorded.

#define MSD_LISTS_DONE 0x1cu  // ro: Lists completed since CLEAR.

#define MSD_STORED 0x20u  // ro: Tiles stored since CLEAR; what wait_store compares with.

#define MSD_TILES_DONE 0x24u  // ro: Tiles that left the pipeline since CLEAR, stored or not.

#define MSD_ERROR 0x28u  // ro: Code of the first error since CLEAR.
#define MSD_ERROR_NONE 0u  // No error.
#define MSD_ERROR_MAGIC 1u  // A descriptor does not begin with flags and MSD_TILE_MAGIC.
#define MSD_ERROR_FLAGS 2u  // Flags contradict each other.
#define MSD_ERROR_EFFECTIVE_BITS 3u  // effective_bits is not 1..3.
#define MSD_ERROR_GEOMETRY 4u  // Sizes, strides, paddings, passes or groups contradict each other.
#define MSD_ERROR_ACT_CAPACITY 5u  // An activation group's strip does not fit its bank.
#define MSD_ERROR_WEIGHT_CAPACITY 6u  // A weight stream does not fit its bank.
#define MSD_ERROR_ACC_CAPACITY 7u  // P * K exceeds the accumulator entries.
#define MSD_ERROR_OUT_CAPACITY 8u  // The tile's output does not fit the output half.
#define MSD_ERROR_CHANNEL_CAPACITY 9u  // More channels than parameter entries.
#define MSD_ERROR_ALIGNMENT 10u  // An address or stride is not a multiple of 16 (lists: 256).
#define MSD_ERROR_BUS 11u  // A burst was answered with an error.
#define MSD_ERROR_QUEUE_FULL 12u  // LIST_PUSH on a full queue.
#define MSD_ERROR_BUSY 13u  // CLEAR while a tile is in flight.
#define MSD_ERROR_EMPTY_LIST 14u  // LIST_PUSH of 0 tiles.

#define MSD_ERROR_TILE 0x2cu  // ro: Index, counted from CLEAR over all lists, of the tile that caused ERROR.

#define MSD_CYCLES 0x30u  // ro: Cycles since CLEAR.

#define MSD_LUT_BUSY 0x34u  // ro: Cycles in which the LUT array received valid digits.

#define MSD_DSP_BUSY 0x38u  // ro: Cycles in which the DSP array received valid weights.

#define MSD_WAIT_ACT 0x3cu  // ro: Cycles in which Exec waited for activations.

#define MSD_WAIT_WGT 0x40u  // ro: Cycles in which Exec waited for weights (activations were there).

#define MSD_WAIT_ACC 0x44u  // ro: Cycles in which Exec waited for a free accumulator half only.

#define MSD_WAIT_OUT 0x48u  // ro: Cycles in which Post waited for a free output half or the residual.

#define MSD_READ_BEATS_A 0x4cu  // ro: Beats read by master A: descriptors, activations, residuals.

#define MSD_READ_BEATS_W 0x50u  // ro: Beats read by master W: weights and parameters.

#define MSD_WRITE_BEATS 0x54u  // ro: Beats written by master S.

#define MSD_SIZE_LUT 0x58u  // ro: Size of the LUT array.
#define MSD_SIZE_LUT_ROWS_MASK 0xffffu  // Rows (output channels).
#define MSD_SIZE_LUT_ROWS_SHIFT 0u
#define MSD_SIZE_LUT_COLS_MASK 0xffff0000u  // Columns (pixels).
#define MSD_SIZE_LUT_COLS_SHIFT 16u

#define MSD_SIZE_DSP 0x5cu  // ro: Size of the DSP array.
#define MSD_SIZE_DSP_ROWS_MASK 0xffffu  // Rows (output channels).
#define MSD_SIZE_DSP_ROWS_SHIFT 0u
#define MSD_SIZE_DSP_COLS_MASK 0xffff0000u  // Columns (two pixels each).
#define MSD_SIZE_DSP_COLS_SHIFT 16u

// Name of the register at an offset; 0 if there is none.
static inline const char* msd_register_name(uint32_t offset) {
    switch (offset) {
        case MSD_ID: return "ID";
        case MSD_CONTROL: return "CONTROL";
        case MSD_STATUS: return "STATUS";
        case MSD_LIST_ADDRESS: return "LIST_ADDRESS";
        case MSD_LIST_PUSH: return "LIST_PUSH";
        case MSD_IRQ_ENABLE: return "IRQ_ENABLE";
        case MSD_IRQ_STATUS: return "IRQ_STATUS";
        case MSD_LISTS_DONE: return "LISTS_DONE";
        case MSD_STORED: return "STORED";
        case MSD_TILES_DONE: return "TILES_DONE";
        case MSD_ERROR: return "ERROR";
        case MSD_ERROR_TILE: return "ERROR_TILE";
        case MSD_CYCLES: return "CYCLES";
        case MSD_LUT_BUSY: return "LUT_BUSY";
        case MSD_DSP_BUSY: return "DSP_BUSY";
        case MSD_WAIT_ACT: return "WAIT_ACT";
        case MSD_WAIT_WGT: return "WAIT_WGT";
        case MSD_WAIT_ACC: return "WAIT_ACC";
        case MSD_WAIT_OUT: return "WAIT_OUT";
        case MSD_READ_BEATS_A: return "READ_BEATS_A";
        case MSD_READ_BEATS_W: return "READ_BEATS_W";
        case MSD_WRITE_BEATS: return "WRITE_BEATS";
        case MSD_SIZE_LUT: return "SIZE_LUT";
        case MSD_SIZE_DSP: return "SIZE_DSP";
        default: return 0;
    }
}

// Name and mask of a register's field number `index`; 0 beyond the last.
static inline const char* msd_field_name(uint32_t offset, unsigned index, uint32_t* mask) {
    switch (offset << 8 | index) {
        case MSD_CONTROL << 8 | 0u: *mask = 0x1u; return "CLEAR";
        case MSD_STATUS << 8 | 0u: *mask = 0x1u; return "IDLE";
        case MSD_STATUS << 8 | 1u: *mask = 0x2u; return "ERROR";
        case MSD_STATUS << 8 | 2u: *mask = 0x70u; return "QUEUE_LEVEL";
        case MSD_IRQ_ENABLE << 8 | 0u: *mask = 0x1u; return "LIST";
        case MSD_IRQ_ENABLE << 8 | 1u: *mask = 0x2u; return "TILE";
        case MSD_IRQ_ENABLE << 8 | 2u: *mask = 0x4u; return "ERROR";
        case MSD_IRQ_STATUS << 8 | 0u: *mask = 0x1u; return "LIST";
        case MSD_IRQ_STATUS << 8 | 1u: *mask = 0x2u; return "TILE";
        case MSD_IRQ_STATUS << 8 | 2u: *mask = 0x4u; return "ERROR";
        case MSD_SIZE_LUT << 8 | 0u: *mask = 0xffffu; return "ROWS";
        case MSD_SIZE_LUT << 8 | 1u: *mask = 0xffff0000u; return "COLS";
        case MSD_SIZE_DSP << 8 | 0u: *mask = 0xffffu; return "ROWS";
        case MSD_SIZE_DSP << 8 | 1u: *mask = 0xffff0000u; return "COLS";
        default: (void)mask; return 0;
    }
}

// Name of a value of register ERROR; "?" if it has none.
static inline const char* msd_error_name(uint32_t value) {
    switch (value) {
        case MSD_ERROR_NONE: return "NONE";
        case MSD_ERROR_MAGIC: return "MAGIC";
        case MSD_ERROR_FLAGS: return "FLAGS";
        case MSD_ERROR_EFFECTIVE_BITS: return "EFFECTIVE_BITS";
        case MSD_ERROR_GEOMETRY: return "GEOMETRY";
        case MSD_ERROR_ACT_CAPACITY: return "ACT_CAPACITY";
        case MSD_ERROR_WEIGHT_CAPACITY: return "WEIGHT_CAPACITY";
        case MSD_ERROR_ACC_CAPACITY: return "ACC_CAPACITY";
        case MSD_ERROR_OUT_CAPACITY: return "OUT_CAPACITY";
        case MSD_ERROR_CHANNEL_CAPACITY: return "CHANNEL_CAPACITY";
        case MSD_ERROR_ALIGNMENT: return "ALIGNMENT";
        case MSD_ERROR_BUS: return "BUS";
        case MSD_ERROR_QUEUE_FULL: return "QUEUE_FULL";
        case MSD_ERROR_BUSY: return "BUSY";
        case MSD_ERROR_EMPTY_LIST: return "EMPTY_LIST";
        default: return "?";
    }
}

// What a value of register ERROR means, in a sentence.
static inline const char* msd_error_text(uint32_t value) {
    switch (value) {
        case MSD_ERROR_NONE: return "No error.";
        case MSD_ERROR_MAGIC: return "A descriptor does not begin with flags and MSD_TILE_MAGIC.";
        case MSD_ERROR_FLAGS: return "Flags contradict each other.";
        case MSD_ERROR_EFFECTIVE_BITS: return "effective_bits is not 1..3.";
        case MSD_ERROR_GEOMETRY: return "Sizes, strides, paddings, passes or groups contradict each other.";
        case MSD_ERROR_ACT_CAPACITY: return "An activation group's strip does not fit its bank.";
        case MSD_ERROR_WEIGHT_CAPACITY: return "A weight stream does not fit its bank.";
        case MSD_ERROR_ACC_CAPACITY: return "P * K exceeds the accumulator entries.";
        case MSD_ERROR_OUT_CAPACITY: return "The tile's output does not fit the output half.";
        case MSD_ERROR_CHANNEL_CAPACITY: return "More channels than parameter entries.";
        case MSD_ERROR_ALIGNMENT: return "An address or stride is not a multiple of 16 (lists: 256).";
        case MSD_ERROR_BUS: return "A burst was answered with an error.";
        case MSD_ERROR_QUEUE_FULL: return "LIST_PUSH on a full queue.";
        case MSD_ERROR_BUSY: return "CLEAR while a tile is in flight.";
        case MSD_ERROR_EMPTY_LIST: return "LIST_PUSH of 0 tiles.";
        default: return "?";
    }
}
