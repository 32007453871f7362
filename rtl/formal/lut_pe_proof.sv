// The LUT element's sum is the sum of its digits' products, modulo 2^32, for every sequence of operands: an invariant that
// holds after reset and that one cycle keeps, from any state in which it holds. So it is proven for any depth.
module lut_pe_proof #(
  parameter bit Small = 1'b0  // few choices, for traces from reset: a lost carry takes 60 products to show
) (
  input logic       clk_i,
  input logic       rst_i,
  input logic [7:0] act_i,
  input logic [3:0] digit_i,
  input logic       valid_i,
  input logic       clear_i
);

  logic [31:0] acc, correction, held;
  logic [15:0] carries;
  logic [31:0] expected_q, product;
  logic [7:0]  act, act_q;
  logic        started_q;
  (* anyconst *) logic sign;

  // lut_pe.sv's parts, whose sum is looked at in every cycle and not only in those that clear.
  lut_row #(
    .Cols(1)
  ) u_row (
    .clk_i,
    .act_i,
    .digit_i,
    .valid_i,
    .clear_i(clear_i | rst_i),
    .act_o(act),
    .acc_o(acc)
  );
  row_correction u_correction (
    .clk_i,
    .valid_i,
    .negative_i(digit_i[3]),
    .clear_i(clear_i | rst_i),
    .correction_o(correction)
  );
  carry_order u_order (
    .count_i(acc[31:16]),
    .carries_o(carries)
  );
  assign held = {carries, acc[15:0]} + correction;

  // Written from docs/numbers.md: a digit is +-2^shift.
  always_comb begin
    case (digit_i[2:0])
      3'd0: product = {{24{act_i[7]}}, act_i};
      3'd1: product = {{23{act_i[7]}}, act_i, 1'b0};
      3'd2: product = {{22{act_i[7]}}, act_i, 2'b0};
      3'd3: product = {{21{act_i[7]}}, act_i, 3'b0};
      3'd4: product = {{20{act_i[7]}}, act_i, 4'b0};
      3'd5: product = {{19{act_i[7]}}, act_i, 5'b0};
      3'd6: product = {{18{act_i[7]}}, act_i, 6'b0};
      default: product = {{17{act_i[7]}}, act_i, 7'b0};
    endcase
    if (digit_i[3]) product = 32'd0 - product;
  end

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    act_q     <= act_i;
    if (rst_i || clear_i) expected_q <= 32'd0;
    else if (valid_i) expected_q <= expected_q + product;
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(valid_i && clear_i));
    assume (!Small || (act_i == 8'h80 && digit_i == {sign, 3'd7} && valid_i == ~clear_i &&
                       (!clear_i || expected_q[17:16] == {~sign, 1'b1})));
    if (started_q) begin
      the_sum_is_the_products_sum: assert (held == expected_q);
      activations_move_down: assert (act == act_q);
      above_16_bits: cover (clear_i && !expected_q[31] && expected_q[16]);
      below_zero: cover (clear_i && expected_q[31] && correction[15]);
    end
  end

endmodule
