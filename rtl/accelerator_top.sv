// The accelerator: AXI4-Lite registers, three AXI4 masters, an interrupt; shell, executing core and post-processing inside.
`include "tile_if.svh"

module accelerator_top #(
  parameter int unsigned LutRows        = 8,   // output channels
  parameter int unsigned LutCols        = 8,   // pixels
  parameter int unsigned DspRows        = 4,
  parameter int unsigned DspCols        = 4,   // two pixels each
  parameter int unsigned BeatBytes      = 16,  // AXI data width: 8 or 16
  // Buffers, per half; a word is 16 bytes. Sizes that are no power of two are rounded up to one.
  parameter int unsigned ActWords       = 64,  // per activation group
  parameter int unsigned LutWeightWords = 64,  // per bank of 32 rows
  parameter int unsigned DspWeightWords = 64,  // per bank of 16 rows
  parameter int unsigned AccEntries     = 64,  // per pixel column
  parameter int unsigned OutWords       = 64,
  parameter int unsigned TileChannels   = 64,
  parameter int unsigned Outstanding    = 8    // bursts in flight per master, 1..64
) (
  input  logic                   clk_i,
  input  logic                   rst_i,

  // Capacities in use, at most the parameters; a device ties them to constants.
  input  logic [15:0]            act_words_i,
  input  logic [15:0]            lut_weight_words_i,
  input  logic [15:0]            dsp_weight_words_i,
  input  logic [15:0]            acc_entries_i,
  input  logic [15:0]            out_words_i,
  input  logic [15:0]            tile_channels_i,
  input  logic [6:0]             outstanding_i,

  // Registers: AXI4-Lite slave.
  input  logic [11:0]            s_axil_awaddr_i,
  input  logic                   s_axil_awvalid_i,
  output logic                   s_axil_awready_o,
  input  logic [31:0]            s_axil_wdata_i,
  input  logic [3:0]             s_axil_wstrb_i,
  input  logic                   s_axil_wvalid_i,
  output logic                   s_axil_wready_o,
  output logic [1:0]             s_axil_bresp_o,
  output logic                   s_axil_bvalid_o,
  input  logic                   s_axil_bready_i,
  input  logic [11:0]            s_axil_araddr_i,
  input  logic                   s_axil_arvalid_i,
  output logic                   s_axil_arready_o,
  output logic [31:0]            s_axil_rdata_o,
  output logic [1:0]             s_axil_rresp_o,
  output logic                   s_axil_rvalid_o,
  input  logic                   s_axil_rready_i,

  output logic                   irq_o,

  // Descriptors, activations, residuals: AXI4 master, reads only.
  output logic [31:0]            m_axi_a_araddr_o,
  output logic [7:0]             m_axi_a_arlen_o,
  output logic [2:0]             m_axi_a_arsize_o,
  output logic [1:0]             m_axi_a_arburst_o,
  output logic                   m_axi_a_arvalid_o,
  input  logic                   m_axi_a_arready_i,
  input  logic [BeatBytes*8-1:0] m_axi_a_rdata_i,
  input  logic [1:0]             m_axi_a_rresp_i,
  input  logic                   m_axi_a_rlast_i,
  input  logic                   m_axi_a_rvalid_i,
  output logic                   m_axi_a_rready_o,

  // Weights, parameters: likewise.
  output logic [31:0]            m_axi_w_araddr_o,
  output logic [7:0]             m_axi_w_arlen_o,
  output logic [2:0]             m_axi_w_arsize_o,
  output logic [1:0]             m_axi_w_arburst_o,
  output logic                   m_axi_w_arvalid_o,
  input  logic                   m_axi_w_arready_i,
  input  logic [BeatBytes*8-1:0] m_axi_w_rdata_i,
  input  logic [1:0]             m_axi_w_rresp_i,
  input  logic                   m_axi_w_rlast_i,
  input  logic                   m_axi_w_rvalid_i,
  output logic                   m_axi_w_rready_o,

  // Stores: AXI4 master, writes only.
  output logic [31:0]            m_axi_s_awaddr_o,
  output logic [7:0]             m_axi_s_awlen_o,
  output logic [2:0]             m_axi_s_awsize_o,
  output logic [1:0]             m_axi_s_awburst_o,
  output logic                   m_axi_s_awvalid_o,
  input  logic                   m_axi_s_awready_i,
  output logic [BeatBytes*8-1:0] m_axi_s_wdata_o,
  output logic [BeatBytes-1:0]   m_axi_s_wstrb_o,
  output logic                   m_axi_s_wlast_o,
  output logic                   m_axi_s_wvalid_o,
  input  logic                   m_axi_s_wready_i,
  input  logic [1:0]             m_axi_s_bresp_i,
  input  logic                   m_axi_s_bvalid_i,
  output logic                   m_axi_s_bready_o,

  // Pulses of docs/timing.md's tokens, for lockstep.
  output shell_pkg::tokens_t     token_o
);

  localparam int unsigned Groups         = (LutCols + 15) / 16 + (DspCols + 15) / 16 * 2;
  localparam int unsigned ActDepth       = 1 << $clog2(ActWords);
  localparam int unsigned LutWeightDepth = 1 << $clog2(LutWeightWords);
  localparam int unsigned DspWeightDepth = 1 << $clog2(DspWeightWords);
  localparam int unsigned AccDepth       = 1 << $clog2(AccEntries);
  localparam int unsigned OutDepth       = 1 << $clog2(OutWords);
  localparam int unsigned ChannelDepth   = 1 << $clog2(TileChannels);

  // shell to core
  logic                      core_start, feeding, feed_end, release_halves, drained, lut_busy, dsp_busy;
  shell_pkg::exec_job_t      core_job;
  logic [Groups*64-1:0]      core_groups;
  logic [Groups-1:0]         write_act;
  logic [Groups*16-1:0]      write_act_address;
  logic                      write_act_half, write_wgt_half;
  logic [127:0]              write_act_data, write_wgt_data;
  logic [(LutRows+31)/32-1:0] write_lut;
  logic [(DspRows+15)/16-1:0] write_dsp;
  logic [15:0]               write_wgt_address;

  // post-processing to core
  logic                        acc_read;
  logic [3:0]                  acc_group;
  logic [$clog2(2*AccDepth)-1:0] acc_address;
  logic [511:0]                acc_data;

  // shell to post-processing
  logic                 post_start, post_done, post_half, res_write, res_half, store_read, store_half, hand_read, hand_half, param_write;
  shell_pkg::post_job_t post_job;
  logic [15:0]          res_address, store_address, param_address;
  logic [127:0]         res_data, store_data, hand_data, param_data;
  logic [15:0]          hand_address, hand_words;
  logic [1:0]           param_set;

  shell #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols),
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_shell (
    .clk_i,
    .rst_i,
    .act_words_i,
    .lut_weight_words_i,
    .dsp_weight_words_i,
    .acc_entries_i,
    .out_words_i,
    .tile_channels_i,
    .outstanding_i,
    .s_axil_awaddr_i,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_bresp_o,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_araddr_i,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .m_axi_a_araddr_o,
    .m_axi_a_arlen_o,
    .m_axi_a_arsize_o,
    .m_axi_a_arburst_o,
    .m_axi_a_arvalid_o,
    .m_axi_a_arready_i,
    .m_axi_a_rdata_i,
    .m_axi_a_rresp_i,
    .m_axi_a_rlast_i,
    .m_axi_a_rvalid_i,
    .m_axi_a_rready_o,
    .m_axi_w_araddr_o,
    .m_axi_w_arlen_o,
    .m_axi_w_arsize_o,
    .m_axi_w_arburst_o,
    .m_axi_w_arvalid_o,
    .m_axi_w_arready_i,
    .m_axi_w_rdata_i,
    .m_axi_w_rresp_i,
    .m_axi_w_rlast_i,
    .m_axi_w_rvalid_i,
    .m_axi_w_rready_o,
    .m_axi_s_awaddr_o,
    .m_axi_s_awlen_o,
    .m_axi_s_awsize_o,
    .m_axi_s_awburst_o,
    .m_axi_s_awvalid_o,
    .m_axi_s_awready_i,
    .m_axi_s_wdata_o,
    .m_axi_s_wstrb_o,
    .m_axi_s_wlast_o,
    .m_axi_s_wvalid_o,
    .m_axi_s_wready_i,
    .m_axi_s_bresp_i,
    .m_axi_s_bvalid_i,
    .m_axi_s_bready_o,
    .irq_o,
    .core_start_o(core_start),
    .core_job_o(core_job),
    .core_groups_o(core_groups),
    .write_act_o(write_act),
    .write_act_half_o(write_act_half),
    .write_act_address_o(write_act_address),
    .write_act_data_o(write_act_data),
    .write_lut_o(write_lut),
    .write_dsp_o(write_dsp),
    .write_wgt_half_o(write_wgt_half),
    .write_wgt_address_o(write_wgt_address),
    .write_wgt_data_o(write_wgt_data),
    .feeding_i(feeding),
    .feed_end_i(feed_end),
    .release_i(release_halves),
    .drained_i(drained),
    .lut_busy_i(lut_busy),
    .dsp_busy_i(dsp_busy),
    .post_start_o(post_start),
    .post_done_i(post_done),
    .post_job_o(post_job),
    .post_half_o(post_half),
    .res_write_o(res_write),
    .res_half_o(res_half),
    .res_address_o(res_address),
    .res_data_o(res_data),
    .store_read_o(store_read),
    .store_half_o(store_half),
    .store_address_o(store_address),
    .store_data_i(store_data),
    .hand_read_o(hand_read),
    .hand_half_o(hand_half),
    .hand_address_o(hand_address),
    .hand_words_o(hand_words),
    .hand_data_i(hand_data),
    .param_write_o(param_write),
    .param_write_set_o(param_set),
    .param_write_address_o(param_address),
    .param_write_data_o(param_data),
    .token_o
  );

  logic                                  unused_acc_full, unused_lut_valid, unused_dsp_valid;
  logic [LutCols+2*DspCols-1:0]          unused_write;
  logic [(LutCols+2*DspCols)*$clog2(2*AccDepth)-1:0] unused_address;
  logic [(LutCols+2*DspCols)*32-1:0]     unused_data;

  core_top #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols),
    .ActDepth(ActDepth),
    .LutWeightDepth(LutWeightDepth),
    .DspWeightDepth(DspWeightDepth),
    .AccEntries(AccDepth)
  ) u_core (
    .clk_i,
    .rst_i,
    .start_i(core_start),
    .first_c_i(core_job.first_c),
    .depthwise_i(core_job.depthwise),
    .act_half_i(core_job.act[0]),
    .weight_half_i(core_job.wgt[0]),
    .acc_half_i(core_job.acc[0]),
    .in_rows_i(core_job.in_rows),
    .in_cols_i(core_job.in_cols),
    .tw_i(core_job.tw),
    .k_lut_i(core_job.k_lut),
    .k_dsp_i(core_job.k_dsp),
    .c_blocks_i(core_job.c_blocks),
    .c_last_i(core_job.c_last),
    .kernel_h_i(core_job.kernel_h),
    .kernel_w_i(core_job.kernel_w),
    .stride_y_i(core_job.stride_y),
    .stride_x_i(core_job.stride_x),
    .pad_y_i(core_job.pad_y),
    .pad_x_i(core_job.pad_x),
    .pad_value_i(core_job.pad_value),
    .digits_i(core_job.digits),
    .last_c_i(core_job.last_c),
    .p_lut_i(core_job.p_lut),
    .p_dsp_i(core_job.p_dsp),
    .groups_i(core_groups),
    .write_act_i(write_act),
    .write_act_half_i(write_act_half),
    .write_act_address_i(write_act_address),
    .write_act_data_i(write_act_data),
    .write_lut_i(write_lut),
    .write_dsp_i(write_dsp),
    .write_wgt_half_i(write_wgt_half),
    .write_wgt_address_i(write_wgt_address),
    .write_wgt_data_i(write_wgt_data),
    .read_i(acc_read),
    .read_group_i(acc_group),
    .read_address_i(acc_address),
    .read_data_o(acc_data),
    .feeding_o(feeding),
    .feed_end_o(feed_end),
    .release_o(release_halves),
    .drained_o(drained),
    .acc_full_o(unused_acc_full),
    .lut_busy_o(lut_busy),
    .dsp_busy_o(dsp_busy),
    .lut_valid_o(unused_lut_valid),
    .dsp_valid_o(unused_dsp_valid),
    .bank_write_o(unused_write),
    .bank_address_o(unused_address),
    .bank_data_o(unused_data)
  );

  post_unit #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols),
    .AccEntries(AccDepth),
    .OutWords(OutDepth),
    .TileChannels(ChannelDepth)
  ) u_post (
    .clk_i,
    .rst_i,
    .start_i(post_start),
    .done_o(post_done),
    .pool_only_i(post_job.pool_only),
    .residual_i(post_job.residual),
    .pool_max_i(post_job.pool_max),
    .pool_avg_i(post_job.pool_avg),
    .acc_half_i(post_job.acc_half),
    .out_half_i(post_half),
    .param_set_i(post_job.param_set),
    .pool_base_i(post_job.pool_base),
    .th_i(post_job.th),
    .tw_i(post_job.tw),
    .k_lut_i(post_job.k_lut),
    .k_dsp_i(post_job.k_dsp),
    .p_lut_i(post_job.p_lut),
    .p_dsp_i(post_job.p_dsp),
    .zero_conv_i(post_job.zero_conv),
    .zero_res_i(post_job.zero_res),
    .zero_out_i(post_job.zero_out),
    .clamp_lo_i(post_job.clamp_lo),
    .clamp_hi_i(post_job.clamp_hi),
    .mul_conv_i(post_job.mul_conv),
    .mul_res_i(post_job.mul_res),
    .shift_res_i(post_job.shift_res),
    .pool_h_i(post_job.pool_h),
    .pool_w_i(post_job.pool_w),
    .pool_stride_y_i(post_job.pool_stride_y),
    .pool_stride_x_i(post_job.pool_stride_x),
    .pool_pad_y_i(post_job.pool_pad_y),
    .pool_pad_x_i(post_job.pool_pad_x),
    .pool_zero_i(post_job.pool_zero),
    .pool_shift_i(post_job.pool_shift),
    .pool_mul_i(post_job.pool_mul),
    .pool_oh_i(post_job.pool_oh),
    .pool_ow_i(post_job.pool_ow),
    .read_o(acc_read),
    .read_group_o(acc_group),
    .read_address_o(acc_address),
    .read_data_i(acc_data),
    .res_write_i(res_write),
    .res_half_i(res_half),
    .res_address_i(res_address),
    .res_data_i(res_data),
    .store_read_i(store_read),
    .store_half_i(store_half),
    .store_address_i(store_address),
    .store_data_o(store_data),
    .hand_read_i(hand_read),
    .hand_half_i(hand_half),
    .hand_address_i(hand_address),
    .hand_words_i(hand_words),
    .hand_data_o(hand_data),
    .param_write_i(param_write),
    .param_write_set_i(param_set),
    .param_write_address_i(param_address),
    .param_write_data_i(param_data)
  );

  logic unused_bits;
  assign unused_bits = ^{core_job, post_job, unused_acc_full, unused_lut_valid, unused_dsp_valid, unused_write, unused_address, unused_data};

endmodule
