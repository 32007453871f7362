// Walks the sums of a tile: per core the groups, in each the pixel passes, in each the channels, one a cycle.
`include "faults.svh"

module post_walk #(
  parameter int unsigned LutRows = 4,
  parameter int unsigned LutCols = 4,
  parameter int unsigned DspRows = 4,
  parameter int unsigned DspCols = 4
) (
  input  logic             clk_i,
  input  logic             rst_i,
  input  logic             start_i,       // the cycle before the first channel

  // Fields of the tile, and products of them.
  input  logic [15:0]      base_i,
  input  logic [15:0]      pixels_i,      // th * tw
  input  logic [15:0]      k_lut_i,
  input  logic [15:0]      k_dsp_i,
  input  logic [15:0]      p_lut_i,
  input  logic [15:0]      p_dsp_i,
  input  logic [15:0]      lut_stride_i,  // p_lut * LutRows: entries of a full K pass
  input  logic [15:0]      dsp_stride_i,

  output post_pkg::item_t  item_o,
  output logic [3:0]       group_o,       // in the descriptor's order
  output logic [15:0]      entry_o,       // of its accumulator banks
  output logic [15:0]      channel_o,     // of the tile
  output logic [15:0]      block_word_o   // first word of the channel's block
);

  `MSD_FAULT_DECLARE

  localparam int unsigned LutGroups = (LutCols + 15) / 16;
  localparam int unsigned LutLast   = LutCols - (LutGroups - 1) * 16;
  localparam int unsigned DspBlocks = (DspCols + 15) / 16;
  localparam int unsigned DspLast   = DspCols - (DspBlocks - 1) * 16;

  logic        run_q, dsp_q;
  logic [3:0]  group_q;          // of the core
  logic [15:0] pass_q, pixel_q;  // the set's first pixel
  logic [15:0] k_q, row_q, entry_q, pass_entry_q, block_q, dsp_block_q;
  logic [15:0] full_q, short_q;  // pass * rows, pass * rows of the last K pass

  logic [15:0] channels, passes, rows, stride, left, next_pixel_low, next_full, next_short, block_next;
  logic [16:0] next_pixel;
  logic [4:0]  columns;
  logic        last_row, last_k, last_pass, last_set, last;

  assign channels = dsp_q ? k_dsp_i : k_lut_i;
  assign passes   = dsp_q ? p_dsp_i : p_lut_i;
  assign rows     = dsp_q ? 16'(DspRows) : 16'(LutRows);
  assign stride   = dsp_q ? dsp_stride_i : lut_stride_i;
  always_comb begin
    columns = 5'd16;
    if (dsp_q && group_q[3:1] == 3'(DspBlocks - 1)) columns = 5'(DspLast);
    if (!dsp_q && group_q == 4'(LutGroups - 1)) columns = 5'(LutLast);
  end

  assign last_row   = row_q == rows - 16'd1;
  assign left       = channels - k_q - 16'd1;  // channels behind this one
  assign last_k     = left == 16'd0;
  assign last_pass  = pass_q == passes - 16'd1;
  assign next_pixel = {1'b0, pixel_q} + {12'b0, columns};
  assign last_set   = next_pixel >= {1'b0, pixels_i};
  assign next_pixel_low = next_pixel[15:0];
  assign last       = last_k & last_set & (dsp_q | (k_dsp_i == 16'd0));
  assign next_full  = last_pass ? 16'd0 : full_q + rows;
  assign next_short = last_pass ? 16'd0 : short_q + row_q + 16'd1;
  assign block_next = (channel_o[3:0] == 4'd15) ? block_q + pixels_i : block_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      dsp_q       <= k_lut_i == 16'd0;
      block_q     <= base_i;
      dsp_block_q <= base_i;
    end else if (run_q) begin
      k_q     <= k_q + 16'd1;
      row_q   <= row_q + 16'd1;
      entry_q <= entry_q + 16'd1;
      block_q <= block_next;
      if (last_row && !last_k) begin
        row_q        <= 16'd0;
        pass_entry_q <= pass_entry_q + stride;
        entry_q      <= pass_entry_q + stride + ((left <= rows && !`MSD_FAULT(`FAULT_POST_ENTRY)) ? short_q : full_q);
      end
      if (last_k) begin
        k_q          <= 16'd0;
        row_q        <= 16'd0;
        pass_entry_q <= 16'd0;
        entry_q      <= (channels <= rows) ? next_short : next_full;
        full_q       <= next_full;
        short_q      <= next_short;
        pixel_q      <= next_pixel_low;
        pass_q       <= last_pass ? 16'd0 : pass_q + 16'd1;
        if (last_pass) group_q <= group_q + 4'd1;
        block_q <= dsp_q ? dsp_block_q : base_i;
        if (last_set && !dsp_q) begin
          dsp_q       <= 1'b1;
          block_q     <= block_next;
          dsp_block_q <= block_next;
        end
      end
    end
    if (start_i || (run_q && last_k && last_set)) begin
      k_q          <= 16'd0;
      row_q        <= 16'd0;
      entry_q      <= 16'd0;
      pass_entry_q <= 16'd0;
      full_q       <= 16'd0;
      short_q      <= 16'd0;
      pass_q       <= 16'd0;
      pixel_q      <= 16'd0;
      group_q      <= 4'd0;
    end
    if (rst_i) run_q <= 1'b0;
    else if (start_i) run_q <= 1'b1;
    else if (last) run_q <= 1'b0;
  end

  // A short_q of 0 stands for the first pixel pass, in which the last K pass's rows are not known yet: it is right.
  logic [16:0] remaining;
  assign remaining = {1'b0, pixels_i} - {1'b0, pixel_q};

  assign channel_o    = dsp_q ? k_lut_i + k_q : k_q;
  assign block_word_o = block_q;
  assign group_o      = dsp_q ? 4'(LutGroups) + group_q : group_q;
  assign entry_o      = entry_q;

  assign item_o.valid   = run_q;
  assign item_o.last    = run_q & last;
  assign item_o.pool    = 1'b0;
  assign item_o.count   = (remaining < {12'b0, columns} && !`MSD_FAULT(`FAULT_POST_SURPLUS)) ? remaining[4:0] : columns;
  assign item_o.channel = channel_o[3:0];
  assign item_o.word    = block_q + pixel_q;

endmodule
