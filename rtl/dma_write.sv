// An AXI4 master that writes blocks from a RAM that is read in block order. docs/dma.md.
`include "faults.svh"

module dma_write #(
  parameter int unsigned BeatBytes   = 16,  // 8 or 16
  parameter int unsigned Outstanding = 8
) (
  input  logic                   clk_i,
  input  logic                   rst_i,
  input  logic [6:0]             outstanding_i,

  // Asked for in cycle t, a block issues its first address in t + 1 at the earliest. One block at a time.
  input  logic                   start_i,
  input  shell_pkg::block_t      block_i,
  output logic                   done_o,    // in the cycle after the last response
  output logic                   error_o,   // with done_o
  output logic                   beat_o,    // a data beat is taken in this cycle

  output logic                   read_o,    // next word of the block; its data are there from the next cycle until the next read
  input  logic [127:0]           data_i,

  output logic [31:0]            awaddr_o,
  output logic [7:0]             awlen_o,
  output logic [2:0]             awsize_o,
  output logic [1:0]             awburst_o,
  output logic                   awvalid_o,
  input  logic                   awready_i,
  output logic [BeatBytes*8-1:0] wdata_o,
  output logic [BeatBytes-1:0]   wstrb_o,
  output logic                   wlast_o,
  output logic                   wvalid_o,
  input  logic                   wready_i,
  input  logic [1:0]             bresp_i,
  input  logic                   bvalid_i,
  output logic                   bready_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned FifoDepth = (Outstanding < 2) ? 2 : 1 << $clog2(Outstanding);

  logic       active, last, issue, pop, empty, advance, fetch, burst_start;
  logic [4:0] beats, queued, head, left_q;  // left_q: beats of the present burst still to be read
  logic [6:0] in_flight_q;
  logic       valid_q, last_q, upper_q, odd_q, done_q, error_q, failed_q;

  block_cursor #(.BeatBytes(BeatBytes)) u_cursor (
    .clk_i,
    .rst_i,
    .start_i,
    .block_i,
    .next_i(issue),
    .active_o(active),
    .address_o(awaddr_o),
    .beats_o(beats),
    .last_o(last)
  );

  assign awvalid_o = active & (in_flight_q < outstanding_i);
  assign issue     = awvalid_o & awready_i;
  assign awlen_o   = 8'(beats) - 8'd1;
  assign awsize_o  = (BeatBytes == 16) ? 3'd4 : 3'd3;
  assign awburst_o = 2'b01;

  // Bursts whose data have not begun. The first beat is read in the cycle of the address if nothing is before it.
  fifo #(
    .Width(5),
    .Depth(FifoDepth)
  ) u_bursts (
    .clk_i,
    .rst_i,
    .push_i(issue),
    .data_i(beats),
    .pop_i(burst_start),
    .empty_o(empty),
    .data_o(queued)
  );

  assign head        = empty ? beats : queued;
  assign pop         = ~empty | issue;
  assign advance     = ~valid_q | wready_i;
  assign burst_start = advance & (left_q == 5'd0) & pop;
  assign fetch       = burst_start | (advance & (left_q != 5'd0));
  assign read_o      = fetch & ~odd_q;

  always_ff @(posedge clk_i) begin
    if (fetch) begin
      left_q  <= (left_q == 5'd0) ? head - 5'd1 : left_q - 5'd1;
      last_q  <= (left_q == 5'd0) ? head == 5'd1 : left_q == 5'd1;
      upper_q <= odd_q;
    end
    error_q  <= bresp_i[1] | failed_q;
    if (rst_i) begin
      left_q      <= 5'd0;
      valid_q     <= 1'b0;
      odd_q       <= 1'b0;
      done_q      <= 1'b0;
      failed_q    <= 1'b0;
      in_flight_q <= 7'd0;
    end else begin
      if (advance) valid_q <= fetch;
      if (fetch && BeatBytes == 8) odd_q <= ~odd_q;
      in_flight_q <= in_flight_q + 7'(issue) - 7'(bvalid_i);
      done_q      <= bvalid_i & (in_flight_q == 7'd1) & ~active;
      if (bvalid_i) failed_q <= (failed_q | bresp_i[1]) & ~((in_flight_q == 7'd1) & ~active);
    end
  end

  if (BeatBytes == 16) begin : gen_wide
    assign wdata_o = data_i;
    logic unused_upper;
    assign unused_upper = upper_q;
  end else begin : gen_narrow
    assign wdata_o = upper_q ? data_i[127:64] : data_i[63:0];
  end

  assign wstrb_o  = '1;
  assign wvalid_o = valid_q;
  assign wlast_o  = last_q;
  assign bready_o = 1'b1;
  assign done_o   = `MSD_FAULT(`FAULT_STORED_AT_DATA) ? valid_q & wready_i & last_q & empty & ~active : done_q;
  assign error_o  = error_q & done_q;
  assign beat_o   = valid_q & wready_i;

  logic unused_bits;
  assign unused_bits = ^{last, bresp_i[0]};

endmodule
