// Both halves of the DSP element's packed sum are the sums of their products, modulo 2^32, for every sequence of operands:
// an invariant, as in lut_pe_proof.sv. The wrap counter speaks of the cycle before.
module dsp_pe_proof (
  input logic        clk_i,
  input logic        rst_i,
  input logic [16:0] act_i,
  input logic [7:0]  weight_i,
  input logic        clear_i
);

  logic [47:0]        p, p_q;
  logic [15:0]        wraps;
  logic [16:0]        act;
  logic [31:0]        low_q, low_qq, high_q, high_qq;
  logic               started_q, started_qq;
  logic signed [8:0]  high;
  logic signed [7:0]  low, weight;
  logic signed [16:0] high_product;
  logic signed [15:0] low_product;

  dsp_row #(
    .Cols(1)
  ) u_row (
    .clk_i,
    .act_i,
    .weight_i,
    .clear_i(clear_i | rst_i),
    .act_o(act),
    .p_o(p),
    .wraps_o(wraps)
  );

  assign weight       = weight_i;
  assign low          = act_i[7:0];
  assign high         = act_i[16:8] + {8'b0, act_i[7]};
  assign high_product = high * weight;
  assign low_product  = low * weight;

  // The low sum stays within 32 bits, as docs/numbers.md demands of every layer.
  logic [32:0] low_next;
  assign low_next = {low_q[31], low_q} + {{17{low_product[15]}}, low_product};

  initial begin
    started_q  = 1'b0;
    started_qq = 1'b0;
  end
  always_ff @(posedge clk_i) begin
    started_q  <= 1'b1;
    started_qq <= started_q;
    p_q        <= p;
    low_qq     <= low_q;
    high_qq    <= high_q;
    if (rst_i || clear_i) begin
      low_q  <= 32'd0;
      high_q <= 32'd0;
    end else begin
      low_q  <= low_q + {{16{low_product[15]}}, low_product};
      high_q <= high_q + {{15{high_product[16]}}, high_product};
    end
  end

  always_comb begin
    assume (rst_i == ~started_qq);  // two cycles: the wrap counter is cleared one later
    // Of the products only their bounds matter: the solver takes any value within them.
    assume (low_product >= -16'sd16256 && low_product <= 16'sd16384);
    assume (low_next[32] == low_next[31]);
    if (started_qq) begin
      the_packed_sum_is_both: assert (p == {high_q, 16'b0} + {{16{low_q[31]}}, low_q});
      the_low_sum_is_exact: assert ({wraps, p_q[15:0]} == low_qq);
      the_high_sum_is_exact: assert (p_q[47:16] - {{16{wraps[15]}}, wraps} == high_qq);
      opposite_signs: cover (clear_i && low_q[31] && !high_q[31] && high_q != 0);
      wrapped: cover (clear_i && !low_q[31] && low_q[16]);
      wrapped_below_zero: cover (clear_i && low_q[31] && !low_q[16]);
    end
  end

  logic unused_act;
  assign unused_act = ^act;

endmodule
