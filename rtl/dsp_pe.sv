// One DSP processing element: two exact 32-bit sums from one multiplier, with a counter of the low sum's wraps.
// p = high * 2^16 + low. One product moves low by at most 2^14, a quadrant of its 16 bits, so that the two
// top bits before and after tell a wrap. The counter lags p by one cycle.
`include "faults.svh"

module dsp_pe (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic [16:0] act_i,     // {high - (low < 0) : 9 bits, low : 8 bits}
  input  logic [7:0]  weight_i,  // 0 in empty slots
  input  logic        clear_i,
  output logic [16:0] act_o,
  output logic [7:0]  weight_o,
  output logic        clear_o,
  output logic [47:0] sum_o,     // p, zero unless clear_i
  output logic [15:0] wraps_o    // one cycle later, zero otherwise
);

  `MSD_FAULT_DECLARE

  logic [47:0] p;
  logic [15:0] wraps_q;
  logic [1:0]  quad_q;
  logic        up, down;

  dsp_mac u_mac (
    .clk_i,
    .clear_i(rst_i | clear_i),
    .a_i({act_i[16:8], {8{act_i[7]}}, act_i[7:0]}),
    .b_i(weight_i),
    .p_o(p)
  );

  assign up   = (quad_q == 2'd3) && (p[15:14] == 2'd0) && !`MSD_FAULT(`FAULT_LOST_CARRY);
  assign down = (quad_q == 2'd0) && (p[15:14] == 2'd3);

  always_ff @(posedge clk_i) begin
    act_o <= act_i;
    if (rst_i) begin
      weight_o <= '0;
      clear_o  <= 1'b0;
      quad_q   <= '0;
    end else begin
      weight_o <= weight_i;
      clear_o  <= clear_i;
      quad_q   <= p[15:14];
    end
    if (rst_i || clear_o) wraps_q <= '0;
    else wraps_q <= wraps_q + {{15{down}}, up | down};
  end

  assign sum_o   = clear_i ? p : '0;
  assign wraps_o = clear_o ? wraps_q : '0;

endmodule
