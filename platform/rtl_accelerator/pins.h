// What an RTL model's shared library exports: pins of accelerator_top.sv as plain C structs, and a
// clock to tick. No SystemC on this side.
#pragma once

#include <stdint.h>

#define MSD_RTL_ABI 2u

extern "C" {

// Compile-time parameters of the model (accelerator_top.sv).
struct MsdRtlParameters {
    uint32_t abi;
    uint32_t lut_rows, lut_cols, dsp_rows, dsp_cols;
    uint32_t beat_bytes;
    uint32_t act_words, lut_weight_words, dsp_weight_words, acc_entries, out_words, tile_channels;
    uint32_t outstanding;
    uint32_t faults;    // built with MSD_FAULTS
    uint32_t trace;     // 0 none, 1 VCD, 2 FST
    uint32_t coverage;  // built with line and toggle coverage
};

// AXI4-Lite towards the registers.
struct MsdRtlLiteInputs {
    uint32_t awaddr, wdata, araddr;
    uint8_t awvalid, wvalid, wstrb, bready, arvalid, rready;
};
struct MsdRtlLiteOutputs {
    uint32_t rdata;
    uint8_t awready, wready, bvalid, bresp, arready, rvalid, rresp;
};

// An AXI4 master that reads.
struct MsdRtlReadInputs {
    uint8_t arready, rvalid, rlast, rresp;
    uint8_t rdata[16];
};
struct MsdRtlReadOutputs {
    uint32_t araddr;
    uint8_t arvalid, arlen, arsize, arburst, rready;
};

// An AXI4 master that writes.
struct MsdRtlWriteInputs {
    uint8_t awready, wready, bvalid, bresp;
};
struct MsdRtlWriteOutputs {
    uint32_t awaddr;
    uint8_t awvalid, awlen, awsize, awburst, wvalid, wlast, bready;
    uint16_t wstrb;
    uint8_t wdata[16];
};

struct MsdRtlInputs {
    uint8_t reset;
    uint8_t outstanding;
    uint16_t act_words, lut_weight_words, dsp_weight_words, acc_entries, out_words, tile_channels;
    MsdRtlLiteInputs regs;
    MsdRtlReadInputs a, w;
    MsdRtlWriteInputs s;
};
struct MsdRtlOutputs {
    uint8_t irq;
    uint16_t token;  // pulses of docs/timing.md's tokens; bits in rtl/shell_pkg.sv
    MsdRtlLiteOutputs regs;
    MsdRtlReadOutputs a, w;
    MsdRtlWriteOutputs s;
};

struct MsdRtlApi {
    const MsdRtlParameters* parameters;
    // fault: number of rtl/faults.svh, or 0. Registers start with noise.
    void* (*create)(int fault);
    void (*destroy)(void* model);
    // The pins of the present cycle, given its inputs.
    void (*settle)(void* model, const MsdRtlInputs* in, MsdRtlOutputs* out);
    // The rising edge that ends the cycle. `out`: what the next cycle's pins show before its inputs
    // are known; right for every output that comes from registers.
    void (*edge)(void* model, MsdRtlOutputs* out);
    // Waveform of all signals from now on; period_ps is the clock's. Returns 0, or 1 if the file
    // cannot be written or the model was built without.
    int (*trace_open)(void* model, const char* file, uint64_t first_cycle, uint64_t period_ps);
    void (*trace_close)(void* model);
    int (*write_coverage)(void* model, const char* file);
};

// The one symbol of the library.
typedef const MsdRtlApi* (*MsdRtlEntry)(void);
#define MSD_RTL_ENTRY "msd_rtl_model"
}
