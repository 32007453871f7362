// An AXI4 master that reads blocks for two channels: channel 0 goes before the next burst of channel 1. docs/dma.md.
`include "faults.svh"

module dma_read #(
  parameter int unsigned BeatBytes   = 16,  // 8 or 16
  parameter int unsigned Outstanding = 8    // bursts in flight at most
) (
  input  logic                   clk_i,
  input  logic                   rst_i,
  input  logic [6:0]             outstanding_i,  // bursts in flight, 1..Outstanding

  // Asked for in cycle t, a block issues its first burst in t + 1 at the earliest. One block a channel at a time.
  input  logic                   start0_i,
  input  shell_pkg::block_t      block0_i,
  input  logic                   start1_i,
  input  shell_pkg::block_t      block1_i,

  // A word in the cycle after its last beat: the cycle in which it is written to a RAM.
  output logic                   channel_o,
  output logic                   beat_o,      // a beat came in the cycle before
  output logic                   word_o,
  output logic [127:0]           data_o,      // zero where a beat carried an error
  output logic                   done0_o,     // with the block's last word
  output logic                   done1_o,
  output logic                   error_o,     // with done: a beat of the block carried an error

  output logic [31:0]            araddr_o,
  output logic [7:0]             arlen_o,
  output logic [2:0]             arsize_o,
  output logic [1:0]             arburst_o,
  output logic                   arvalid_o,
  input  logic                   arready_i,
  input  logic [BeatBytes*8-1:0] rdata_i,
  input  logic [1:0]             rresp_i,
  input  logic                   rlast_i,
  input  logic                   rvalid_i,
  output logic                   rready_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned FifoDepth = (Outstanding < 2) ? 2 : 1 << $clog2(Outstanding);

  logic        active0, active1, last0, last1, last, issue, select, hold_q, held_q, credit;
  logic [31:0] address0, address1;
  logic [4:0]  beats0, beats1, beats;
  logic [6:0]  in_flight_q;
  logic        tag_channel, tag_last, unused_empty, burst_end;
  logic        beat_q, channel_q, done0_q, done1_q, error_q, upper_q;
  logic [1:0]  failed_q;  // of the block whose beats are coming in

  block_cursor #(.BeatBytes(BeatBytes)) u_cursor0 (
    .clk_i,
    .rst_i,
    .start_i(start0_i),
    .block_i(block0_i),
    .next_i(issue & ~select),
    .active_o(active0),
    .address_o(address0),
    .beats_o(beats0),
    .last_o(last0)
  );

  block_cursor #(.BeatBytes(BeatBytes)) u_cursor1 (
    .clk_i,
    .rst_i,
    .start_i(start1_i),
    .block_i(block1_i),
    .next_i(issue & select),
    .active_o(active1),
    .address_o(address1),
    .beats_o(beats1),
    .last_o(last1)
  );

  // An address that waits for ARREADY stays what it is.
  assign select    = hold_q ? held_q : (`MSD_FAULT(`FAULT_FETCH_LAST) ? active1 : ~active0);
  assign credit    = (in_flight_q < outstanding_i) | (`MSD_FAULT(`FAULT_CREDIT) & rvalid_i & rlast_i);
  assign arvalid_o = (active0 | active1) & credit;
  assign issue     = arvalid_o & arready_i;
  assign beats     = select ? beats1 : beats0;
  assign last      = select ? last1 : last0;
  assign araddr_o  = select ? address1 : address0;
  assign arlen_o   = 8'(beats) - 8'd1;
  assign arsize_o  = (BeatBytes == 16) ? 3'd4 : 3'd3;
  assign arburst_o = 2'b01;
  assign rready_o  = 1'b1;  // space is reserved before a block is asked for

  fifo #(
    .Width(2),
    .Depth(FifoDepth)
  ) u_tags (
    .clk_i,
    .rst_i,
    .push_i(issue),
    .data_i({select, last}),
    .pop_i(burst_end),
    .empty_o(unused_empty),
    .data_o({tag_channel, tag_last})
  );

  assign burst_end = rvalid_i & rlast_i;

  always_ff @(posedge clk_i) begin
    held_q    <= select;
    channel_q <= tag_channel;
    if (rvalid_i) begin
      failed_q[tag_channel] <= rresp_i[1] | (failed_q[tag_channel] & ~(burst_end & tag_last));
      error_q               <= rresp_i[1] | failed_q[tag_channel];
      if (burst_end && tag_last) failed_q[tag_channel] <= 1'b0;
    end
    if (rst_i) begin
      hold_q      <= 1'b0;
      in_flight_q <= 7'd0;
      beat_q      <= 1'b0;
      done0_q     <= 1'b0;
      done1_q     <= 1'b0;
      failed_q    <= 2'b0;
    end else begin
      hold_q      <= arvalid_o & ~arready_i;
      in_flight_q <= in_flight_q + 7'(issue) - 7'(burst_end);
      beat_q      <= rvalid_i;
      done0_q     <= burst_end & tag_last & ~tag_channel;
      done1_q     <= burst_end & tag_last & tag_channel;
    end
  end

  if (BeatBytes == 16) begin : gen_wide
    logic [127:0] data_q;
    always_ff @(posedge clk_i) begin
      if (rvalid_i) data_q <= rresp_i[1] ? 128'd0 : rdata_i;
      upper_q <= 1'b1;
    end
    assign data_o = data_q;
  end else begin : gen_narrow  // a word is written with its second beat
    logic [127:0] data_q;
    always_ff @(posedge clk_i) begin
      if (rvalid_i) data_q <= {rresp_i[1] ? 64'd0 : rdata_i, data_q[127:64]};
      if (rst_i) upper_q <= 1'b1;
      else if (rvalid_i) upper_q <= ~upper_q;
    end
    assign data_o = data_q;
  end

  assign channel_o = channel_q;
  assign beat_o    = beat_q;
  assign word_o    = beat_q & upper_q & ~(`MSD_FAULT(`FAULT_LOST_BEAT) & (done0_q | done1_q));
  assign done0_o   = done0_q;
  assign done1_o   = done1_q;
  assign error_o   = error_q;

  logic unused_bits;
  assign unused_bits = rresp_i[0];

endmodule
