// When a tile may execute, and what its end releases: the tokens between the loaders, the cores and post-processing.
`include "faults.svh"

module exec_issue (
  input  logic                 clk_i,
  input  logic                 rst_i,           // also by CLEAR
  input  logic                 tile_i,          // the next tile is in the ring
  input  logic [2:0]           slot_i,          // its place there
  input  shell_pkg::exec_job_t job_i,
  input  logic                 act_loaded_i,
  input  logic                 wgt_loaded_i,
  input  logic                 post_end_i,      // of a tile with LAST_C

  // core_top
  input  logic                 feeding_i,
  input  logic                 feed_end_i,
  input  logic                 release_i,
  input  logic                 drained_i,
  input  logic                 lut_busy_i,
  input  logic                 dsp_busy_i,

  output logic                 start_o,         // Exec_start
  output logic                 core_start_o,    // not of POOL_ONLY
  output logic                 next_o,          // the next cycle shows the next tile
  output logic                 release_act_o,
  output logic                 release_wgt_o,
  output logic                 drained_o,       // sums of the tile in drained_slot_o are complete
  output logic [2:0]           drained_slot_o,
  output logic                 drained_last_o,  // it had LAST_C

  // Cycles to be counted: waits at Exec_start, busy ones at feed_end.
  output logic [31:0]          wait_act_o,
  output logic [31:0]          wait_wgt_o,
  output logic [31:0]          wait_acc_o,
  output logic [31:0]          lut_busy_o,
  output logic [31:0]          dsp_busy_o
);

  `MSD_FAULT_DECLARE

  logic [1:0]  act_count_q, wgt_count_q;   // halves loaded
  logic [3:0]  post_count_q;               // sums that left their accumulator half
  logic        ready, act_seen, wgt_seen, acc_seen;
  logic [31:0] wait_act_q, wait_wgt_q, wait_acc_q, lut_busy_q, dsp_busy_q;
  logic        late_release, release_tile;

  // Tiles between Exec_start and the last write of their sums, in order.
  logic [5:0]  line[8];
  logic [2:0]  in_q, release_q, drain_q;
  logic [5:0]  released, drained;

  assign ready    = tile_i & ~feeding_i;
  assign act_seen = job_i.pool_only | (job_i.act != act_count_q);  // at most two halves ahead
  assign wgt_seen = job_i.pool_only | (job_i.wgt != wgt_count_q);
  // Who adds to sums waits for the other half, so that drain and post never want the banks' read port together.
  assign acc_seen = job_i.pool_only | (job_i.acc - post_count_q <= (job_i.first_c ? 4'd1 : 4'd0)) |
                    (`MSD_FAULT(`FAULT_ACC_HALF) & (job_i.acc - post_count_q <= 4'd1));

  assign start_o      = ready & act_seen & wgt_seen & acc_seen;
  assign core_start_o = start_o & ~job_i.pool_only;
  assign next_o       = feed_end_i | (start_o & job_i.pool_only);

  assign late_release = `MSD_FAULT(`FAULT_RELEASE_AT_FEED_END);
  assign release_tile = late_release ? feed_end_i : release_i;

  assign released       = line[release_q];
  assign drained        = line[drain_q];
  assign release_act_o  = release_tile & released[0];
  assign release_wgt_o  = release_tile & released[1];
  assign drained_o      = drained_i;
  assign drained_last_o = drained[2];
  assign drained_slot_o = drained[5:3];

  always_ff @(posedge clk_i) begin
    if (core_start_o) line[in_q] <= {slot_i, job_i.last_c, job_i.release_wgt, job_i.release_act};
    if (rst_i) begin
      in_q         <= 3'd0;
      release_q    <= 3'd0;
      drain_q      <= 3'd0;
      act_count_q  <= 2'd0;
      wgt_count_q  <= 2'd0;
      post_count_q <= 4'd0;
    end else begin
      in_q         <= in_q + 3'(core_start_o);
      release_q    <= release_q + 3'(release_tile);
      drain_q      <= drain_q + 3'(drained_i);
      act_count_q  <= act_count_q + 2'(act_loaded_i);
      wgt_count_q  <= wgt_count_q + 2'(wgt_loaded_i);
      post_count_q <= post_count_q + 4'(post_end_i);
    end

    if (rst_i || start_o) begin
      wait_act_q <= 32'd0;
      wait_wgt_q <= 32'd0;
      wait_acc_q <= 32'd0;
    end else if (ready) begin
      if (!act_seen) wait_act_q <= wait_act_q + 32'd1;
      else if (!wgt_seen) wait_wgt_q <= wait_wgt_q + 32'd1;
      else wait_acc_q <= wait_acc_q + 32'd1;
    end
    if (start_o) begin
      lut_busy_q <= 32'd0;
      dsp_busy_q <= 32'd0;
    end else begin
      lut_busy_q <= lut_busy_o;
      dsp_busy_q <= dsp_busy_o;
    end
  end

  assign wait_act_o = wait_act_q;
  assign wait_wgt_o = wait_wgt_q;
  assign wait_acc_o = wait_acc_q;
  assign lut_busy_o = lut_busy_q + {31'b0, lut_busy_i | (`MSD_FAULT(`FAULT_BUSY_COUNT) & feed_end_i)};
  assign dsp_busy_o = dsp_busy_q + 32'(dsp_busy_i);

  logic unused_bits;
  assign unused_bits = ^{job_i, released, drained};

endmodule
