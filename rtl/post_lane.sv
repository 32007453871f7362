// One lane of post-processing: (sum + bias) * multiplier, rounded and shifted to int8, the residual added, clamped. An item
// that is in acc_i in cycle t is in y_o in cycle t + 16. Constants come from post_unit, each in the cycle that needs it.
`include "faults.svh"

module post_lane (
  input  logic               clk_i,
  input  logic signed [31:0] acc_i,         // t
  input  logic signed [31:0] bias_i,        // t
  input  logic [23:0]        multiplier_i,  // t + 1
  input  logic [23:0]        multiplier_late_i,  // t + 2
  input  logic [58:0]        offset_i,      // t + 4
  input  logic [58:0]        half_i,        // t + 5
  input  logic [58:0]        half_below_i,  // t + 5, of a negative value
  input  logic [5:0]         shift_i,       // t + 6
  input  logic [3:0]         fine_i,        // t + 7
  input  logic [7:0]         zero_i,        // t + 8
  input  logic [7:0]         residual_i,    // t + 9
  // Constants of the tile, or while it is pooled of its pool.
  input  logic               add_i,         // the residual is added
  input  logic [7:0]         zero_conv_i,
  input  logic [7:0]         zero_res_i,
  input  logic [7:0]         zero_out_i,
  input  logic [23:0]        mul_conv_i,
  input  logic [23:0]        mul_res_i,
  input  logic [5:0]         shift_res_i,
  input  logic [34:0]        half_res_i,
  input  logic [7:0]         lo_i,
  input  logic [7:0]         hi_i,
  output logic [7:0]         y_o            // t + 16
);

  `MSD_FAULT_DECLARE

  // Sum times multiplier: two DSP blocks, the sum in a high and a low part.
  logic signed [32:0] x_q;                     // t + 1
  logic signed [15:0] x_high_q;                // t + 2
  logic signed [41:0] low_q;
  logic signed [41:0] low_qq;                  // t + 3
  logic signed [40:0] high_q;
  logic        [56:0] p_q;                     // t + 4
  logic signed [40:0] p_high;
  logic        [58:0] v_q;                     // t + 5
  logic        [58:0] w_q;                     // t + 6
  logic        [7:0]  t;                       // t + 9
  logic signed [17:0] x_low;
  logic signed [24:0] m, m_late;

  assign x_low  = {1'b0, x_q[16:0]};
  assign m      = {1'b0, multiplier_i};
  assign m_late = {1'b0, multiplier_late_i};
  assign p_high = high_q + {{16{low_qq[41]}}, low_qq[41:17]};

  always_ff @(posedge clk_i) begin
    x_q      <= {acc_i[31], acc_i} + {bias_i[31], bias_i};
    x_high_q <= x_q[32:17];
    low_q    <= m * x_low;
    low_qq   <= low_q;
    high_q   <= m_late * x_high_q;
    p_q      <= {`MSD_FAULT(`FAULT_POST_CARRY) ? high_q[39:0] : p_high[39:0], low_qq[16:0]};  // |p| < 2^56
    v_q      <= {{2{p_q[56]}}, p_q} + offset_i;
    w_q      <= v_q + ((v_q[58] && !`MSD_FAULT(`FAULT_POST_ROUND)) ? half_below_i : half_i);
  end

  round_shift #(
    .Width(59),
    .Zero(58)
  ) u_shift (
    .clk_i,
    .value_i(w_q),
    .shift_i,
    .fine_i,
    .zero_i,
    .lo_i(8'h80),
    .hi_i(8'h7f),
    .y_o(t)
  );

  // The residual: y = zero_out + away((t - zero_conv) * mul_conv + (r - zero_res) * mul_res, shift_res).
  logic signed [8:0]  dt_q, dr_q, dr_qq;       // t + 10, dr_qq t + 11
  logic signed [33:0] sum_q, both_q;           // t + 11, t + 12
  logic        [34:0] rounded_q;               // t + 13
  logic        [7:0]  added;                   // t + 16
  logic        [47:0] t_q;                     // t + 10 .. t + 15
  logic        [7:0]  t_late, clamped_q;
  logic signed [24:0] ma, mb;

  assign ma = {1'b0, mul_conv_i};
  assign mb = {1'b0, mul_res_i};

  always_ff @(posedge clk_i) begin
    dt_q      <= $signed({t[7], t}) - $signed({zero_conv_i[7], zero_conv_i});
    dr_q      <= $signed({residual_i[7], residual_i}) - $signed({zero_res_i[7], zero_res_i});
    dr_qq     <= dr_q;
    sum_q     <= ma * dt_q;
    both_q    <= sum_q + mb * dr_qq;
    rounded_q <= {both_q[33], both_q} + half_res_i - {34'b0, both_q[33] & ~`MSD_FAULT(`FAULT_POST_AWAY)};
    t_q       <= {t_q[39:0], t};
  end

  round_shift #(
    .Width(35),
    .Zero(34)
  ) u_add (
    .clk_i,
    .value_i(rounded_q),
    .shift_i(shift_res_i),
    .fine_i(shift_res_i[3:0]),
    .zero_i(zero_out_i),
    .lo_i,
    .hi_i,
    .y_o(added)
  );

  assign t_late = t_q[47:40];

  always_ff @(posedge clk_i) begin
    if ($signed(t_late) < $signed(lo_i)) clamped_q <= lo_i;
    else if ($signed(t_late) > $signed(hi_i)) clamped_q <= hi_i;
    else clamped_q <= t_late;
  end

  assign y_o = add_i ? added : clamped_q;

  logic unused_bits;
  assign unused_bits = p_high[40] ^ high_q[40];

endmodule
