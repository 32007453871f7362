// What lut_row.sv's elements of one row have too much, negative: 2^14 a product, and 1 of a positive one.
`include "faults.svh"

module row_correction (
  input  logic        clk_i,
  input  logic        valid_i,
  input  logic        negative_i,
  input  logic        clear_i,
  output logic [31:0] correction_o  // of the products before this cycle
);

  `MSD_FAULT_DECLARE

  logic [31:0] sum_q;

  always_ff @(posedge clk_i) begin
    if (clear_i) sum_q <= '0;
    else if (valid_i) sum_q <= sum_q - {17'd0, 1'b1, 13'd0, ~negative_i | `MSD_FAULT(`FAULT_CORRECTION)};
  end

  assign correction_o = sum_q;

endmodule
