// The DSP block's part of a DSP element: 25 x 8 bit multiply, 48 bit accumulate, synchronous clear.
module dsp_mac (
  input  logic               clk_i,
  input  logic               clear_i,
  input  logic signed [24:0] a_i,
  input  logic signed [7:0]  b_i,
  output logic        [47:0] p_o
);

  logic signed [47:0] p_q;

  always_ff @(posedge clk_i) begin
    if (clear_i) p_q <= '0;
    else p_q <= p_q + a_i * b_i;
  end

  assign p_o = p_q;

endmodule
