// The slot sequencer of one core: walks K passes, pixel passes, steps, idle slots and the clear slot of a tile.
// The first slot is issued in the cycle after start_i. docs/timing.md, "Passes, steps, slots".
`include "faults.svh"

module core_ctrl #(
  parameter int unsigned Rows          = 4,
  parameter int unsigned BankRows      = 32,  // rows that share a weight bank
  parameter int unsigned DigitsPerWord = 32
) (
  input  logic                   clk_i,
  input  logic                   rst_i,
  input  logic                   start_i,

  // Fields of the tile, stable from start_i until done_o.
  input  logic [15:0]            channels_i,       // 0: the core has nothing to do
  input  logic [15:0]            first_channel_i,
  input  logic [15:0]            pixel_passes_i,
  input  logic [7:0]             kernel_h_i,
  input  logic [7:0]             kernel_w_i,
  input  logic [15:0]            in_cols_i,
  input  logic [15:0]            c_blocks_i,
  input  logic [4:0]             c_last_i,
  input  logic [1:0]             digits_i,
  input  logic                   one_digit_i,      // LUT core at EB 1
  input  logic                   depthwise_i,
  input  logic                   accumulate_i,
  input  logic                   weight_half_i,
  input  logic                   acc_half_i,

  output core_pkg::row_token_t   row_o,
  output core_pkg::step_token_t  step_o,
  output logic                   shift_o,          // the slot ends a channel
  output core_pkg::drain_token_t drain_o,
  output logic                   busy_o,           // at least one row is due a digit
  output logic                   done_o            // last slot, or idle
);

  `MSD_FAULT_DECLARE

  logic        run_q;
  // Pass.
  logic [15:0] k_base_q, pass_q;
  logic        new_k_q, tile_start_q;
  logic [15:0] used;
  // Step.
  logic [7:0]  tap_i_q, tap_j_q;
  logic [15:0] tap_offset_q, row_offset_q, block_q, block_begin, block_end, block;
  // Slot.
  logic        tail_q, pass_start_q, step_start_q;
  logic [15:0] slot_q;      // of the pass, up to Rows
  logic [3:0]  step_slot_q; // up to 15
  logic [4:0]  channel_q, channel_count, channel_next;
  logic [1:0]  digit_q;
  // Weight port: the bank's last row has read its word hold_q slots from now.
  logic [15:0] hold_q, hold_new, bank_row, word_q, word_next;
  logic        word_start;

  logic        valid, due, last_digit, step_end, pass_end, last_block, last_j, last_i, last_pass, last_k;
  logic [15:0] first, relative;

  assign used = (channels_i - k_base_q > 16'(Rows)) ? 16'(Rows) : channels_i - k_base_q;
  assign first = first_channel_i + k_base_q;
  assign block_begin = depthwise_i ? 16'(first[15:4]) : 16'd0;
  assign block_end = depthwise_i ? 16'((first + used - 16'd1) >> 4) : c_blocks_i - 16'd1;
  assign block = block_begin + block_q;

  assign channel_count = (block == c_blocks_i - 16'd1 && !`MSD_FAULT(`FAULT_LAST_CHANNELS)) ? c_last_i : 5'd16;
  assign valid = run_q & ~tail_q & (channel_q != channel_count);
  assign last_digit = digit_q == digits_i - 2'd1;
  assign channel_next = channel_q + {4'b0, valid & last_digit};
  assign step_end = ~tail_q & (step_slot_q == 4'd15) & (channel_next == channel_count);

  assign relative = {block[11:0], 4'b0} + 16'(channel_q) - first;  // depthwise: the row that is due
  assign due = valid & (~depthwise_i | (relative < used));

  assign last_block = block == block_end;
  assign last_j = tap_j_q == kernel_w_i - 8'd1;
  assign last_i = tap_i_q == kernel_h_i - 8'd1;
  assign last_pass = pass_q == pixel_passes_i - 16'd1;
  assign last_k = channels_i - k_base_q <= 16'(Rows);
  // The rows of the pass before, of a fuller K pass or tile perhaps, reach the banks one a cycle: keep behind them.
  assign pass_end = run_q & tail_q & ((slot_q == 16'(Rows)) | `MSD_FAULT(`FAULT_ROWS_WAIT)) & ((hold_q == 16'd0) | `MSD_FAULT(`FAULT_EARLY_PASS));

  // Which bank row reads last because of this slot: all rows take word 0 with the first slot; a dense row takes a
  // further word with all others, a depthwise row when it has used up its own.
  always_comb begin
    word_start = pass_start_q;
    bank_row   = (used > 16'(BankRows)) ? 16'(BankRows) - 16'd1 : used - 16'd1;
    if (!pass_start_q && depthwise_i) begin
      word_start = due & (word_q + 16'(digit_q) == 16'(DigitsPerWord));
      bank_row   = relative % 16'(BankRows);
    end else if (!pass_start_q) begin
      word_start = due & (word_q == 16'(DigitsPerWord));
    end

    word_next = word_q;
    if (depthwise_i) begin
      if (step_end && last_block) begin  // digits of the word that every row has used, after this tap
        word_next = word_q + 16'(digits_i);
        if (word_next > 16'(DigitsPerWord)) word_next = word_next - 16'(DigitsPerWord);
      end
    end else if (word_start) begin
      word_next = 16'(due);
    end else begin
      word_next = word_q + 16'(due);
    end

    hold_new = (hold_q == 16'd0) ? 16'd0 : hold_q - 16'd1;
    if (word_start && bank_row > hold_new + 16'd1) hold_new = bank_row - 16'd1;
  end

  always_ff @(posedge clk_i) begin
    if (run_q) begin
      pass_start_q <= 1'b0;
      step_start_q <= 1'b0;
      slot_q       <= (slot_q == 16'(Rows)) ? slot_q : slot_q + 16'd1;
      step_slot_q  <= (step_slot_q == 4'd15) ? step_slot_q : step_slot_q + 4'd1;
      channel_q    <= channel_next;
      if (valid) digit_q <= last_digit ? 2'd0 : digit_q + 2'd1;
      hold_q       <= hold_new;
      word_q       <= word_next;
      if (step_end) begin
        step_start_q <= 1'b1;
        step_slot_q  <= 4'd0;
        channel_q    <= 5'd0;
        block_q      <= block_q + 16'd1;
        if (last_block) begin
          block_q      <= 16'd0;
          tap_j_q      <= tap_j_q + 8'd1;
          tap_offset_q <= tap_offset_q + 16'd1;
          if (last_j) begin
            tap_j_q      <= 8'd0;
            tap_i_q      <= tap_i_q + 8'd1;
            row_offset_q <= row_offset_q + in_cols_i;
            tap_offset_q <= row_offset_q + in_cols_i;
            if (last_i) begin
              tail_q       <= 1'b1;
              step_start_q <= 1'b0;
            end
          end
        end
      end
    end
    if (start_i || pass_end) begin
      tail_q       <= 1'b0;
      pass_start_q <= 1'b1;
      step_start_q <= 1'b1;
      slot_q       <= 16'd0;
      step_slot_q  <= 4'd0;
      channel_q    <= 5'd0;
      digit_q      <= 2'd0;
      hold_q       <= 16'd0;
      word_q       <= 16'd0;
      block_q      <= 16'd0;
      tap_i_q      <= 8'd0;
      tap_j_q      <= 8'd0;
      tap_offset_q <= 16'd0;
      row_offset_q <= 16'd0;
      tile_start_q <= start_i;
      new_k_q      <= start_i | last_pass;
      pass_q       <= (start_i | last_pass) ? 16'd0 : pass_q + 16'd1;
      if (start_i) k_base_q <= 16'd0;
      else if (last_pass) k_base_q <= k_base_q + 16'(Rows);
    end
    if (rst_i) run_q <= 1'b0;
    else if (start_i) run_q <= channels_i != 16'd0;
    else if (pass_end && last_pass && last_k) run_q <= 1'b0;
  end

  assign row_o.valid      = due;
  assign row_o.clear      = pass_end;
  assign row_o.pass_start = run_q & pass_start_q;
  assign row_o.tile_start = tile_start_q;
  assign row_o.new_k      = new_k_q;
  assign row_o.one_digit  = one_digit_i;
  assign row_o.half       = weight_half_i;
  assign row_o.depthwise  = depthwise_i;
  assign row_o.rows_left  = used[7:0];
  assign row_o.channel    = relative;

  assign step_o.step        = run_q & step_start_q;
  assign step_o.pass_start  = pass_start_q;
  assign step_o.new_k       = new_k_q;
  assign step_o.first_block = block_q == 16'd0;
  assign step_o.block_begin = block_begin;
  assign step_o.tap_i       = tap_i_q;
  assign step_o.tap_j       = tap_j_q;
  assign step_o.tap_offset  = tap_offset_q;

  assign shift_o = valid & last_digit;

  assign drain_o.start      = pass_end;
  assign drain_o.tile_start = tile_start_q;
  assign drain_o.accumulate = accumulate_i;
  assign drain_o.half       = acc_half_i;

  assign busy_o = `MSD_FAULT(`FAULT_BUSY) ? valid : due;
  assign done_o = ~run_q | (pass_end & last_pass & last_k);

endmodule
