// One LUT processing element: adds +-(activation << shift) while valid, hands its sum over while clear.
`include "faults.svh"

module lut_pe #(
  parameter int unsigned AccW = 32
) (
  input  logic            clk_i,
  input  logic            rst_i,
  input  logic [7:0]      act_i,
  input  logic [3:0]      digit_i,  // {negative, shift}
  input  logic            valid_i,
  input  logic            clear_i,  // never together with valid_i
  output logic [7:0]      act_o,    // to the row below, one cycle later
  output logic [3:0]      digit_o,  // to the column on the right, one cycle later
  output logic            valid_o,
  output logic            clear_o,
  output logic [AccW-1:0] sum_o     // zero unless clear_i
);

  `MSD_FAULT_DECLARE

  logic [AccW-1:0] acc_q, product, addend;
  logic            negative;

  assign negative = digit_i[3] & ~`MSD_FAULT(`FAULT_SIGN);
  assign product  = {{(AccW - 8) {act_i[7]}}, act_i} << digit_i[2:0];
  assign addend   = negative ? ~product : product;

  always_ff @(posedge clk_i) begin
    act_o   <= act_i;
    digit_o <= digit_i;
    if (rst_i || (clear_i && !`MSD_FAULT(`FAULT_NO_CLEAR))) begin
      acc_q <= '0;
    end else if (valid_i) begin
      acc_q <= acc_q + addend + {{(AccW - 1) {1'b0}}, negative};
    end
    if (rst_i) begin
      valid_o <= 1'b0;
      clear_o <= 1'b0;
    end else begin
      valid_o <= valid_i;
      clear_o <= clear_i;
    end
  end

  assign sum_o = clear_i ? acc_q : '0;

endmodule
