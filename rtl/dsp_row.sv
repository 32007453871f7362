// A row of DSP processing elements: two exact 32-bit sums from one multiplier, with a counter of the low sum's wraps.
// p = high * 2^16 + low. One product moves low by at most 2^14, a quadrant of its 16 bits, so that the two
// top bits before and after tell a wrap. The counter lags p by one cycle.
`include "faults.svh"

module dsp_row #(
  parameter int unsigned Cols = 1
) (
  input  logic               clk_i,
  input  logic [Cols*17-1:0] act_i /*verilator public_flat_rd*/,     // {high - (low < 0) : 9 bits, low : 8 bits}
  input  logic [7:0]         weight_i /*verilator public_flat_rd*/,  // 0 in empty slots; moves right, as clear, one column a cycle
  input  logic               clear_i /*verilator public_flat_rd*/,
  output logic [Cols*17-1:0] act_o,     // one cycle later
  output logic [Cols*48-1:0] p_o,       // of each element
  output logic [Cols*16-1:0] wraps_o    // of p one cycle ago
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  `MSD_FAULT_DECLARE

  // As each column sees them.
  logic [Cols*8+7:0]  weight;
  logic [Cols*8-1:0]  weight_q;
  logic [Cols+1:0]    clear;
  logic [Cols:0]      clear_q;
  logic [Cols*2-1:0]  quad_q;
  logic [Cols*16-1:0] wraps_q;

  assign weight = {weight_q, weight_i};
  assign clear  = {clear_q, clear_i};

  for (genvar m = 0; m < Cols; m++) begin : gen_mac
    dsp_mac u_mac (
      .clk_i,
      .clear_i(clear[m]),
      .a_i({act_i[m*17+8+:9], {8{act_i[m*17+7]}}, act_i[m*17+:8]}),
      .b_i(weight[m*8+:8]),
      .p_o(p_o[m*48+:48])
    );
  end

  always_ff @(posedge clk_i) begin
    act_o    <= act_i;
    weight_q <= weight[Cols*8-1:0];
    clear_q  <= clear[Cols:0];
    for (int unsigned m = 0; m < Cols; m++) begin
      quad_q[m*2+:2] <= p_o[m*48+14+:2];
      if (clear[m+1]) begin
        wraps_q[m*16+:16] <= '0;
      end else if ((quad_q[m*2+:2] == 2'd3 && p_o[m*48+14+:2] == 2'd0 && !`MSD_FAULT(`FAULT_LOST_CARRY)) ||
                   (quad_q[m*2+:2] == 2'd0 && p_o[m*48+14+:2] == 2'd3)) begin
        wraps_q[m*16+:16] <= wraps_q[m*16+:16] + {{15{~quad_q[m*2+1]}}, 1'b1};  // up from quadrant 3, down from 0
      end
    end
  end

  assign wraps_o = wraps_q;

  logic unused_right;
  assign unused_right = ^{weight[Cols*8+:8], clear[Cols+1]};

endmodule
