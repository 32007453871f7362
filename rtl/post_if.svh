// Ports that carry the post-processing fields of a tile descriptor (firmware/program.h), stable from start_i to done_o.
`ifndef MSD_POST_IF_SVH
`define MSD_POST_IF_SVH
`define MSD_POST_PORTS \
  input  logic               pool_only_i, \
  input  logic               residual_i, \
  input  logic               pool_max_i, \
  input  logic               pool_avg_i, \
  input  logic               acc_half_i, \
  input  logic               out_half_i, \
  input  logic [1:0]         param_set_i, \
  input  logic [15:0]        pool_base_i, \
  input  logic [15:0]        th_i, \
  input  logic [15:0]        tw_i, \
  input  logic [15:0]        k_lut_i, \
  input  logic [15:0]        k_dsp_i, \
  input  logic [15:0]        p_lut_i, \
  input  logic [15:0]        p_dsp_i, \
  input  logic signed [7:0]  zero_conv_i, \
  input  logic signed [7:0]  zero_res_i, \
  input  logic signed [7:0]  zero_out_i, \
  input  logic signed [7:0]  clamp_lo_i, \
  input  logic signed [7:0]  clamp_hi_i, \
  input  logic [23:0]        mul_conv_i, \
  input  logic [23:0]        mul_res_i, \
  input  logic [7:0]         shift_res_i, \
  input  logic [7:0]         pool_h_i, \
  input  logic [7:0]         pool_w_i, \
  input  logic [7:0]         pool_stride_y_i, \
  input  logic [7:0]         pool_stride_x_i, \
  input  logic signed [7:0]  pool_pad_y_i, \
  input  logic signed [7:0]  pool_pad_x_i, \
  input  logic signed [7:0]  pool_zero_i, \
  input  logic [7:0]         pool_shift_i, \
  input  logic [15:0]        pool_mul_i, \
  input  logic [15:0]        pool_oh_i, \
  input  logic [15:0]        pool_ow_i
`endif
