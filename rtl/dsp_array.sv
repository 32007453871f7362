// The DSP array: as the LUT array, with two pixels a column; the column undoes the packing after its trees.
`include "faults.svh"

module dsp_array #(
  parameter int unsigned Rows   = 4,
  parameter int unsigned Cols   = 4,
  parameter int unsigned Levels = 1  // ceil(log4 Rows)
) (
  input  logic               clk_i,
  input  logic               rst_i,
  input  logic [Cols*8-1:0]  low_i,     // pixels of the even group of each pair
  input  logic [Cols*8-1:0]  high_i,    // of the odd group
  input  logic [Rows*8-1:0]  weight_i,  // 0 in empty slots
  input  logic [Rows-1:0]    clear_i,
  output logic [Cols-1:0]    valid_o,   // Levels + 2 cycles after the element saw clear
  output logic [Cols*32-1:0] low_o,
  output logic [Cols*32-1:0] high_o
);

  `MSD_FAULT_DECLARE

  logic [(Rows+1)*Cols*17-1:0] act;
  logic [Rows*(Cols+1)*8-1:0]  weight;
  logic [Rows*(Cols+1)-1:0]    clear;

  logic unused_edge;
  assign unused_edge = ^act[Rows*Cols*17+:Cols*17];

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic unused_right;
    assign weight[r*(Cols+1)*8+:8] = weight_i[r*8+:8];
    assign clear[r*(Cols+1)] = clear_i[r];
    assign unused_right = ^{weight[(r*(Cols+1)+Cols)*8+:8], clear[r*(Cols+1)+Cols]};
  end

  for (genvar m = 0; m < Cols; m++) begin : gen_col
    logic [7:0]         low, high;
    logic [Rows*49-1:0] p_leaves;
    logic [Rows*16-1:0] wrap_leaves;
    logic [48:0]        p, p_q;
    logic [15:0]        wraps;

    assign low  = low_i[m*8+:8];
    assign high = high_i[m*8+:8];
    // high * 2^16 + low as one number: a negative low part borrows from the high one.
    assign act[m*17+:17] = {{high[7], high} - {8'b0, low[7]}, low};

    for (genvar r = 0; r < Rows; r++) begin : gen_pe
      dsp_pe u_pe (
        .clk_i,
        .rst_i,
        .act_i(act[(r*Cols+m)*17+:17]),
        .weight_i(weight[(r*(Cols+1)+m)*8+:8]),
        .clear_i(clear[r*(Cols+1)+m]),
        .act_o(act[((r+1)*Cols+m)*17+:17]),
        .weight_o(weight[(r*(Cols+1)+m+1)*8+:8]),
        .clear_o(clear[r*(Cols+1)+m+1]),
        .sum_o(p_leaves[r*49+:48]),
        .wraps_o(wrap_leaves[r*16+:16])
      );
      assign p_leaves[r*49+48] = clear[r*(Cols+1)+m];
    end

    or_tree #(
      .Inputs(Rows),
      .Width(49),
      .Levels(Levels)
    ) u_sum_tree (
      .clk_i,
      .in_i(p_leaves),
      .out_o(p)
    );

    or_tree #(
      .Inputs(Rows),
      .Width(16),
      .Levels(Levels)
    ) u_wrap_tree (
      .clk_i,
      .in_i(wrap_leaves),
      .out_o(wraps)
    );

    always_ff @(posedge clk_i) begin
      p_q <= p;  // waits for its wrap counter
      valid_o[m] <= p_q[48];
      low_o[m*32+:32] <= {wraps, p_q[15:0]};
      high_o[m*32+:32] <= p_q[47:16] - (`MSD_FAULT(`FAULT_HIGH_HALF) ? 32'd0 : {{16{wraps[15]}}, wraps});
    end
  end

endmodule
