// The tile descriptor and channel parameters, little endian; written by tools/descriptor.py from firmware/program.h: do not edit.
// Use scoped names (a wildcard import is not read by Yosys 0.23).
/* verilator lint_off UNUSEDPARAM */
package descriptor_pkg;
  localparam int unsigned MAGIC = 84;
  localparam int unsigned LOAD_ACT_BIT = 0;  // of flags
  localparam int unsigned LOAD_WGT_BIT = 1;  // of flags
  localparam int unsigned LOAD_RES_BIT = 2;  // of flags
  localparam int unsigned RELEASE_ACT_BIT = 3;  // of flags
  localparam int unsigned RELEASE_WGT_BIT = 4;  // of flags
  localparam int unsigned FIRST_C_BIT = 5;  // of flags
  localparam int unsigned LAST_C_BIT = 6;  // of flags
  localparam int unsigned DEPTHWISE_BIT = 7;  // of flags
  localparam int unsigned RESIDUAL_BIT = 8;  // of flags
  localparam int unsigned POOL_MAX_BIT = 9;  // of flags
  localparam int unsigned POOL_AVG_BIT = 10;  // of flags
  localparam int unsigned POOL_ONLY_BIT = 11;  // of flags
  localparam int unsigned IRQ_BIT = 12;  // of flags
  localparam int unsigned LOAD_OUT_BIT = 13;  // of flags
  localparam int unsigned KEEP_BIT = 14;  // of flags

  // msd_channel, 8 bytes; the last member lies at the lowest address.
  typedef struct packed {
    logic [7:0] shift;
    logic [23:0] multiplier;
    logic signed [31:0] bias;
  } channel_t;

  // msd_tile, 256 bytes; the last member lies at the lowest address.
  typedef struct packed {
    logic [1023:0] group;
    logic [15:0] pool_ow;
    logic [15:0] pool_oh;
    logic [15:0] pool_mul;
    logic signed [7:0] pool_pad_x;
    logic signed [7:0] pool_pad_y;
    logic [7:0] pool_stride_x;
    logic [7:0] pool_stride_y;
    logic [7:0] pool_w;
    logic [7:0] pool_h;
    logic [7:0] pool_shift;
    logic [23:0] mul_res;
    logic [7:0] shift_res;
    logic [23:0] mul_conv;
    logic signed [7:0] pool_zero;
    logic signed [7:0] clamp_hi;
    logic signed [7:0] clamp_lo;
    logic signed [7:0] zero_out;
    logic signed [7:0] zero_res;
    logic signed [7:0] zero_conv;
    logic signed [7:0] pad_value;
    logic signed [7:0] pad_x;
    logic signed [7:0] pad_y;
    logic [7:0] stride_x;
    logic [7:0] stride_y;
    logic [7:0] kernel_w;
    logic [7:0] kernel_h;
    logic [7:0] c_last;
    logic [15:0] c_blocks;
    logic [15:0] p_dsp;
    logic [15:0] p_lut;
    logic [15:0] k_dsp;
    logic [15:0] k_lut;
    logic [15:0] tw;
    logic [15:0] th;
    logic [15:0] in_cols;
    logic [15:0] in_rows;
    logic [15:0] dsp_words;
    logic [15:0] lut_words;
    logic [31:0] wgt_address;
    logic [15:0] out_planes;
    logic [15:0] out_rows;
    logic [31:0] out_row_bytes;
    logic [31:0] out_plane_stride;
    logic [31:0] out_row_stride;
    logic [31:0] out_address;
    logic [15:0] res_planes;
    logic [15:0] res_rows;
    logic [31:0] res_row_bytes;
    logic [31:0] res_plane_stride;
    logic [31:0] res_row_stride;
    logic [31:0] res_address;
    logic [15:0] act_planes;
    logic [15:0] act_rows;
    logic [31:0] act_row_bytes;
    logic [31:0] act_plane_stride;
    logic [31:0] act_row_stride;
    logic [31:0] act_address;
    logic [31:0] wait_store;
    logic [7:0] effective_bits;
    logic [7:0] magic;
    logic [15:0] flags;
  } tile_t;
endpackage
/* verilator lint_on UNUSEDPARAM */
