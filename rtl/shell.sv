// Everything around the arrays and post-processing: registers, lists, descriptors, loads, stores and the tokens between the
// units. docs/timing.md, "Units and tokens"; ports in INTERFACES.md.
`include "faults.svh"

module shell #(
  parameter int unsigned LutRows     = 4,
  parameter int unsigned LutCols     = 4,
  parameter int unsigned DspRows     = 4,
  parameter int unsigned DspCols     = 4,
  parameter int unsigned BeatBytes   = 16,
  parameter int unsigned Outstanding = 8
) (
  input  logic                   clk_i,
  input  logic                   rst_i,

  input  logic [15:0]            act_words_i,
  input  logic [15:0]            lut_weight_words_i,
  input  logic [15:0]            dsp_weight_words_i,
  input  logic [15:0]            acc_entries_i,
  input  logic [15:0]            out_words_i,
  input  logic [15:0]            tile_channels_i,
  input  logic [6:0]             outstanding_i,

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

  // core_top
  output logic                   core_start_o,
  output shell_pkg::exec_job_t   core_job_o,
  output logic [((LutCols+15)/16+(DspCols+15)/16*2)*64-1:0] core_groups_o,
  output logic [((LutCols+15)/16+(DspCols+15)/16*2)-1:0]    write_act_o,
  output logic                   write_act_half_o,
  output logic [((LutCols+15)/16+(DspCols+15)/16*2)*16-1:0] write_act_address_o,
  output logic [127:0]           write_act_data_o,
  output logic [(LutRows+31)/32-1:0] write_lut_o,
  output logic [(DspRows+15)/16-1:0] write_dsp_o,
  output logic                   write_wgt_half_o,
  output logic [15:0]            write_wgt_address_o,
  output logic [127:0]           write_wgt_data_o,
  input  logic                   feeding_i,
  input  logic                   feed_end_i,
  input  logic                   release_i,
  input  logic                   drained_i,
  input  logic                   lut_busy_i,
  input  logic                   dsp_busy_i,

  // post_unit
  output logic                   post_start_o,
  input  logic                   post_done_i,
  output shell_pkg::post_job_t   post_job_o,
  output logic                   post_half_o,
  output logic                   res_write_o,
  output logic                   res_half_o,
  output logic [15:0]            res_address_o,
  output logic [127:0]           res_data_o,
  output logic                   store_read_o,
  output logic                   store_half_o,
  output logic [15:0]            store_address_o,
  input  logic [127:0]           store_data_i,
  output logic                   hand_read_o,
  output logic                   hand_half_o,
  output logic [15:0]            hand_address_o,
  output logic [15:0]            hand_words_o,
  input  logic [127:0]           hand_data_i,
  output logic                   param_write_o,
  output logic [1:0]             param_write_set_o,
  output logic [15:0]            param_write_address_o,
  output logic [127:0]           param_write_data_o,

  output shell_pkg::tokens_t     token_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned Groups = (LutCols + 15) / 16 + (DspCols + 15) / 16 * 2;
  localparam logic [31:0] DescriptorBeats = 32'(256 / BeatBytes);

  logic clear, reset;
  assign reset = rst_i | clear;

  // ---- fetch

  logic                  push, drop, failed, any_error, pending, partial, fetch_busy, idle;
  logic [31:0]           push_address, push_count, list_tile;
  logic [2:0]            level;
  logic                  list_last, fetch_start, fetch_word, fetch_done, fetch_end, accept, tile_last, ring_full, load_a_start;
  shell_pkg::block_t     fetch_block;
  logic                  a_channel, a_beat, a_word, a_done, a_error;
  logic [127:0]          a_data;
  logic [3:0]            code;
  descriptor_pkg::tile_t tile;
  logic [15:0]           lut_row_words, dsp_row_words, base;
  logic [1:0]            act, wgt;
  logic [3:0]            acc, out, in_ring;
  logic                  hand_half;
  logic [15:0]           hand_words;

  list_queue u_lists (
    .clk_i,
    .rst_i(reset),
    .drop_i(drop),
    .push_i(push),
    .address_i(push_address),
    .count_i(push_count),
    .take_i(fetch_start),
    .level_o(level),
    .pending_o(pending),
    .partial_o(partial),
    .tile_o(list_tile),
    .last_o(list_last)
  );

  assign fetch_word = a_word & ~a_channel;

  fetch #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols)
  ) u_fetch (
    .clk_i,
    .rst_i(reset),
    .error_i(failed),
    .act_words_i,
    .lut_weight_words_i,
    .dsp_weight_words_i,
    .acc_entries_i,
    .out_words_i,
    .tile_channels_i,
    .pending_i(pending),
    .address_i(list_tile),
    .last_of_list_i(list_last),
    .ring_full_i(ring_full),
    .load_a_start_i(load_a_start),
    .start_o(fetch_start),
    .block_o(fetch_block),
    .word_i(fetch_word),
    .data_i(a_data),
    .done_i(fetch_done),
    .bus_error_i(a_error),
    .busy_o(fetch_busy),
    .end_o(fetch_end),
    .code_o(code),
    .accept_o(accept),
    .tile_o(tile),
    .last_of_list_o(tile_last),
    .lut_row_words_o(lut_row_words),
    .dsp_row_words_o(dsp_row_words),
    .pool_base_o(base),
    .act_o(act),
    .wgt_o(wgt),
    .acc_o(acc),
    .out_o(out),
    .hand_half_o(hand_half),
    .hand_words_o(hand_words)
  );

  // ---- the ring

  shell_pkg::act_job_t    act_new, act_job;
  shell_pkg::wgt_job_t    wgt_new, wgt_job;
  shell_pkg::exec_job_t   exec_new, exec_job;
  shell_pkg::post_job_t   post_new, post_job;
  shell_pkg::store_job_t  store_new, store_job;
  logic [Groups*64-1:0]   act_groups;
  logic [2:0]             accept_slot, act_slot, wgt_slot, exec_slot, post_slot, store_slot, drained_slot, tail;
  logic                   act_tile, wgt_tile, exec_tile, load_a_end, load_w_end, exec_next, drained, drained_last, store_done;
  logic [3:0]             retired;

  job_split u_split (
    .tile_i(tile),
    .last_of_list_i(tile_last),
    .lut_row_words_i(lut_row_words),
    .dsp_row_words_i(dsp_row_words),
    .pool_base_i(base),
    .act_i(act),
    .wgt_i(wgt),
    .acc_i(acc),
    .out_i(out),
    .hand_half_i(hand_half),
    .hand_words_i(hand_words),
    .act_o(act_new),
    .wgt_o(wgt_new),
    .exec_o(exec_new),
    .post_o(post_new),
    .store_o(store_new)
  );

  ring #(
    .Groups(Groups)
  ) u_ring (
    .clk_i,
    .rst_i(reset),
    .accept_i(accept),
    .act_job_i(act_new),
    .wgt_job_i(wgt_new),
    .exec_job_i(exec_new),
    .post_job_i(post_new),
    .store_job_i(store_new),
    .groups_i(tile.group[Groups*64-1:0]),
    .accept_slot_o(accept_slot),
    .full_o(ring_full),
    .count_o(in_ring),
    .act_next_i(load_a_end),
    .act_tile_o(act_tile),
    .act_slot_o(act_slot),
    .act_job_o(act_job),
    .act_groups_o(act_groups),
    .wgt_next_i(load_w_end),
    .wgt_tile_o(wgt_tile),
    .wgt_slot_o(wgt_slot),
    .wgt_job_o(wgt_job),
    .exec_next_i(exec_next),
    .exec_tile_o(exec_tile),
    .exec_slot_o(exec_slot),
    .exec_job_o(exec_job),
    .exec_groups_o(core_groups_o),
    .post_slot_i(post_slot),
    .post_job_o(post_job),
    .store_slot_i(store_slot),
    .store_job_o(store_job),
    .stored_i(store_done),
    .summed_i(drained & ~drained_last),
    .summed_slot_i(drained_slot),
    .retired_o(retired),
    .tail_o(tail)
  );

  // ---- master A: descriptors, activations, residuals

  logic              load_request, load_word, load_done, res_start, act_loaded, res_loaded, release_act, release_wgt;
  shell_pkg::block_t load_block;
  logic [31:0]       stored, tiles_done;

  dma_read #(
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_dma_a (
    .clk_i,
    .rst_i,
    .outstanding_i,
    .start0_i(fetch_start),
    .block0_i(fetch_block),
    .start1_i(load_request),
    .block1_i(load_block),
    .channel_o(a_channel),
    .beat_o(a_beat),
    .word_o(a_word),
    .data_o(a_data),
    .done0_o(fetch_done),
    .done1_o(a_done),
    .error_o(a_error),
    .araddr_o(m_axi_a_araddr_o),
    .arlen_o(m_axi_a_arlen_o),
    .arsize_o(m_axi_a_arsize_o),
    .arburst_o(m_axi_a_arburst_o),
    .arvalid_o(m_axi_a_arvalid_o),
    .arready_i(m_axi_a_arready_i),
    .rdata_i(m_axi_a_rdata_i),
    .rresp_i(m_axi_a_rresp_i),
    .rlast_i(m_axi_a_rlast_i),
    .rvalid_i(m_axi_a_rvalid_i),
    .rready_o(m_axi_a_rready_o)
  );

  assign load_word = a_word & a_channel;
  assign load_done = a_done;

  load_act #(
    .Groups(Groups)
  ) u_load_act (
    .clk_i,
    .rst_i(reset),
    .tile_i(act_tile),
    .job_i(act_job),
    .groups_i(act_groups),
    .stored_i(stored),
    .release_i(release_act),
    .start_o(load_a_start),
    .res_start_o(res_start),
    .act_loaded_o(act_loaded),
    .res_loaded_o(res_loaded),
    .end_o(load_a_end),
    .request_o(load_request),
    .block_o(load_block),
    .word_i(load_word),
    .done_i(load_done),
    .write_act_o,
    .write_address_o(write_act_address_o),
    .hand_read_o,
    .hand_address_o,
    .write_res_o(res_write_o),
    .res_address_o
  );

  assign write_act_half_o = act_job.act_half;
  assign write_act_data_o = act_job.load_out ? hand_data_i : a_data;
  assign hand_half_o      = act_job.hand_half;
  assign hand_words_o     = act_job.hand_words;
  assign res_half_o       = act_job.stored[0];
  assign res_data_o       = a_data;

  // ---- master W: weights, parameters

  logic              load_w_start, wgt_loaded, w_request, w_word, w_done, w_error, w_beat, unused_channel, unused_done;
  shell_pkg::block_t w_block;
  logic [127:0]      w_data;

  dma_read #(
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_dma_w (
    .clk_i,
    .rst_i,
    .outstanding_i,
    .start0_i(1'b0),
    .block0_i(w_block),
    .start1_i(w_request),
    .block1_i(w_block),
    .channel_o(unused_channel),
    .beat_o(w_beat),
    .word_o(w_word),
    .data_o(w_data),
    .done0_o(unused_done),
    .done1_o(w_done),
    .error_o(w_error),
    .araddr_o(m_axi_w_araddr_o),
    .arlen_o(m_axi_w_arlen_o),
    .arsize_o(m_axi_w_arsize_o),
    .arburst_o(m_axi_w_arburst_o),
    .arvalid_o(m_axi_w_arvalid_o),
    .arready_i(m_axi_w_arready_i),
    .rdata_i(m_axi_w_rdata_i),
    .rresp_i(m_axi_w_rresp_i),
    .rlast_i(m_axi_w_rlast_i),
    .rvalid_i(m_axi_w_rvalid_i),
    .rready_o(m_axi_w_rready_o)
  );

  load_weights #(
    .LutRows(LutRows),
    .DspRows(DspRows)
  ) u_load_weights (
    .clk_i,
    .rst_i(reset),
    .tile_i(wgt_tile),
    .job_i(wgt_job),
    .release_i(release_wgt),
    .start_o(load_w_start),
    .loaded_o(wgt_loaded),
    .end_o(load_w_end),
    .request_o(w_request),
    .block_o(w_block),
    .word_i(w_word),
    .done_i(w_done),
    .write_lut_o,
    .write_dsp_o,
    .write_address_o(write_wgt_address_o),
    .write_param_o(param_write_o),
    .param_set_o(param_write_set_o),
    .param_address_o(param_write_address_o)
  );

  assign write_wgt_half_o   = wgt_job.param_set[0];
  assign write_wgt_data_o   = w_data;
  assign param_write_data_o = w_data;

  // ---- execute, post-process, store

  logic        exec_start, post_start, store_start, s_done, s_error, s_beat;
  logic [31:0] wait_act, wait_wgt, wait_acc, wait_out, lut_busy, dsp_busy;
  logic [15:0] store_address_q;

  exec_issue u_exec (
    .clk_i,
    .rst_i(reset),
    .tile_i(exec_tile),
    .slot_i(exec_slot),
    .job_i(exec_job),
    .act_loaded_i(act_loaded),
    .wgt_loaded_i(wgt_loaded),
    .post_end_i(post_done_i & ~post_job.pool_only),
    .feeding_i,
    .feed_end_i,
    .release_i,
    .drained_i,
    .lut_busy_i,
    .dsp_busy_i,
    .start_o(exec_start),
    .core_start_o,
    .next_o(exec_next),
    .release_act_o(release_act),
    .release_wgt_o(release_wgt),
    .drained_o(drained),
    .drained_slot_o(drained_slot),
    .drained_last_o(drained_last),
    .wait_act_o(wait_act),
    .wait_wgt_o(wait_wgt),
    .wait_acc_o(wait_acc),
    .lut_busy_o(lut_busy),
    .dsp_busy_o(dsp_busy)
  );

  assign core_job_o = exec_job;

  post_store u_post_store (
    .clk_i,
    .rst_i(reset),
    .accept_i(accept),
    .accept_slot_i(accept_slot),
    .accept_stores_i(exec_new.last_c | exec_new.pool_only),
    .drained_i(drained & drained_last),
    .drained_slot_i(drained_slot),
    .pool_start_i(exec_start & exec_job.pool_only),
    .pool_slot_i(exec_slot),
    .res_loaded_i(res_loaded),
    .res_slot_i(act_slot),
    .load_res_i(post_job.load_res),
    .post_slot_o(post_slot),
    .post_start_o(post_start),
    .post_done_i,
    .wait_out_o(wait_out),
    .post_half_o,
    .store_slot_o(store_slot),
    .store_start_o(store_start),
    .store_done_i(store_done),
    .store_half_o
  );

  assign post_start_o = post_start;
  assign post_job_o   = post_job;

  dma_write #(
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_dma_s (
    .clk_i,
    .rst_i,
    .outstanding_i,
    .start_i(store_start & ~store_job.keep),
    .block_i(store_job.out),
    .done_o(s_done),
    .error_o(s_error),
    .beat_o(s_beat),
    .read_o(store_read_o),
    .data_i(store_data_i),
    .awaddr_o(m_axi_s_awaddr_o),
    .awlen_o(m_axi_s_awlen_o),
    .awsize_o(m_axi_s_awsize_o),
    .awburst_o(m_axi_s_awburst_o),
    .awvalid_o(m_axi_s_awvalid_o),
    .awready_i(m_axi_s_awready_i),
    .wdata_o(m_axi_s_wdata_o),
    .wstrb_o(m_axi_s_wstrb_o),
    .wlast_o(m_axi_s_wlast_o),
    .wvalid_o(m_axi_s_wvalid_o),
    .wready_i(m_axi_s_wready_i),
    .bresp_i(m_axi_s_bresp_i),
    .bvalid_i(m_axi_s_bvalid_i),
    .bready_o(m_axi_s_bready_o)
  );

  assign store_done = s_done | (store_start & store_job.keep);

  always_ff @(posedge clk_i) begin
    if (store_start) store_address_q <= 16'd0;
    else if (store_read_o) store_address_q <= store_address_q + 16'd1;
  end
  assign store_address_o = store_address_q;

  // ---- registers

  logic [31:0] a_beats_q, w_beats_q, s_beats_q;  // of the transfer under way
  logic [2:0]  act_place, wgt_place, store_place;

  always_ff @(posedge clk_i) begin
    if (reset || load_request) a_beats_q <= 32'd0;
    else a_beats_q <= a_beats_q + {31'b0, a_beat & a_channel};
    if (reset || w_request) w_beats_q <= 32'd0;
    else w_beats_q <= w_beats_q + 32'(w_beat);
    if (reset || store_start) s_beats_q <= 32'd0;
    else s_beats_q <= s_beats_q + 32'(s_beat);
  end

  assign idle        = (level == 3'd0) & ~partial & ~fetch_busy & (in_ring == 4'd0);
  assign act_place   = act_slot - tail;
  assign wgt_place   = wgt_slot - tail;
  assign store_place = store_slot - tail;

  shell_regs #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols)
  ) u_regs (
    .clk_i,
    .rst_i,
    .awaddr_i(s_axil_awaddr_i),
    .awvalid_i(s_axil_awvalid_i),
    .awready_o(s_axil_awready_o),
    .wdata_i(s_axil_wdata_i),
    .wstrb_i(s_axil_wstrb_i),
    .wvalid_i(s_axil_wvalid_i),
    .wready_o(s_axil_wready_o),
    .bresp_o(s_axil_bresp_o),
    .bvalid_o(s_axil_bvalid_o),
    .bready_i(s_axil_bready_i),
    .araddr_i(s_axil_araddr_i),
    .arvalid_i(s_axil_arvalid_i),
    .arready_o(s_axil_arready_o),
    .rdata_o(s_axil_rdata_o),
    .rresp_o(s_axil_rresp_o),
    .rvalid_o(s_axil_rvalid_o),
    .rready_i(s_axil_rready_i),
    .irq_o,
    .clear_o(clear),
    .push_o(push),
    .push_address_o(push_address),
    .push_count_o(push_count),
    .drop_o(drop),
    .failed_o(failed),
    .error_o(any_error),
    .level_i(level),
    .idle_i(idle),
    .refused_i(fetch_end & ~accept),
    .refused_code_i(code),
    .refused_tile_i(tiles_done + 32'(in_ring)),
    .act_error_i(a_done & a_error),
    .act_error_tile_i(tiles_done + 32'(act_place)),
    .wgt_error_i(wgt_loaded & w_error),
    .wgt_error_tile_i(tiles_done + 32'(wgt_place)),
    .store_error_i(s_done & s_error),
    .store_error_tile_i(tiles_done + 32'(store_place)),
    .store_end_i(store_done),
    .list_end_i(store_job.last_of_list),
    .tile_irq_i(store_job.irq),
    .store_start_i(store_start),
    .retired_i(retired),
    .exec_start_i(exec_start),
    .wait_act_i(wait_act),
    .wait_wgt_i(wait_wgt),
    .wait_acc_i(wait_acc),
    .feed_end_i,
    .lut_busy_i(lut_busy),
    .dsp_busy_i(dsp_busy),
    .post_start_i(post_start),
    .wait_out_i(wait_out),
    .read_a_end_i(fetch_done | a_done),
    .read_a_beats_i(fetch_done ? DescriptorBeats : a_beats_q + 32'd1),
    .read_w_end_i(w_done),
    .read_w_beats_i(w_beats_q + 32'd1),
    .write_beats_i((store_job.keep && !`MSD_FAULT(`FAULT_KEEP_BEATS)) ? 32'd0 : s_beats_q),
    .tiles_done_o(tiles_done),
    .stored_o(stored)
  );

  always_comb begin
    token_o.fetch_start  = fetch_start;
    token_o.fetched      = accept;
    token_o.load_a_start = load_a_start;
    token_o.act_loaded   = act_loaded;
    token_o.res_start    = res_start;
    token_o.res_loaded   = res_loaded;
    token_o.load_w_start = load_w_start;
    token_o.wgt_loaded   = wgt_loaded;
    token_o.exec_start   = exec_start;
    token_o.feed_end     = feed_end_i;
    token_o.drained      = drained;
    token_o.post_start   = post_start;
    token_o.post_end     = post_done_i;
    token_o.store_start  = store_start;
    token_o.store_end    = store_done;
    token_o.error        = any_error;
  end

  logic unused_bits;
  assign unused_bits = ^{unused_channel, unused_done, tile};

endmodule
