// Post-processing: 16 lanes between the accumulator banks and the output buffer, pooling in the buffer, and the buffer and
// parameter sets themselves. docs/timing.md, "Post-processing and pooling".
`include "faults.svh"
`include "post_if.svh"

module post_unit #(
  parameter int unsigned LutRows      = 4,
  parameter int unsigned LutCols      = 4,
  parameter int unsigned DspRows      = 4,
  parameter int unsigned DspCols      = 4,
  parameter int unsigned AccEntries   = 128,  // per half, a power of two
  parameter int unsigned OutWords     = 256,  // per half
  parameter int unsigned TileChannels = 64
) (
  input  logic                            clk_i,
  input  logic                            rst_i,  // held for 32 cycles
  input  logic                            start_i,
  output logic                            done_o,
  `MSD_POST_PORTS,

  output logic                            read_o,
  output logic [3:0]                      read_group_o,
  output logic [$clog2(2*AccEntries)-1:0] read_address_o,
  input  logic [511:0]                    read_data_i,

  input  logic                            res_write_i,
  input  logic                            res_half_i,
  input  logic [15:0]                     res_address_i,
  input  logic [127:0]                    res_data_i,

  input  logic                            store_read_i,
  input  logic                            store_half_i,
  input  logic [15:0]                     store_address_i,
  output logic [127:0]                    store_data_o,

  input  logic                            hand_read_i,
  input  logic                            hand_half_i,
  input  logic [15:0]                     hand_address_i,
  input  logic [15:0]                     hand_words_i,
  output logic [127:0]                    hand_data_o,

  input  logic                            param_write_i,
  input  logic [1:0]                      param_write_set_i,
  input  logic [15:0]                     param_write_address_i,
  input  logic [127:0]                    param_write_data_i
);

  `MSD_FAULT_DECLARE

  localparam int unsigned EntryW   = $clog2(AccEntries);
  localparam int unsigned AddressW = $clog2(OutWords);

  // Products of the tile's fields, from the cycle after start_i on; modulo 2^16, which every address fits.
  logic [15:0] pixels_q, row_words_q, pad_words_q, lut_stride_q, dsp_stride_q;
  always_ff @(posedge clk_i) begin
    pixels_q     <= th_i * tw_i;
    row_words_q  <= {8'b0, pool_stride_y_i} * tw_i;
    pad_words_q  <= {{8{pool_pad_y_i[7]}}, pool_pad_y_i} * tw_i;
    lut_stride_q <= p_lut_i * 16'(LutRows);
    dsp_stride_q <= p_dsp_i * 16'(DspRows);
  end

  // Phases: the walk over the sums, then over the map. A phase's first item comes two cycles after its start.
  logic        active_q, pooling_q, post_start_q, pool_start, pool_start_q, post_done, pool_done, pooled;
  logic [15:0] channels;

  assign pooled     = pool_max_i | pool_avg_i;
  assign channels   = k_lut_i + k_dsp_i;
  assign pool_start = pooled & (post_done | (start_i & pool_only_i));
  assign done_o     = pool_done | (post_done & ~pooled);

  always_ff @(posedge clk_i) begin
    post_start_q <= start_i & ~pool_only_i & ~rst_i;
    pool_start_q <= pool_start & ~rst_i;
    active_q     <= ~rst_i & (start_i | (active_q & ~done_o));
    pooling_q    <= ~rst_i & (pool_start | (pooling_q & ~done_o));
  end

  // Items by stage: s0 the walk, s1 read request, s2 sum and parameters, s3 .. s19 the lanes, s20 rotated, s21 written.
  post_pkg::item_t      walk, s1_q, s2_q;
  logic [3:0]           group;
  logic [15:0]          entry, channel, channel_q, block_word, fill_word_q;
  post_pkg::channel_t   constants;

  post_walk #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols)
  ) u_walk (
    .clk_i,
    .rst_i,
    .start_i(post_start_q),
    .base_i(pool_base_i),
    .pixels_i(pixels_q),
    .k_lut_i,
    .k_dsp_i,
    .p_lut_i,
    .p_dsp_i,
    .lut_stride_i(lut_stride_q),
    .dsp_stride_i(dsp_stride_q),
    .item_o(walk),
    .group_o(group),
    .entry_o(entry),
    .channel_o(channel),
    .block_word_o(block_word)
  );

  always_ff @(posedge clk_i) begin
    s1_q           <= walk;
    s2_q           <= s1_q;
    read_o         <= walk.valid;
    read_group_o   <= group;
    read_address_o <= {acc_half_i, entry[EntryW-1:0]};
    channel_q      <= channel;
    if (walk.valid) fill_word_q <= block_word;
  end

  param_sets #(
    .Channels(TileChannels)
  ) u_params (
    .clk_i,
    .write_i(param_write_i),
    .write_set_i(param_write_set_i),
    .write_address_i(param_write_address_i),
    .write_data_i(param_write_data_i),
    .read_i(read_o),
    .read_set_i(`MSD_FAULT(`FAULT_POST_SET) ? 2'd0 : param_set_i),
    .read_channel_i(channel_q),
    .channel_o(constants)
  );

  // What the lanes begin with, s3: a sum with its channel's constants, or a window with the pool's.
  logic [511:0] windows, acc_q;
  logic [31:0]  bias_q;
  logic [23:0]  multiplier_q, multiplier_qq, multiplier_qqq;
  logic [5:0]   shift_q, shift_s4_q, shift_s5_q, shift_s6_q, shift_s7_q, shift_s8_q, shift_s9_q;
  logic [3:0]   fine_q;
  logic [58:0]  offset, half, offset_q, half_q, half_below_q;
  logic         two_roundings;

  for (genvar n = 0; n < 16; n++) begin : gen_operand
    always_ff @(posedge clk_i) acc_q[n*32+:32] <= pooling_q ? windows[n*32+:32] : read_data_i[n*32+:32];
  end

  assign two_roundings = ~pooling_q & (shift_s6_q > 6'd24);
  always_comb begin
    offset = 59'd0;
    if (!pooling_q) offset[23] = shift_s6_q > 6'd24;
    else if (pool_avg_i) offset = {{51{pool_zero_i[7]}}, pool_zero_i} << pool_shift_i[5:0];
  end
  assign half = (59'd1 << shift_s7_q) >> 1;

  logic two_roundings_q;
  always_ff @(posedge clk_i) begin
    if (pooling_q) begin
      bias_q       <= 32'd0;
      multiplier_q <= pool_avg_i ? {8'b0, pool_mul_i} : 24'd1;
      shift_q      <= pool_avg_i ? pool_shift_i[5:0] : 6'd0;
    end else begin
      bias_q       <= `MSD_FAULT(`FAULT_POST_BIAS) ? 32'd0 : constants.bias;
      multiplier_q <= constants.multiplier;
      shift_q      <= constants.shift;
    end
    multiplier_qq  <= multiplier_q;
    multiplier_qqq <= multiplier_qq;
    shift_s4_q <= shift_q;
    shift_s5_q <= shift_s4_q;
    shift_s6_q <= shift_s5_q;
    shift_s7_q <= shift_s6_q;
    shift_s8_q <= shift_s7_q;
    shift_s9_q <= shift_s8_q;
    fine_q     <= shift_s9_q[3:0];
    offset_q   <= offset;
    two_roundings_q <= two_roundings;
    half_q       <= half;
    half_below_q <= half - {34'b0, two_roundings_q, 23'b0, pooling_q & pool_avg_i};
  end

  logic [34:0]  half_res_q;
  logic [127:0] lanes_y, residual_q;
  logic [7:0]   zero_q, lo_q, hi_q;
  logic         add_q;
  always_ff @(posedge clk_i) begin
    half_res_q <= 35'((64'd1 << shift_res_i[5:0]) >> 1);
    zero_q     <= pooling_q ? 8'd0 : zero_conv_i;
    lo_q       <= pooling_q ? 8'h80 : clamp_lo_i;
    hi_q       <= pooling_q ? 8'h7f : clamp_hi_i;
    add_q      <= ~pooling_q & residual_i;
  end

  for (genvar n = 0; n < 16; n++) begin : gen_lane
    post_lane u_lane (
      .clk_i,
      .acc_i(acc_q[n*32+:32]),
      .bias_i(bias_q),
      .multiplier_i(multiplier_qq),
      .multiplier_late_i(multiplier_qqq),
      .offset_i(offset_q),
      .half_i(half_q),
      .half_below_i(half_below_q),
      .shift_i(shift_s9_q),
      .fine_i(fine_q),
      .zero_i(zero_q),
      .residual_i(residual_q[n*8+:8]),
      .add_i(add_q),
      .zero_conv_i,
      .zero_res_i,
      .zero_out_i,
      .mul_conv_i,
      .mul_res_i,
      .shift_res_i(shift_res_i[5:0]),
      .half_res_i(half_res_q),
      .lo_i(lo_q),
      .hi_i(hi_q),
      .y_o(lanes_y[n*8+:8])
    );
  end

  // The items beside them.
  post_pkg::item_t s3_q, s10, s19;

  always_ff @(posedge clk_i) s3_q <= pooling_q ? window_q : s2_q;

  delay_line #(
    .Width($bits(s3_q)),
    .Delay(7)
  ) u_to_residual (
    .clk_i,
    .in_i(s3_q),
    .out_o(s10)
  );
  delay_line #(
    .Width($bits(s10)),
    .Delay(9)
  ) u_to_write (
    .clk_i,
    .in_i(s10),
    .out_o(s19)
  );

  // Reading: the residual at s10, or a word of the map to be pooled; rotated two cycles later.
  post_pkg::item_t        pool_read_q, read;
  logic [15:0]            read_lanes;
  logic [16*AddressW-1:0] read_address;
  logic [3:0]             read_first, read_first_q;
  logic [127:0]           banks, lanes;

  assign read = pooling_q ? pool_read_q : s10;

  bank_address #(
    .AddressW(AddressW)
  ) u_read (
    .item_i(read),
    .enable_o(read_lanes),
    .address_o(read_address),
    .first_o(read_first)
  );
  rotate16 u_rotate_read (
    .in_i(banks),
    .by_i(`MSD_FAULT(`FAULT_POST_ROTATE) ? 4'd0 : read_first_q),
    .out_o(lanes)
  );

  always_ff @(posedge clk_i) begin
    read_first_q <= read_first;
    residual_q   <= lanes;
  end

  // Writing: rotated at s20, in the buffer's ports at s21.
  logic [15:0]            enable, enable_q, enable_qq;
  logic [16*AddressW-1:0] write_address, write_address_q, write_address_qq;
  logic [127:0]           rotated, rotated_q, rotated_qq;
  logic [3:0]             write_first;
  logic                   last_q, last_qq;

  bank_address #(
    .AddressW(AddressW)
  ) u_write (
    .item_i(s19),
    .enable_o(enable),
    .address_o(write_address),
    .first_o(write_first)
  );
  rotate16 u_rotate_write (
    .in_i(lanes_y),
    .by_i(4'd0 - write_first),
    .out_o(rotated)
  );

  always_ff @(posedge clk_i) begin
    enable_q         <= rst_i ? 16'd0 : enable;
    write_address_q  <= write_address;
    rotated_q        <= rotated;
    last_q           <= s19.last & ~rst_i;
    enable_qq        <= rst_i ? 16'd0 : enable_q;
    write_address_qq <= write_address_q;
    rotated_qq       <= rotated_q;
    last_qq          <= last_q & ~rst_i;
  end

  assign post_done = last_qq & ~pooling_q;
  assign pool_done = last_qq & pooling_q;

  out_buffer #(
    .Words(OutWords)
  ) u_buffer (
    .clk_i,
    .load_i(res_write_i),
    .load_half_i(res_half_i),
    .load_word_i(res_address_i),
    .load_data_i(res_data_i),
    .store_i(store_read_i),
    .store_half_i,
    .store_word_i(store_address_i),
    .store_data_o,
    .hand_i(hand_read_i),
    .hand_half_i,
    .hand_word_i(hand_address_i),
    .hand_words_i,
    .hand_data_o,
    .post_i(active_q),
    .post_half_i(out_half_i),
    .post_write_i(enable_qq),
    .post_write_address_i(write_address_qq),
    .post_write_data_i(rotated_qq),
    .post_read_i(|read_lanes),
    .post_read_address_i(read_address),
    .post_read_data_o(banks),
    .done_i(done_o),
    .fill_i(~pool_only_i & ~pooled & (channels[3:0] != 4'd0)),
    .fill_word_i(fill_word_q),
    .fill_lane_i(channels[3:0]),
    .fill_value_i(zero_out_i)
  );

  // Pooling: p0 the walk, p1 read request, p2 data, p3 the word, p4 window, p5 = s2 what goes to the lanes.
  logic        p0_read, p0_fill, p0_column, p0_phase, p0_window, p0_start, p0_end, p0_last;
  logic [15:0] p0_word, out_word_q;
  logic [4:0]  p0_index, p3_index, p4_index_q;
  logic        p3_read, p3_fill, p3_column, p3_phase, p3_window, p3_start, p3_end, p3_last;
  logic        p4_window_q, p4_start_q, p4_end_q, p4_last_q;
  post_pkg::item_t window_q;

  pool_walk u_pool (
    .clk_i,
    .rst_i,
    .start_i(pool_start_q),
    .base_i(pool_base_i),
    .pixels_i(pixels_q),
    .row_words_i(row_words_q),
    .pad_words_i(pad_words_q),
    .channels_i(channels),
    .fill_i(~pool_only_i),
    .th_i,
    .tw_i,
    .pool_h_i,
    .pool_w_i,
    .pool_stride_y_i,
    .pool_stride_x_i,
    .pool_pad_y_i,
    .pool_pad_x_i,
    .pool_oh_i,
    .pool_ow_i,
    .read_o(p0_read),
    .word_o(p0_word),
    .fill_o(p0_fill),
    .column_start_o(p0_column),
    .phase_start_o(p0_phase),
    .window_o(p0_window),
    .window_start_o(p0_start),
    .window_end_o(p0_end),
    .window_index_o(p0_index),
    .last_o(p0_last)
  );

  delay_line #(
    .Width(13),
    .Delay(3)
  ) u_to_word (
    .clk_i,
    .in_i({p0_read, p0_fill, p0_column, p0_phase, p0_window, p0_start, p0_end, p0_index, p0_last}),
    .out_o({p3_read, p3_fill, p3_column, p3_phase, p3_window, p3_start, p3_end, p3_index, p3_last})
  );

  always_ff @(posedge clk_i) begin
    pool_read_q.valid   <= p0_read;
    pool_read_q.last    <= 1'b0;
    pool_read_q.pool    <= 1'b1;
    pool_read_q.count   <= 5'd16;
    pool_read_q.channel <= 4'd0;
    pool_read_q.word    <= p0_word;

    p4_window_q <= p3_window;
    p4_start_q  <= p3_start;
    p4_end_q    <= p3_end;
    p4_index_q  <= p3_index;
    p4_last_q   <= p3_last;

    window_q.valid   <= p4_window_q & p4_end_q;
    window_q.last    <= p4_last_q;
    window_q.pool    <= 1'b1;
    window_q.count   <= 5'd16;
    window_q.channel <= 4'd0;
    window_q.word    <= out_word_q;
    if (pool_start_q) out_word_q <= 16'd0;
    else if (p4_window_q && p4_end_q) out_word_q <= out_word_q + 16'd1;
  end

  logic [15:0] unowned;  // bytes of the last block that no channel owns
  assign unowned = 16'hffff << channels[3:0];

  for (genvar n = 0; n < 16; n++) begin : gen_pool
    logic [7:0]  value;
    logic [24:0] window;

    // They hold what was there before: they count as the zero point.
    assign value = (p3_fill && unowned[n]) ? zero_out_i : residual_q[n*8+:8];

    pool_lane u_lane (
      .clk_i,
      .average_i(pool_avg_i),
      .zero_i(zero_out_i),
      .value_i(value),
      .valid_i(p3_read),
      .column_start_i(p3_column),
      .phase_start_i(p3_phase),
      .window_i(p4_window_q),
      .window_start_i(p4_start_q),
      .index_i(p4_index_q),
      .window_o(window)
    );

    assign windows[n*32+:32] = {{7{window[24]}}, window};
  end

  logic unused_bits;
  assign unused_bits = ^{entry[15:EntryW], shift_res_i[7:6], pool_shift_i[7:6]};

endmodule
