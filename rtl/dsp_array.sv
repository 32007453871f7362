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

  localparam int unsigned Quads = (Rows + 3) / 4;
  localparam int unsigned Width = Cols * 65;

  logic [(Quads+1)*Cols*17-1:0] act;
  logic [Quads*Width-1:0]       leaves;
  logic [Width-1:0]             foot;
  logic [Cols-1:0]              valid_q;
  logic [Cols*48-1:0]           p_q;

  always_comb begin
    for (int unsigned m = 0; m < Cols; m++) begin
      // high * 2^16 + low as one number: a negative low part borrows from the high one.
      act[m*17+:8]   = low_i[m*8+:8];
      act[m*17+8+:9] = {high_i[m*8+7], high_i[m*8+:8]} - {8'b0, low_i[m*8+7] & ~`MSD_FAULT(`FAULT_BORROW)};
    end
  end

  for (genvar q = 0; q < Quads; q++) begin : gen_quad
    localparam int unsigned Count = (Rows - 4 * q < 4) ? Rows - 4 * q : 4;

    dsp_quad #(
      .Rows(Count),
      .Cols(Cols),
      .Registered(Levels > 0)
    ) u_quad (
      .clk_i,
      .rst_i,
      .act_i(act[q*Cols*17+:Cols*17]),
      .weight_i(weight_i[4*q*8+:Count*8]),
      .clear_i(clear_i[4*q+:Count]),
      .act_o(act[(q+1)*Cols*17+:Cols*17]),
      .valid_o(leaves[q*Width+Cols*64+:Cols]),
      .p_o(leaves[q*Width+Cols*16+:Cols*48]),
      .wraps_o(leaves[q*Width+:Cols*16])
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

  always_ff @(posedge clk_i) begin
    p_q     <= foot[Cols*16+:Cols*48];  // waits for its wrap counter
    valid_q <= foot[Cols*64+:Cols];
    valid_o <= valid_q;
    for (int unsigned m = 0; m < Cols; m++) begin
      low_o[m*32+:32] <= {foot[m*16+:16], p_q[m*48+:16]};
      high_o[m*32+:32] <= p_q[m*48+16+:32] -
                          (`MSD_FAULT(`FAULT_HIGH_HALF) ? 32'd0 : {{16{foot[m*16+15]}}, foot[m*16+:16]});
    end
  end

  logic unused_edge;
  assign unused_edge = ^act[Quads*Cols*17+:Cols*17];

endmodule
