// Whether a tile descriptor can run: ip/msd_pe/core/tile_check.cpp in 24 cycles. Two multipliers take the products one
// after the other; every rule leaves a bit, and the first rule in the order of the model's decides.
`include "faults.svh"

module descriptor_check #(
  parameter int unsigned LutRows = 4,
  parameter int unsigned LutCols = 4,
  parameter int unsigned DspRows = 4,
  parameter int unsigned DspCols = 4
) (
  input  logic                  clk_i,
  input  logic                  rst_i,
  input  logic                  start_i,  // the descriptor is complete in the next cycle
  input  descriptor_pkg::tile_t tile_i,   // stable until done_o

  input  logic [15:0]           act_words_i,
  input  logic [15:0]           lut_weight_words_i,
  input  logic [15:0]           dsp_weight_words_i,
  input  logic [15:0]           acc_entries_i,
  input  logic [15:0]           out_words_i,
  input  logic [15:0]           tile_channels_i,

  output logic                  done_o,    // 24 cycles after start_i
  output logic [3:0]            error_o,   // with done_o: a value of register ERROR, or 0
  // What was computed on the way, with done_o.
  output logic [15:0]           lut_row_words_o,  // weight words of one row and K pass
  output logic [15:0]           dsp_row_words_o,
  output logic [15:0]           pool_base_o,
  output logic [15:0]           result_words_o    // of a tile that is stored
);

  `MSD_FAULT_DECLARE

  localparam int unsigned LutBank = (LutRows < 32) ? LutRows : 32;
  localparam int unsigned DspBank = (DspRows < 16) ? DspRows : 16;
  // k / rows = k * ceil(2^24 / rows) >> 24, exact for k <= 4096 and rows <= 255.
  localparam logic [31:0] LutReciprocal = 32'((16777216 + LutRows - 1) / LutRows);
  localparam logic [31:0] DspReciprocal = 32'((16777216 + DspRows - 1) / DspRows);

  localparam int unsigned LastStep = 23;

  logic [4:0]  step_q;
  logic        run_q;
  logic [31:0] a1, a2;
  logic [15:0] b1, b2;
  logic [47:0] p1_q, p2_q;

  // Flags and what follows from them.
  logic [15:0] flags;
  logic        pooled, pool_only, last_c, depthwise, load_act, load_wgt, load_res, residual, load_out, writes;
  assign flags     = tile_i.flags;
  assign pool_only = flags[descriptor_pkg::POOL_ONLY_BIT];
  assign last_c    = flags[descriptor_pkg::LAST_C_BIT];
  assign depthwise = flags[descriptor_pkg::DEPTHWISE_BIT];
  assign load_act  = flags[descriptor_pkg::LOAD_ACT_BIT];
  assign load_wgt  = flags[descriptor_pkg::LOAD_WGT_BIT];
  assign load_res  = flags[descriptor_pkg::LOAD_RES_BIT];
  assign residual  = flags[descriptor_pkg::RESIDUAL_BIT];
  assign load_out  = flags[descriptor_pkg::LOAD_OUT_BIT];
  assign writes    = (last_c | pool_only) & ~flags[descriptor_pkg::KEEP_BIT];
  assign pooled    = flags[descriptor_pkg::POOL_MAX_BIT] | flags[descriptor_pkg::POOL_AVG_BIT];

  logic [16:0] channels;
  logic [15:0] last_th, last_oh, last_ow;
  logic [15:0] blocks;
  logic [19:0] in_channels;  // valid ones
  assign channels    = 17'(tile_i.k_lut) + 17'(tile_i.k_dsp);
  assign last_th     = tile_i.th - 16'd1;
  assign last_oh     = tile_i.pool_oh - 16'd1;
  assign last_ow     = tile_i.pool_ow - 16'd1;
  assign blocks      = 16'((channels + 17'd15) >> 4);
  assign in_channels = {tile_i.c_blocks - 16'd1, 4'b0} + 20'(tile_i.c_last);

  // Products and what was made of them.
  logic [31:0] pixels_q, last_row_q, result, result_q, act_planes_q, res_planes_q, out_planes_q;
  logic [15:0] taps_q;
  logic [35:0] row_weights;
  logic [37:0] row_digits;
  logic [16:0] lut_words_q, dsp_words_q;  // of a row; more than 65535 is 65536
  logic [12:0] lut_passes_q, dsp_passes_q;
  logic [15:0] lut_rows, dsp_rows;        // of the fullest bank
  logic [47:0] map_words_q, act_words_q, result_words_q, act_low_q, res_low_q, out_low_q;
  logic        passes_bad_q, weights_full_q, words_bad_q, acc_full_q, pool_bad_q, act_bad_q, res_bad_q, out_bad_q;
  logic        groups_bad, act_full;
  logic [31:0] base;

  function automatic logic [16:0] limited(input logic [37:0] words);
    limited = (words[37:16] != 22'd0) ? 17'h10000 : {1'b0, words[15:0]};
  endfunction

  // Rows of the bank that every K pass fills first.
  function automatic logic [15:0] bank_rows(input logic [12:0] passes, input logic [15:0] channels_left, input logic [15:0] bank);
    bank_rows = 16'(passes * 13'(bank)) + ((channels_left < bank) ? channels_left : bank);
  endfunction

  assign row_weights = depthwise ? 36'(taps_q) : p1_q[35:0];
  assign row_digits = 38'(row_weights) * 38'(tile_i.effective_bits[1:0]) + 38'd31;
  assign result     = pooled ? result_q : pixels_q;
  assign lut_rows   = bank_rows(lut_passes_q, tile_i.k_lut - 16'(32'(lut_passes_q) * LutRows), 16'(LutBank));
  assign dsp_rows   = bank_rows(dsp_passes_q, tile_i.k_dsp - 16'(32'(dsp_passes_q) * DspRows), 16'(DspBank));

  always_comb begin
    a1 = 32'd0;
    b1 = 16'd0;
    a2 = 32'd0;
    b2 = 16'd0;
    case (step_q)
      5'd0: begin
        a1 = 32'(tile_i.th);
        b1 = tile_i.tw;
        a2 = 32'(last_th);
        b2 = 16'(tile_i.stride_y);
      end
      5'd1: begin
        a1 = 32'(tile_i.p_lut);
        b1 = 16'(LutCols);
        a2 = 32'(tile_i.p_dsp);
        b2 = 16'(2 * DspCols);
      end
      5'd2: begin
        a1 = 32'(tile_i.kernel_h);
        b1 = 16'(tile_i.kernel_w);
        a2 = LutReciprocal;
        b2 = tile_i.k_lut;
      end
      5'd3: begin
        a1 = 32'(in_channels);
        b1 = p1_q[15:0];
        a2 = DspReciprocal;
        b2 = tile_i.k_dsp;
      end
      5'd5: begin
        a1 = 32'(lut_words_q);
        b1 = lut_rows;
        a2 = 32'(dsp_words_q);
        b2 = dsp_rows;
      end
      5'd6: begin
        a1 = 32'(lut_words_q);
        b1 = tile_i.k_lut;
        a2 = 32'(dsp_words_q);
        b2 = tile_i.k_dsp;
      end
      5'd7: begin
        a1 = 32'(tile_i.p_lut);
        b1 = tile_i.k_lut;
        a2 = 32'(tile_i.p_dsp);
        b2 = tile_i.k_dsp;
      end
      5'd8: begin
        a1 = 32'(last_oh);
        b1 = 16'(tile_i.pool_stride_y);
        a2 = 32'(last_ow);
        b2 = 16'(tile_i.pool_stride_x);
      end
      5'd9: begin
        a1 = 32'(tile_i.pool_oh);
        b1 = tile_i.pool_ow;
        a2 = pixels_q;
        b2 = blocks;
      end
      5'd10: begin
        a1 = 32'(tile_i.in_rows);
        b1 = tile_i.in_cols;
        a2 = 32'(tile_i.act_planes);
        b2 = tile_i.act_rows;
      end
      5'd11: begin  // a row in words of 16 bytes has 28 bits: 16 now, 12 in the next step
        a1 = p1_q[31:0];
        b1 = tile_i.c_blocks;
        a2 = p2_q[31:0];
        b2 = tile_i.act_row_bytes[19:4];
      end
      5'd12: begin
        a1 = result;
        b1 = blocks;
        a2 = act_planes_q;
        b2 = 16'(tile_i.act_row_bytes[31:20]);
      end
      5'd13: begin
        a1 = 32'(tile_i.res_planes);
        b1 = tile_i.res_rows;
        a2 = 32'(tile_i.out_planes);
        b2 = tile_i.out_rows;
      end
      5'd14: begin
        a1 = p1_q[31:0];
        b1 = tile_i.res_row_bytes[19:4];
        a2 = p2_q[31:0];
        b2 = tile_i.out_row_bytes[19:4];
      end
      5'd15: begin
        a1 = res_planes_q;
        b1 = 16'(tile_i.res_row_bytes[31:20]);
        a2 = out_planes_q;
        b2 = 16'(tile_i.out_row_bytes[31:20]);
      end
      default: ;
    endcase
  end

  function automatic logic [63:0] sum(input logic [47:0] low, input logic [47:0] high);
    sum = {16'b0, low} + {high, 16'b0};
  endfunction

  // The last window begins inside.
  function automatic logic outside(input logic [31:0] at, input logic signed [7:0] pad, input logic [15:0] size);
    outside = $signed({2'b0, at}) - 34'(pad) >= $signed({18'b0, size});
  endfunction

  always_ff @(posedge clk_i) begin
    run_q  <= ~rst_i & (start_i | (run_q & (step_q != 5'(LastStep))));
    step_q <= start_i ? 5'd0 : step_q + 5'd1;
    p1_q   <= 48'(a1) * 48'(b1);
    p2_q   <= 48'(a2) * 48'(b2);

    case (step_q)  // products of the step before
      5'd1: begin
        pixels_q   <= p1_q[31:0];
        last_row_q <= p2_q[31:0];
      end
      5'd2: begin
        passes_bad_q <= (tile_i.k_lut == 16'd0) ? tile_i.p_lut != 16'd0 : (p1_q < 48'(pixels_q)) | (p1_q >= 48'(pixels_q) + 48'(LutCols));
        if ((tile_i.k_dsp == 16'd0) ? tile_i.p_dsp != 16'd0 : (p2_q < 48'(pixels_q)) | (p2_q >= 48'(pixels_q) + 48'(2 * DspCols)))
          passes_bad_q <= 1'b1;
      end
      5'd3: begin
        taps_q       <= p1_q[15:0];
        lut_passes_q <= p2_q[36:24];
      end
      5'd4: begin
        dsp_passes_q <= p2_q[36:24];
        lut_words_q  <= limited(row_digits >> 5);
        dsp_words_q  <= limited((38'(row_weights) + 38'd15) >> 4);
      end
      5'd6: weights_full_q <= ((p1_q > 48'(lut_weight_words_i)) & ~`MSD_FAULT(`FAULT_CHECK_CAPACITY)) | (p2_q > 48'(dsp_weight_words_i));
      5'd7: words_bad_q <= load_wgt & ((p1_q != 48'(tile_i.lut_words)) | (p2_q != 48'(tile_i.dsp_words)));
      5'd8: acc_full_q <= (p1_q > 48'(acc_entries_i)) | (p2_q > 48'(acc_entries_i));
      5'd9: pool_bad_q <= outside(p1_q[31:0], tile_i.pool_pad_y, tile_i.th) | outside(p2_q[31:0], tile_i.pool_pad_x, tile_i.tw);
      5'd10: begin
        result_q    <= p1_q[31:0];
        map_words_q <= p2_q;
        if (p1_q[31:0] > pixels_q) pool_bad_q <= 1'b1;
      end
      5'd11: act_planes_q <= p2_q[31:0];
      5'd12: begin
        act_words_q <= p1_q;
        act_low_q   <= p2_q;
      end
      5'd13: begin
        result_words_q <= p1_q;
        act_bad_q      <= sum(act_low_q, p2_q) != 64'(act_words_q);
      end
      5'd14: begin
        res_planes_q <= p1_q[31:0];
        out_planes_q <= p2_q[31:0];
      end
      5'd15: begin
        res_low_q <= p1_q;
        out_low_q <= p2_q;
      end
      5'd16: begin
        res_bad_q <= sum(res_low_q, p1_q) != 64'(map_words_q);
        out_bad_q <= sum(out_low_q, p2_q) != 64'(result_words_q);
      end
      default: ;
    endcase
  end

  group_check #(
    .LutCols(LutCols),
    .DspCols(DspCols)
  ) u_groups (
    .clk_i,
    .start_i(run_q & (step_q == 5'd1)),
    .tile_i,
    .pixels_i(pixels_q),
    .last_row_i(last_row_q),
    .act_words_i,
    .geometry_o(groups_bad),
    .capacity_o(act_full)
  );

  pool_base u_base (
    .clk_i,
    .pooled_i(pooled),
    .tw_i(tile_i.tw),
    .pool_stride_y_i(tile_i.pool_stride_y),
    .pool_pad_y_i(tile_i.pool_pad_y),
    .pool_oh_i(tile_i.pool_oh),
    .pool_ow_i(tile_i.pool_ow),
    .base_o(base)
  );

  // The rules that need no product.
  logic flags_bad, sizes_bad, pool_sizes_bad, pool_fails, out_full, clamp_bad, shift_bad, unaligned;

  always_comb begin
    flags_bad = flags[15] | (load_out & ~load_act) | (flags[descriptor_pkg::KEEP_BIT] & ~last_c & ~pool_only) | (flags[descriptor_pkg::POOL_MAX_BIT] & flags[descriptor_pkg::POOL_AVG_BIT]);
    if (pool_only)
      flags_bad = flags_bad | load_act | load_wgt | flags[descriptor_pkg::RELEASE_ACT_BIT] | flags[descriptor_pkg::RELEASE_WGT_BIT] |
                  flags[descriptor_pkg::FIRST_C_BIT] | last_c | depthwise | residual | ~load_res | ~pooled;
    else
      flags_bad = flags_bad | (load_res ^ residual) | (~last_c & (pooled | residual));

    sizes_bad = (tile_i.in_rows == 16'd0) | (tile_i.in_cols == 16'd0) | (tile_i.c_blocks == 16'd0) | (tile_i.c_last == 8'd0) |
                (tile_i.c_last > 8'd16) | (tile_i.kernel_h == 8'd0) | (tile_i.kernel_w == 8'd0) | (tile_i.stride_y == 8'd0) |
                (tile_i.stride_x == 8'd0) | (depthwise & (20'(channels) > in_channels));

    pool_sizes_bad = (tile_i.pool_h == 8'd0) | (tile_i.pool_w == 8'd0) | (tile_i.pool_stride_y == 8'd0) | (tile_i.pool_stride_x == 8'd0) |
                     (tile_i.pool_oh == 16'd0) | (tile_i.pool_ow == 16'd0) |
                     (~tile_i.pool_pad_y[7] & (tile_i.pool_pad_y >= tile_i.pool_h)) | (~tile_i.pool_pad_x[7] & (tile_i.pool_pad_x >= tile_i.pool_w)) |
                     ((tile_i.pool_ow > 16'd32) & ({5'b0, tile_i.pool_w} > {tile_i.pool_stride_x, 5'b0})) |
                     (flags[descriptor_pkg::POOL_AVG_BIT] & ((tile_i.pool_shift == 8'd0) | (tile_i.pool_shift > 8'd46)));
    pool_fails = pool_sizes_bad | pool_bad_q;
    out_full   = map_words_q + 48'(base) > 48'(out_words_i);
    clamp_bad  = $signed(tile_i.clamp_lo) > $signed(tile_i.clamp_hi);
    shift_bad  = residual & ((tile_i.shift_res == 8'd0) | (tile_i.shift_res > 8'd62));

    unaligned = (load_act & ((tile_i.act_address[3:0] | tile_i.act_row_stride[3:0] | tile_i.act_plane_stride[3:0] | tile_i.act_row_bytes[3:0]) != 4'd0)) |
                (load_res & ((tile_i.res_address[3:0] | tile_i.res_row_stride[3:0] | tile_i.res_plane_stride[3:0] | tile_i.res_row_bytes[3:0]) != 4'd0)) |
                (writes & ((tile_i.out_address[3:0] | tile_i.out_row_stride[3:0] | tile_i.out_plane_stride[3:0] | tile_i.out_row_bytes[3:0]) != 4'd0)) |
                (load_wgt & (tile_i.wgt_address[3:0] != 4'd0));
  end

  always_comb begin
    if (tile_i.magic != 8'(descriptor_pkg::MAGIC)) error_o = 4'(accelerator_regs_pkg::ERROR_MAGIC);
    else if (flags_bad) error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);
    else if (tile_i.th == 16'd0 || tile_i.tw == 16'd0 || channels == 17'd0) error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if (channels > 17'(tile_channels_i)) error_o = 4'(accelerator_regs_pkg::ERROR_CHANNEL_CAPACITY);
    else if (pool_only && (tile_i.k_lut != 16'd0 || tile_i.p_lut != 16'd0 || tile_i.p_dsp != 16'd0 || pool_fails || groups_bad))
      error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if (!pool_only && (tile_i.effective_bits == 8'd0 || tile_i.effective_bits > 8'd3)) error_o = 4'(accelerator_regs_pkg::ERROR_EFFECTIVE_BITS);
    else if (!pool_only && (sizes_bad || passes_bad_q || groups_bad)) error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if (!pool_only && act_full) error_o = 4'(accelerator_regs_pkg::ERROR_ACT_CAPACITY);
    else if (!pool_only && weights_full_q) error_o = 4'(accelerator_regs_pkg::ERROR_WEIGHT_CAPACITY);
    else if (!pool_only && words_bad_q) error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if (!pool_only && acc_full_q) error_o = 4'(accelerator_regs_pkg::ERROR_ACC_CAPACITY);
    else if (!pool_only && last_c && (clamp_bad || shift_bad || (pooled && pool_fails))) error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if ((pool_only || last_c) && out_full) error_o = 4'(accelerator_regs_pkg::ERROR_OUT_CAPACITY);
    else if (unaligned) error_o = 4'(accelerator_regs_pkg::ERROR_ALIGNMENT);
    else if ((load_act && act_bad_q) || (load_res && res_bad_q) || (writes && out_bad_q))
      error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
    else if (load_out && act_words_q > 48'(out_words_i)) error_o = 4'(accelerator_regs_pkg::ERROR_OUT_CAPACITY);
    else error_o = 4'(accelerator_regs_pkg::ERROR_NONE);
  end

  assign done_o          = run_q & (step_q == 5'(LastStep));
  assign lut_row_words_o = lut_words_q[15:0];
  assign dsp_row_words_o = dsp_words_q[15:0];
  assign pool_base_o     = base[15:0];
  assign result_words_o  = result_words_q[15:0];

  logic unused_bits;
  assign unused_bits = ^{tile_i, p2_q, row_digits};

endmodule
