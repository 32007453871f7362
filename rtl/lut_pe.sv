// One LUT processing element as a row of one, with its sum in binary: what is proven and compared; arrays have lut_row.
module lut_pe (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic [7:0]  act_i,
  input  logic [3:0]  digit_i,  // {negative, shift}
  input  logic        valid_i,
  input  logic        clear_i,  // never together with valid_i
  output logic [7:0]  act_o,    // to the row below, one cycle later
  output logic [3:0]  digit_o,  // to the column on the right, one cycle later
  output logic        valid_o,
  output logic        clear_o,
  output logic [31:0] sum_o     // zero unless clear_i
);

  logic [31:0] acc, correction;
  logic [15:0] carries;

  lut_row #(
    .Cols(1)
  ) u_row (
    .clk_i,
    .act_i,
    .digit_i,
    .valid_i,
    .clear_i(clear_i | rst_i),
    .act_o,
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

  always_ff @(posedge clk_i) begin
    digit_o <= digit_i;
    if (rst_i) begin
      valid_o <= 1'b0;
      clear_o <= 1'b0;
    end else begin
      valid_o <= valid_i;
      clear_o <= clear_i;
    end
  end

  assign sum_o = clear_i ? {carries, acc[15:0]} + correction : 32'd0;

endmodule
