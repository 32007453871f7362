// Registers of block host; written by tools/registers.py from ip/host/host.regs.toml: do not edit.
#pragma once

#include <stdint.h>

#define HOST_REGS_BASE 0x40001000u
#define HOST_REGS_SIZE 0x1000u

#define HOST_FRAMES_LEFT 0x00u  // ro: Images that NEXT has not delivered yet.

#define HOST_NEXT 0x04u  // wo: Any write: the host writes the next image to msd_program.input_address.

#define HOST_LAYER 0x08u  // wo: Index of the layer whose list was just completed (progress; shown when the simulation times out).

#define HOST_RESULT 0x0cu  // wo: 0: the network's output lies at msd_program.output_address; else the accelerator's error code of a failed image.

#define HOST_ERROR_LAYER 0x10u  // wo: Index of the layer that failed; written before RESULT.

#define HOST_ERROR_TILE 0x14u  // wo: ERROR_TILE of the accelerator; written before RESULT.

// Name of the register at an offset; 0 if there is none.
static inline const char* host_register_name(uint32_t offset) {
    switch (offset) {
        case HOST_FRAMES_LEFT: return "FRAMES_LEFT";
        case HOST_NEXT: return "NEXT";
        case HOST_LAYER: return "LAYER";
        case HOST_RESULT: return "RESULT";
        case HOST_ERROR_LAYER: return "ERROR_LAYER";
        case HOST_ERROR_TILE: return "ERROR_TILE";
        default: return 0;
    }
}

// Name and mask of a register's field number `index`; 0 beyond the last.
static inline const char* host_field_name(uint32_t offset, unsigned index, uint32_t* mask) {
    switch (offset << 8 | index) {
        default: (void)mask; return 0;
    }
}
