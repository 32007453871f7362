// dsp_mac.sv with its product written as that of each half; that the one product of the packed operand is the same is
// tried for all 2^24 operand triples (tests/rtl/packed_product_test.cpp).
module dsp_mac (
  input  logic               clk_i,
  input  logic               clear_i,
  input  logic signed [24:0] a_i,
  input  logic signed [7:0]  b_i,
  output logic        [47:0] p_o
);

  logic signed [8:0]  high;
  logic signed [7:0]  low;
  logic signed [16:0] high_product;
  logic signed [15:0] low_product;
  logic        [47:0] p_q;

  assign low          = a_i[7:0];
  assign high         = a_i[24:16] + {8'b0, a_i[7]};
  assign high_product = high * b_i;
  assign low_product  = low * b_i;

  always_ff @(posedge clk_i) begin
    if (clear_i) p_q <= '0;
    else p_q <= p_q + {{15{high_product[16]}}, high_product, 16'b0} + {{32{low_product[15]}}, low_product};
  end

  assign p_o = p_q;

endmodule
