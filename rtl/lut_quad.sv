// Up to four rows of the LUT array with the first level of every column's tree: at most one of them clears in a cycle, so
// that level is a multiplexer, one LUT6 a bit, whose select moves right with the rows' digits.
`include "faults.svh"

module lut_quad #(
  parameter int unsigned Rows       = 4,    // 1..4
  parameter int unsigned Cols       = 4,
  parameter bit          Registered = 1'b1  // the level; else combinational
) (
  input  logic               clk_i,
  input  logic               rst_i /*verilator public_flat_rd*/,
  input  logic [Cols*8-1:0]  act_i /*verilator public_flat_rd*/,
  input  logic [Rows*4-1:0]  digit_i /*verilator public_flat_rd*/,
  input  logic [Rows-1:0]    valid_i /*verilator public_flat_rd*/,
  input  logic [Rows-1:0]    clear_i /*verilator public_flat_rd*/,
  output logic [Cols*8-1:0]  act_o,
  output logic [Cols-1:0]    valid_o,
  output logic [Cols*32-1:0] acc_o    // of the row that clears, else 0
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  `MSD_FAULT_DECLARE

  logic [5*Cols*8-1:0]  act;
  logic [4*Cols*32-1:0] acc;
  logic [3:0]           take;
  logic [Cols:0]        none, odd, upper;
  logic [Cols-1:0]      none_q, odd_q, upper_q;
  logic [Cols*32-1:0]   level;

  assign act[Cols*8-1:0] = act_i;
  assign act_o           = act[Rows*Cols*8+:Cols*8];
  assign take            = 4'(clear_i);

  for (genvar r = 0; r < 4; r++) begin : gen_row
    if (r < Rows) begin : gen_used
      lut_row #(
        .Cols(Cols)
      ) u_row (
        .clk_i,
        .act_i(act[r*Cols*8+:Cols*8]),
        .digit_i(digit_i[r*4+:4]),
        .valid_i(valid_i[r]),
        .clear_i(clear_i[r] | rst_i),  // a wave from the left clears all elements
        .act_o(act[(r+1)*Cols*8+:Cols*8]),
        .acc_o(acc[r*Cols*32+:Cols*32])
      );
    end else begin : gen_unused
      assign act[(r+1)*Cols*8+:Cols*8] = '0;
      assign acc[r*Cols*32+:Cols*32]   = '0;
    end
  end

  assign none  = {none_q, take == 4'd0};
  assign odd   = {odd_q, (take[1] & ~`MSD_FAULT(`FAULT_TREE_ROW)) | take[3]};
  assign upper = {upper_q, take[2] | take[3]};

  always_ff @(posedge clk_i) begin
    none_q  <= none[Cols-1:0];
    odd_q   <= odd[Cols-1:0];
    upper_q <= upper[Cols-1:0];
  end

  always_comb begin
    for (int unsigned m = 0; m < Cols; m++) begin
      level[m*32+:32] = none[m] ? 32'd0
                      : upper[m] ? (odd[m] ? acc[(3*Cols+m)*32+:32] : acc[(2*Cols+m)*32+:32])
                                 : (odd[m] ? acc[(Cols+m)*32+:32] : acc[m*32+:32]);
    end
  end

  if (Registered) begin : gen_level
    always_ff @(posedge clk_i) begin
      valid_o <= ~none[Cols-1:0];
      acc_o   <= level;
    end
  end else begin : gen_wire
    assign valid_o = ~none[Cols-1:0];
    assign acc_o   = level;
  end

  logic unused_bits;
  assign unused_bits = ^{act, none[Cols], odd[Cols], upper[Cols]};

endmodule
