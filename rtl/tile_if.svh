// Ports that carry the execute fields of a tile descriptor (firmware/program.h), stable from start_i to feed_end_o.
`ifndef MSD_TILE_IF_SVH
`define MSD_TILE_IF_SVH
`define MSD_TILE_PORTS \
  input  logic        first_c_i, \
  input  logic        depthwise_i, \
  input  logic        act_half_i, \
  input  logic        weight_half_i, \
  input  logic        acc_half_i, \
  input  logic [15:0] in_rows_i, \
  input  logic [15:0] in_cols_i, \
  input  logic [15:0] tw_i, \
  input  logic [15:0] k_lut_i, \
  input  logic [15:0] k_dsp_i, \
  input  logic [15:0] c_blocks_i, \
  input  logic [4:0]  c_last_i, \
  input  logic [7:0]  kernel_h_i, \
  input  logic [7:0]  kernel_w_i, \
  input  logic [7:0]  stride_y_i, \
  input  logic [7:0]  stride_x_i, \
  input  logic [7:0]  pad_y_i, \
  input  logic [7:0]  pad_x_i, \
  input  logic [7:0]  pad_value_i
`endif
