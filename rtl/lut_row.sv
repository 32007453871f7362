// A row of LUT processing elements: each adds +-(activation << shift) while valid. What it holds is not the sum but
//   sum = 2^16 * order(count) + low + correction        modulo 2^32, order: carry_order.sv, correction: row_correction.sv
// low takes products as numbers >= 0 (plus 2^14, and plus 1 of a positive one: the carry-in of the subtraction that keeps
// the sum on the carry chain's direct input). count counts its carries: three shift registers in de Bruijn order, 5, 5 and
// 6 bits in 6 LUTs where a binary counter takes 16. Cleared by the registers' reset pin.
`include "faults.svh"

module lut_row #(
  parameter int unsigned Cols = 1
) (
  input  logic               clk_i,
  input  logic [Cols*8-1:0]  act_i /*verilator public_flat_rd*/,    // from the row above, or the array's top edge
  input  logic [3:0]         digit_i /*verilator public_flat_rd*/,  // {negative, shift}; these three move right, one column a cycle
  input  logic               valid_i /*verilator public_flat_rd*/,
  input  logic               clear_i /*verilator public_flat_rd*/,  // never together with valid_i
  output logic [Cols*8-1:0]  act_o,    // one cycle later
  output logic [Cols*32-1:0] acc_o     // {count, low} of each element
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  `MSD_FAULT_DECLARE

  // As each column sees them: the leftmost now, the others what their left neighbour saw.
  logic [Cols:0]     valid, clear;
  logic [Cols-1:0]   valid_q, clear_q;
  logic [Cols*4+3:0] digit;
  logic [Cols*4-1:0] digit_q;

  assign digit = {digit_q, digit_i[3] & ~`MSD_FAULT(`FAULT_SIGN), digit_i[2:0]};
  assign valid = {valid_q, valid_i};
  assign clear = {clear_q, clear_i & ~`MSD_FAULT(`FAULT_NO_CLEAR)};

  always_ff @(posedge clk_i) begin
    act_o   <= act_i;
    digit_q <= digit[Cols*4-1:0];
    valid_q <= valid[Cols-1:0];
    clear_q <= clear[Cols-1:0];
  end

  for (genvar m = 0; m < Cols; m++) begin : gen_pe
    logic [15:0] low_q, count_q;
    logic [10:0] part;
    logic [14:0] product;
    logic [16:0] low;
    logic        negative;

    lut_shift u_shift (
      .act_i(act_i[m*8+:8]),
      .shift_i(digit[m*4+:2]),
      .part_o(part)
    );

    assign negative = digit[m*4+3];
    assign product  = digit[m*4+2] ? {part, 4'b0} : {{4{part[10]}}, part};
    assign low      = {1'b0, low_q} - {2'b11, product ^ {negative, {14{~negative}}}};

    // Each register of count passes through all its states; the one before 0 carries into the next.
    always_ff @(posedge clk_i) begin
      if (clear[m]) begin
        low_q   <= '0;
        count_q <= '0;
      end else if (valid[m]) begin
        low_q <= low[15:0];
        if (low[16]) begin
          count_q[4:0] <= {count_q[3:0], count_q[4] ^ count_q[2] ^ (count_q[3:0] == 4'd0)};
          if (count_q[4:0] == 5'b10000 && !`MSD_FAULT(`FAULT_COUNT_CARRY)) begin
            count_q[9:5] <= {count_q[8:5], count_q[9] ^ count_q[7] ^ (count_q[8:5] == 4'd0)};
            if (count_q[9:5] == 5'b10000) begin
              count_q[15:10] <= {count_q[14:10], count_q[15] ^ count_q[14] ^ (count_q[14:10] == 5'd0)};
            end
          end
        end
      end
    end

    assign acc_o[m*32+:32] = {count_q, low_q};
  end

  logic unused_right;
  assign unused_right = ^{digit[Cols*4+:4], valid[Cols], clear[Cols]};

endmodule
