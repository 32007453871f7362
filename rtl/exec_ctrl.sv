// Both cores' common state: a tile is being fed; and, delayed, that its operands are free and its sums are complete.
`include "faults.svh"

module exec_ctrl #(
  parameter int unsigned Release = 4,  // from feed_end_o; at least 1
  parameter int unsigned Drain   = 12  // from feed_end_o; at least 1
) (
  input  logic clk_i,
  input  logic rst_i,
  input  logic start_i,      // in Exec_start; only while feeding_o is low
  input  logic last_c_i,
  input  logic lut_done_i,
  input  logic dsp_done_i,
  output logic feeding_o,
  output logic feed_end_o,   // in the cycle of the tile's last slot
  output logic release_o,
  output logic drained_o,    // in the cycle of the larger core's last bank write
  output logic acc_full_o    // likewise, if the tile was the last of its sum
);

  `MSD_FAULT_DECLARE

  logic               feeding_q;
  logic [Release-1:0] release_q;
  logic [Drain-1:0]   drain_q, last_q;
  logic               last;

  assign last       = feed_end_o & last_c_i;
  assign feed_end_o = feeding_q & lut_done_i & dsp_done_i;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      feeding_q <= 1'b0;
      release_q <= '0;
      drain_q   <= '0;
      last_q    <= '0;
    end else begin
      feeding_q <= start_i | (feeding_q & ~feed_end_o);
      release_q <= (release_q << 1) | Release'(feed_end_o);
      drain_q   <= (drain_q << 1) | Drain'(feed_end_o);
      last_q    <= (last_q << 1) | Drain'(last);
    end
  end

  assign feeding_o  = feeding_q;
  assign release_o  = release_q[Release-1];
  assign drained_o  = `MSD_FAULT(`FAULT_DRAIN_EARLY) ? drain_q[Drain-2] : drain_q[Drain-1];
  assign acc_full_o = last_q[Drain-1];

endmodule
