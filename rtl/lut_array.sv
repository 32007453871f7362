// The LUT array: activations enter skewed from the top, digits skewed from the left, sums leave by a tree per column.
module lut_array #(
  parameter int unsigned Rows   = 4,
  parameter int unsigned Cols   = 4,
  parameter int unsigned Levels = 1  // ceil(log4 Rows)
) (
  input  logic               clk_i,
  input  logic               rst_i,
  input  logic [Cols*8-1:0]  act_i,
  input  logic [Rows*4-1:0]  digit_i,
  input  logic [Rows-1:0]    valid_i,
  input  logic [Rows-1:0]    clear_i,
  output logic [Cols-1:0]    valid_o,  // a row's sum is on the column
  output logic [Cols*32-1:0] sum_o
);

  // Bundles between the elements: act goes down (one row more than the array), the others right (one column more).
  logic [(Rows+1)*Cols*8-1:0] act;
  logic [Rows*(Cols+1)*4-1:0] digit;
  logic [Rows*(Cols+1)-1:0]   valid, clear;

  assign act[Cols*8-1:0] = act_i;

  logic unused_edge;
  assign unused_edge = ^act[Rows*Cols*8+:Cols*8];

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic unused_right;
    assign digit[r*(Cols+1)*4+:4] = digit_i[r*4+:4];
    assign valid[r*(Cols+1)] = valid_i[r];
    assign clear[r*(Cols+1)] = clear_i[r];
    assign unused_right = ^{digit[(r*(Cols+1)+Cols)*4+:4], valid[r*(Cols+1)+Cols], clear[r*(Cols+1)+Cols]};
  end

  for (genvar m = 0; m < Cols; m++) begin : gen_col
    logic [Rows*33-1:0] leaves;

    for (genvar r = 0; r < Rows; r++) begin : gen_pe
      lut_pe u_pe (
        .clk_i,
        .rst_i,
        .act_i(act[(r*Cols+m)*8+:8]),
        .digit_i(digit[(r*(Cols+1)+m)*4+:4]),
        .valid_i(valid[r*(Cols+1)+m]),
        .clear_i(clear[r*(Cols+1)+m]),
        .act_o(act[((r+1)*Cols+m)*8+:8]),
        .digit_o(digit[(r*(Cols+1)+m+1)*4+:4]),
        .valid_o(valid[r*(Cols+1)+m+1]),
        .clear_o(clear[r*(Cols+1)+m+1]),
        .sum_o(leaves[r*33+:32])
      );
      assign leaves[r*33+32] = clear[r*(Cols+1)+m];
    end

    or_tree #(
      .Inputs(Rows),
      .Width(33),
      .Levels(Levels)
    ) u_tree (
      .clk_i,
      .in_i(leaves),
      .out_o({valid_o[m], sum_o[m*32+:32]})
    );
  end

endmodule
