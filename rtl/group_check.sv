// Part of the descriptor check: each activation group owns the pixels it must and keeps the rows they read. One group a
// cycle; without a division, since a group's last row is told by where the next group begins.
module group_check #(
  parameter int unsigned LutCols = 4,
  parameter int unsigned DspCols = 4
) (
  input  logic                  clk_i,
  input  logic                  start_i,      // group 0 is looked at in the next cycle
  input  descriptor_pkg::tile_t tile_i,
  input  logic [31:0]           pixels_i,     // th * tw
  input  logic [31:0]           last_row_i,   // (th - 1) * stride_y
  input  logic [15:0]           act_words_i,
  output logic                  geometry_o,   // a group is wrong; valid 20 cycles after start_i
  output logic                  capacity_o    // a strip does not fit its bank
);

  localparam int unsigned LutGroups = (LutCols + 15) / 16;
  localparam int unsigned Groups    = LutGroups + 2 * ((DspCols + 15) / 16);

  // Columns of each group; group Groups and later ones have none.
  logic [32*5-1:0] columns;
  for (genvar g = 0; g < 32; g++) begin : gen_columns
    localparam int unsigned First = (g < LutGroups) ? 16 * g : 16 * ((g - LutGroups) / 2);
    localparam int unsigned All   = (g < LutGroups) ? LutCols : DspCols;
    localparam int unsigned Count = (g >= Groups) ? 0 : (All - First < 16) ? All - First : 16;
    assign columns[g*5+:5] = 5'(Count);
  end

  logic [15:0] oy0, ox0, lo, hi, rows, passes;
  logic [1023:0] groups_q;
  logic [4:0]  at_q, last_q;
  logic        run_q, second_q, third_q, bad_q, full_q;
  logic        owns, owns_q, fresh, fresh_q;   // fresh: a core's first group, or behind the last
  logic [31:0] first_q, first, first_seen_q, raster_q;
  logic [31:0] begin_q, end_begin_q;           // oy0 * stride_y of the group, and of the one before
  logic [15:0] ox0_q, lo_q, hi_q, end_lo_q, end_hi_q;
  logic        end_owns_q;
  logic [31:0] strip_q;
  logic [47:0] words_q;

  assign {hi, lo, ox0, oy0} = groups_q[63:0];
  assign rows   = hi - lo;
  assign passes = (at_q < 5'(LutGroups)) ? tile_i.p_lut : tile_i.p_dsp;
  assign fresh  = (at_q == 5'd0) | (at_q == 5'(LutGroups)) | (at_q >= 5'(Groups));
  assign first  = fresh ? 32'd0 : first_q;
  assign owns   = (first < pixels_i) & (passes != 16'd0) & (at_q < 5'(Groups));

  // First stage: products. Second: the group itself. Its rows are judged one group later.
  logic signed [33:0] top, bottom, limit;
  logic [15:0]        used_lo, used_hi;
  logic               rows_bad;

  always_comb begin
    // The group before ends in the row of this group's first pixel, or in the row above.
    bottom = $signed({2'b0, begin_q});
    if (fresh_q || !owns_q) bottom = $signed({2'b0, last_row_i});
    else if (ox0_q == 16'd0) bottom = bottom - $signed({26'b0, tile_i.stride_y});
    bottom  = bottom - 34'(tile_i.pad_y) + $signed({26'b0, tile_i.kernel_h});
    top     = $signed({2'b0, end_begin_q}) - 34'(tile_i.pad_y);
    limit   = $signed({18'b0, tile_i.in_rows});
    used_lo = (top < 0) ? 16'd0 : (top > limit) ? tile_i.in_rows : top[15:0];
    used_hi = (bottom < 0) ? 16'd0 : (bottom > limit) ? tile_i.in_rows : bottom[15:0];
    rows_bad = (end_lo_q > end_hi_q) | (end_hi_q > tile_i.in_rows) |
               ((used_lo < used_hi) & ((end_lo_q > used_lo) | (end_hi_q < used_hi)));
  end

  always_ff @(posedge clk_i) begin
    run_q    <= start_i | (run_q & (at_q != 5'd16));
    second_q <= run_q;
    third_q  <= second_q;
    if (start_i) begin
      at_q     <= 5'd0;
      groups_q <= tile_i.group;
    end else begin
      at_q     <= at_q + 5'd1;
      groups_q <= groups_q >> 64;
    end

    // Products of group at_q.
    first_q      <= first + 32'(passes) * 32'(columns[at_q*5+:5]);
    first_seen_q <= first;
    raster_q     <= 32'(oy0) * 32'(tile_i.tw);
    begin_q      <= 32'(oy0) * 32'(tile_i.stride_y);
    strip_q      <= 32'(rows) * 32'(tile_i.in_cols);
    owns_q       <= owns;
    fresh_q      <= fresh;
    ox0_q        <= ox0;
    lo_q         <= lo;
    hi_q         <= hi;
    last_q       <= at_q;

    // Of group last_q; and the rows of the one before.
    end_begin_q <= begin_q;
    end_owns_q  <= owns_q;
    end_lo_q    <= lo_q;
    end_hi_q    <= hi_q;
    words_q     <= 48'(strip_q) * 48'(tile_i.c_blocks);
    if (second_q) begin
      if (owns_q && (raster_q + 32'(ox0_q) != first_seen_q || ox0_q >= tile_i.tw)) bad_q <= 1'b1;
      if (!owns_q && last_q < 5'd16 && lo_q != hi_q) bad_q <= 1'b1;
      if (end_owns_q && last_q != 5'd0 && rows_bad) bad_q <= 1'b1;
    end
    if (third_q && words_q > 48'(act_words_i)) full_q <= 1'b1;
    if (start_i) begin
      bad_q  <= 1'b0;
      full_q <= 1'b0;
    end
  end

  assign geometry_o = bad_q;
  assign capacity_o = full_q;

  logic unused_bits;
  assign unused_bits = ^tile_i;

endmodule
