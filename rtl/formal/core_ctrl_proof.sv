// The slot sequencer issues every product of a tile once, in the order of docs/timing.md, and no slot more than that page
// allows: a walk written from it goes beside it, in every cycle from any state the invariant allows. One product, any one, is
// followed besides; and the reads of one weight bank never meet (depthwise: of two passes).
module core_ctrl_proof #(
  parameter bit Small = 1'b0  // small tiles only, for traces from reset
) (
  input logic        clk_i,
  input logic        rst_i,
  input logic        start_i,
  input logic [15:0] channels_i,
  input logic [15:0] first_channel_i,
  input logic [15:0] pixel_passes_i,
  input logic [7:0]  kernel_h_i,
  input logic [7:0]  kernel_w_i,
  input logic [15:0] in_cols_i,
  input logic [11:0] c_blocks_i,  // 4096 channels
  input logic [4:0]  c_last_i,
  input logic [1:0]  digits_i,
  input logic        depthwise_i
);

  // More rows than the shortest step has slots, banks of four rows, words of four digits.
  localparam int unsigned Rows = 18;
  localparam int unsigned BankRows = 4;
  localparam int unsigned DigitsPerWord = 4;
  localparam int unsigned FieldsW = 16 + 16 + 16 + 8 + 8 + 16 + 12 + 5 + 2 + 1;

  // Fields are there with start_i and stay until the last slot.
  localparam logic [FieldsW-1:0] Mask = Small ? {16'h1f, 16'h1f, 16'h1, 8'h3, 8'h3, 16'h7, 12'h3, 5'h1f, 2'h3, 1'b1} : '1;
  logic [FieldsW-1:0] fields, fields_q;
  logic [15:0] channels, first_channel, pixel_passes, in_cols, c_blocks;
  logic [11:0] blocks;
  logic [7:0]  kernel_h, kernel_w;
  logic [4:0]  c_last;
  logic [1:0]  digits;
  logic        depthwise;
  assign fields = start_i ? {channels_i, first_channel_i, pixel_passes_i, kernel_h_i, kernel_w_i, in_cols_i, c_blocks_i,
                             c_last_i, digits_i, depthwise_i} & Mask : fields_q;
  assign {channels, first_channel, pixel_passes, kernel_h, kernel_w, in_cols, blocks, c_last, digits, depthwise} = fields;
  assign c_blocks = {4'd0, blocks};

  core_pkg::row_token_t   row;
  core_pkg::step_token_t  step;
  core_pkg::drain_token_t drain;
  logic                   shift, busy, done;

  core_ctrl #(
    .Rows(Rows),
    .BankRows(BankRows),
    .DigitsPerWord(DigitsPerWord)
  ) u_ctrl (
    .clk_i,
    .rst_i,
    .start_i,
    .channels_i(channels),
    .first_channel_i(first_channel),
    .pixel_passes_i(pixel_passes),
    .kernel_h_i(kernel_h),
    .kernel_w_i(kernel_w),
    .in_cols_i(in_cols),
    .c_blocks_i(c_blocks),
    .c_last_i(c_last),
    .digits_i(digits),
    .one_digit_i(1'b0),
    .depthwise_i(depthwise),
    .accumulate_i(1'b0),
    .weight_half_i(1'b0),
    .acc_half_i(1'b0),
    .row_o(row),
    .step_o(step),
    .shift_o(shift),
    .drain_o(drain),
    .busy_o(busy),
    .done_o(done)
  );

  (* hierconn *) logic        \u_ctrl.run_q , \u_ctrl.tail_q , \u_ctrl.pass_start_q , \u_ctrl.step_start_q ;
  (* hierconn *) logic        \u_ctrl.new_k_q , \u_ctrl.tile_start_q ;
  (* hierconn *) logic [15:0] \u_ctrl.k_base_q , \u_ctrl.pass_q , \u_ctrl.block_q , \u_ctrl.slot_q , \u_ctrl.hold_q ;
  (* hierconn *) logic [15:0] \u_ctrl.word_q ;
  (* hierconn *) logic [15:0] \u_ctrl.tap_offset_q , \u_ctrl.row_offset_q ;
  (* hierconn *) logic [7:0]  \u_ctrl.tap_i_q , \u_ctrl.tap_j_q ;
  (* hierconn *) logic [3:0]  \u_ctrl.step_slot_q ;
  (* hierconn *) logic [4:0]  \u_ctrl.channel_q ;
  (* hierconn *) logic [1:0]  \u_ctrl.digit_q ;

  // The walk: K pass, pixel pass, tap, block, slot of the step and whose digit it has.
  logic        started_q, run_q, idle_q;   // idle_q: the steps of the pass are over
  logic [15:0] k_q, p_q, b_q, row_at_q;    // first channel of the K pass; pass; block; i * in_cols
  logic [7:0]  i_q, j_q;
  logic [4:0]  c_q, s_q;                   // channel; slot of the step, up to 15
  logic [1:0]  e_q;
  logic [4:0]  t_q;                        // slot of the pass, up to Rows
  logic        first_q;                    // no pass of the tile is over
  logic [15:0] used, left, origin, from, upto, channel;
  logic [4:0]  valid_channels;
  logic        valid, due, last_digit, over, last_b, last_j, last_i, last_p, last_k, clear;
  assign left           = channels - k_q;
  assign used           = (left < Rows) ? left : Rows;
  assign origin         = first_channel + k_q;
  assign from           = depthwise ? origin / 16 : 16'd0;
  assign upto           = depthwise ? (origin + used - 16'd1) / 16 : c_blocks - 16'd1;
  assign valid_channels = (b_q + 16'd1 == c_blocks) ? c_last : 5'd16;
  assign valid          = run_q & ~idle_q & (c_q < valid_channels);
  assign channel        = b_q * 16 + c_q;
  assign due            = valid & (~depthwise | (channel >= origin && channel < origin + used));
  assign last_digit     = e_q + 2'd1 == digits;
  assign over           = ~idle_q & (s_q == 5'd15) & (c_q + 5'(valid & last_digit) == valid_channels);
  assign last_b         = b_q == upto;
  assign last_j         = j_q + 8'd1 == kernel_w;
  assign last_i         = i_q + 8'd1 == kernel_h;
  assign last_p         = p_q + 16'd1 == pixel_passes;
  assign last_k         = left <= Rows;

  // Digits that the rows of this pass have had: of all (dense) or of one, before this tap (depthwise). A further word with each
  // fourth but the first. Then when the bank's port is in use: bit n in n cycles; of any bank, and of one, any one.
  (* anyconst *) logic [2:0] bank;
  logic [1:0] digits_q;
  logic       any_q, further;
  logic [3:0] ports_q, port_q, ports, port, reads, read;
  logic [15:0] row_due;
  assign row_due = channel - origin;
  always_comb begin
    further = due & (depthwise ? (any_q || e_q != 0) && 2'(digits_q + e_q) == 0 : any_q && digits_q == 0);
    reads   = 4'd0;  // rows of a bank that read in this slot: row n of the bank n cycles later
    read    = 4'd0;
    for (int unsigned n = 0; n < BankRows; n++) begin
      if ((run_q && t_q == 0 && !idle_q) || (further && !depthwise)) begin
        if (n < used) reads[n] = 1'b1;
        if (bank * BankRows + n < used) read[n] = 1'b1;
      end else if (further && row_due % BankRows == n) begin
        reads[n] = 1'b1;
        if (row_due / BankRows == bank) read[n] = 1'b1;
      end
    end
    ports = ports_q | reads;
    port  = port_q | read;
  end
  assign clear = run_q & idle_q & (t_q == Rows) & (ports_q[3:1] == 0);

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    fields_q  <= fields;
    if (run_q) begin
      ports_q <= ports >> 1;
      port_q  <= port >> 1;
      t_q     <= (t_q == Rows) ? t_q : t_q + 5'd1;
      s_q     <= (s_q == 5'd15) ? s_q : s_q + 5'd1;
      if (valid) begin
        e_q <= last_digit ? 2'd0 : e_q + 2'd1;
        c_q <= c_q + 5'(last_digit);
      end
      if (due && !depthwise) begin
        digits_q <= digits_q + 2'd1;
        any_q    <= 1'b1;
      end
      if (over) begin
        s_q <= 5'd0;
        c_q <= 5'd0;
        b_q <= last_b ? from : b_q + 16'd1;
        if (last_b) begin
          j_q <= last_j ? 8'd0 : j_q + 8'd1;
          if (depthwise) begin
            digits_q <= digits_q + digits;
            any_q    <= 1'b1;
          end
        end
        if (last_b && last_j) begin
          i_q      <= i_q + 8'd1;
          row_at_q <= row_at_q + in_cols;
        end
        if (last_b && last_j && last_i) idle_q <= 1'b1;
      end
      if (clear) begin
        p_q     <= last_p ? 16'd0 : p_q + 16'd1;
        first_q <= 1'b0;
        if (last_p) k_q <= k_q + Rows;
        if (last_p && last_k) run_q <= 1'b0;
      end
    end
    if (start_i) begin
      run_q   <= channels != 0;
      k_q     <= 16'd0;
      p_q     <= 16'd0;
      first_q <= 1'b1;
    end
    if (start_i || clear) begin
      idle_q   <= 1'b0;
      i_q      <= 8'd0;
      j_q      <= 8'd0;
      c_q      <= 5'd0;
      e_q      <= 2'd0;
      s_q      <= 5'd0;
      t_q      <= 5'd0;
      row_at_q <= 16'd0;
      digits_q <= 2'd0;
      any_q    <= 1'b0;
      ports_q  <= 4'd0;
      port_q   <= 4'd0;
      b_q      <= !depthwise ? 16'd0 : start_i ? first_channel / 16 : (origin + (last_p ? Rows : 0)) / 16;
    end
    if (rst_i) run_q <= 1'b0;
  end

  // One product of the tile, any one that it has.
  (* anyconst *) logic [7:0]  want_kp;  // K pass
  (* anyconst *) logic [15:0] want_p, want_b;
  (* anyconst *) logic [7:0]  want_i, want_j;
  (* anyconst *) logic [4:0]  want_c;
  (* anyconst *) logic [1:0]  want_e;
  logic [7:0]  kp_q;
  logic [15:0] want_k, want_used, want_origin;
  logic        has, is, past;
  logic [1:0]  seen_q;
  assign want_k      = want_kp * Rows;
  assign want_used   = (channels - want_k < Rows) ? channels - want_k : Rows;
  assign want_origin = first_channel + want_k;
  assign has = want_k < channels && want_p < pixel_passes && want_i < kernel_h && want_j < kernel_w && want_e < digits &&
               want_c < ((want_b + 16'd1 == c_blocks) ? c_last : 5'd16) &&
               (depthwise ? want_b >= want_origin / 16 && want_b <= (want_origin + want_used - 16'd1) / 16 : want_b < c_blocks);
  assign is   = valid && {kp_q, p_q, i_q, j_q, b_q, c_q, e_q} == {want_kp, want_p, want_i, want_j, want_b, want_c, want_e};
  assign past = {kp_q, p_q, idle_q, i_q, j_q, b_q, c_q, e_q} > {want_kp, want_p, 1'b0, want_i, want_j, want_b, want_c, want_e};
  always_ff @(posedge clk_i) begin
    seen_q <= start_i ? 2'd0 : seen_q + 2'(is);
    kp_q   <= start_i ? 8'd0 : kp_q + 8'(clear & last_p);
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(start_i && run_q));
    if (start_i) begin
      assume (pixel_passes != 0 && kernel_h != 0 && kernel_w != 0 && c_blocks != 0 && digits != 0 && c_last != 0 &&
              c_last <= 5'd16);
      assume (channels < 16'd4096 && first_channel < 16'd4096);
      assume (!depthwise || 17'(first_channel) + channels <= 17'((c_blocks - 16'd1) * 16 + c_last));
    end
    if (started_q) begin
      // What the rows, the activation groups and the banks are told.
      slots: assert (row.valid == due && busy == due && shift == (valid & last_digit) &&
                     row.clear == clear && drain.start == clear);
      never_both: assert (!(row.valid && row.clear));
      last_slot: assert (done == (!run_q || (clear && last_p && last_k)));
      if (run_q) begin
        pass: assert (row.pass_start == (t_q == 0 && !idle_q) && row.tile_start == first_q && row.new_k == (p_q == 0) &&
                      row.rows_left == 8'(used));
        whose: assert (!due || row.channel == 16'(channel - origin));
        steps: assert (step.step == (!idle_q && s_q == 0));
        place: assert (idle_q || (step.tap_i == i_q && step.tap_j == j_q && step.tap_offset == row_at_q + j_q &&
                                  step.first_block == (b_q == from) && step.block_begin == from));
        once: assert (!has || (seen_q == 2'(past)));
        once_in_the_end: assert (!(has && done && !start_i) || seen_q + 2'(is) == 2'd1);
        one_read_of_a_bank_at_a_time: assert ((port_q & read) == 0 || (depthwise && t_q != 0));
        // The invariant.
        legal: assert (pixel_passes != 0 && kernel_h != 0 && kernel_w != 0 && c_blocks != 0 && digits != 0 && c_last != 0 &&
                       c_last <= 5'd16 && channels < 16'd4096 && first_channel < 16'd4096 &&
                       (!depthwise || 17'(first_channel) + channels <= 17'((c_blocks - 16'd1) * 16 + c_last)));
        within: assert (k_q < channels && p_q < pixel_passes && j_q < kernel_w && c_q <= valid_channels && e_q < digits &&
                        (idle_q ? i_q == kernel_h : i_q < kernel_h) && b_q >= from && b_q <= upto && upto < c_blocks);
        digit: assert (e_q == 0 || c_q < valid_channels);
        idle: assert (!idle_q || (j_q == 0 && c_q == 0 && e_q == 0 && b_q == from));
        slot: assert (t_q <= Rows && s_q <= 5'd15 && (idle_q || t_q != 0 ||
                      (s_q == 0 && c_q == 0 && e_q == 0 && i_q == 0 && j_q == 0 && b_q == from && row_at_q == 0 && !any_q)));
        digits_before: assert (any_q || digits_q == 0);
        ports_before: assert (t_q != 0 || ports_q == 0);
        // A word is read while its first digits are fed: digits since then, and the reads still to come.
        read_lately: assert (depthwise || (!ports_q[3] && (!ports_q[2] || digits_q == 1) &&
                             (!ports_q[1] || (digits_q == 1 || digits_q == 2)) &&
                             (!ports_q[0] || digits_q != 0)));
        passes: assert (k_q == kp_q * Rows);
        first: assert (!first_q || (k_q == 0 && p_q == 0));
        step_begins: assert (s_q != 0 || idle_q || (c_q == 0 && e_q == 0));
        few_before_many: assert (t_q >= 5'd16 || 4'(t_q) == s_q[3:0]);
        ctrl_pass: assert (\u_ctrl.run_q && \u_ctrl.k_base_q == k_q && \u_ctrl.pass_q == p_q && \u_ctrl.tail_q == idle_q &&
                           \u_ctrl.slot_q == t_q && \u_ctrl.pass_start_q == (t_q == 0) && \u_ctrl.tile_start_q == first_q &&
                           \u_ctrl.new_k_q == (p_q == 0));
        ctrl_step: assert (\u_ctrl.block_q == b_q - from && \u_ctrl.tap_j_q == j_q && \u_ctrl.tap_i_q == i_q &&
                           \u_ctrl.row_offset_q == row_at_q && \u_ctrl.tap_offset_q == row_at_q + j_q);
        ctrl_slot: assert (\u_ctrl.channel_q == c_q && \u_ctrl.digit_q == e_q && (idle_q || \u_ctrl.step_slot_q == s_q[3:0]) &&
                           (idle_q || \u_ctrl.step_start_q == (s_q == 0)));
        ctrl_word: assert (idle_q || \u_ctrl.word_q == (!any_q ? 0 : digits_q == 0 ? 4 : digits_q));
        ctrl_port: assert (\u_ctrl.hold_q == (ports_q[3] ? 3 : ports_q[2] ? 2 : ports_q[1] ? 1 : 0));
        port_is_a_port: assert ((port_q & ~ports_q) == 0);
      end else begin
        ctrl_rests: assert (!\u_ctrl.run_q );
      end
    end
  end

  // What the assumptions must leave possible.
  always_comb begin
    if (started_q) begin
      waits_for_rows: cover (clear && s_q == 5'd2 && first_q && channels == 16'd20);
      waits_for_the_bank: cover (run_q && idle_q && t_q == Rows && !clear);
      depthwise_tile_over: cover (clear && done && depthwise && channels == 16'd3);
    end
  end

  logic unused_bits;
  assign unused_bits = ^{row, step, drain};

endmodule
