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

  localparam int unsigned Quads = (Rows + 3) / 4;
  localparam int unsigned Width = Cols * 33;

  logic [(Quads+1)*Cols*8-1:0] act;
  logic [Quads*Width-1:0]      leaves;
  logic [Width-1:0]            foot;

  assign act[Cols*8-1:0] = act_i;

  for (genvar q = 0; q < Quads; q++) begin : gen_quad
    localparam int unsigned Count = (Rows - 4 * q < 4) ? Rows - 4 * q : 4;

    lut_quad #(
      .Rows(Count),
      .Cols(Cols),
      .Registered(Levels > 0)
    ) u_quad (
      .clk_i,
      .rst_i,
      .act_i(act[q*Cols*8+:Cols*8]),
      .digit_i(digit_i[4*q*4+:Count*4]),
      .valid_i(valid_i[4*q+:Count]),
      .clear_i(clear_i[4*q+:Count]),
      .act_o(act[(q+1)*Cols*8+:Cols*8]),
      .valid_o(leaves[q*Width+Cols*32+:Cols]),
      .acc_o(leaves[q*Width+:Cols*32])
    );
  end

  or_tree #(
    .Inputs(Quads),
    .Width(Width),
    .Levels(Levels > 0 ? Levels - 1 : 0)
  ) u_tree (
    .clk_i,
    .in_i(leaves),
    .out_o(foot)
  );

  // The corrections of the rows go the same way, as of a column before the first.
  logic [Rows*32-1:0] corrections;
  logic [31:0]        correction;
  logic [Cols*32-1:0] correction_column, correction_q;

  for (genvar r = 0; r < Rows; r++) begin : gen_correction
    logic [31:0] sum;
    row_correction u_correction (
      .clk_i,
      .valid_i(valid_i[r]),
      .negative_i(digit_i[r*4+3]),
      .clear_i(clear_i[r] | rst_i),
      .correction_o(sum)
    );
    assign corrections[r*32+:32] = clear_i[r] ? sum : 32'd0;
  end

  or_tree #(
    .Inputs(Rows),
    .Width(32),
    .Levels(Levels)
  ) u_corrections (
    .clk_i,
    .in_i(corrections),
    .out_o(correction)
  );

  assign correction_column = (correction_q << 32) | (Cols * 32)'(correction);
  always_ff @(posedge clk_i) correction_q <= correction_column;

  assign valid_o = foot[Cols*32+:Cols];
  for (genvar m = 0; m < Cols; m++) begin : gen_foot
    logic [15:0] carries;
    carry_order u_order (
      .count_i(foot[m*32+16+:16]),
      .carries_o(carries)
    );
    assign sum_o[m*32+:32] = {carries, foot[m*32+:16]} + correction_column[m*32+:32];
  end

  logic unused_edge;
  assign unused_edge = ^act[Quads*Cols*8+:Cols*8];

endmodule
