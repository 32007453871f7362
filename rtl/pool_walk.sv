// Walks the map of a tile for pooling: for every output row its columns one after the other, each in a phase of
// max(pool_h, min(pool_ow, ceil(pool_w / stride_x))) slots: the rows of the column are read, meanwhile the column before is given to
// the windows it lies in, one a slot. One more phase follows for the last column.
`include "faults.svh"

module pool_walk (
  input  logic            clk_i,
  input  logic            rst_i,
  input  logic            start_i,       // the cycle before the first slot

  // Fields of the tile, and products of them.
  input  logic [15:0]     base_i,
  input  logic [15:0]     pixels_i,      // th * tw
  input  logic [15:0]     row_words_i,   // pool_stride_y * tw
  input  logic [15:0]     pad_words_i,   // pool_pad_y * tw
  input  logic [15:0]     channels_i,
  input  logic            fill_i,        // unused bytes of the last block are not in the buffer yet
  input  logic [15:0]     th_i,
  input  logic [15:0]     tw_i,
  input  logic [7:0]      pool_h_i,
  input  logic [7:0]      pool_w_i,
  input  logic [7:0]      pool_stride_y_i,
  input  logic [7:0]      pool_stride_x_i,
  input  logic [7:0]      pool_pad_y_i,
  input  logic [7:0]      pool_pad_x_i,
  input  logic [15:0]     pool_oh_i,
  input  logic [15:0]     pool_ow_i,

  // The slot's read.
  output logic            read_o,
  output logic [15:0]     word_o,
  output logic            fill_o,         // replace bytes from channels_i[3:0] on
  output logic            column_start_o, // the first row of its column that is read
  // The slot's window, of the column of the phase before.
  output logic            phase_start_o,
  output logic            window_o,       // a window is given its column
  output logic            window_start_o, // its first
  output logic            window_end_o,   // its last
  output logic [4:0]      window_index_o, // modulo 32: windows open at a column
  output logic            last_o          // slot of the pool
);

  `MSD_FAULT_DECLARE

  logic        run_q, tail_q;       // tail: the phase behind the last column
  logic [15:0] block_q, oy_q, x_q;
  logic [7:0]  row_q;
  logic [15:0] reach_q;             // (slot + 1) * stride_x
  logic signed [17:0] top_q, y_q;   // of the map: first row of the window, row of the slot
  logic [15:0] block_word_q, top_word_q, column_word_q, word_q;
  logic        phase_end, last_x, last_oy, last_block;
  logic [15:0] last_number;

  assign last_number = ((channels_i + 16'd15) >> 4) - 16'd1;
  assign phase_end   = (row_q >= pool_h_i - 8'd1) &
                       ((reach_q >= {8'b0, pool_w_i}) | ({8'b0, row_q} + 16'd1 >= pool_ow_i) |
                        `MSD_FAULT(`FAULT_POOL_ROW));
  assign last_x      = x_q == tw_i - 16'd1;
  assign last_oy     = oy_q == pool_oh_i - 16'd1;
  assign last_block  = block_q == last_number;

  logic signed [17:0] pad_y, pad_x, stride_y, top_next;
  logic [15:0] block_word_next, top_word_next;
  assign pad_y    = {{10{pool_pad_y_i[7]}}, pool_pad_y_i};
  assign pad_x    = {{10{pool_pad_x_i[7]}}, pool_pad_x_i};
  assign stride_y = {10'b0, pool_stride_y_i};
  assign block_word_next = block_word_q + pixels_i;
  assign top_next        = last_oy ? -pad_y : top_q + stride_y;
  assign top_word_next   = last_oy ? block_word_next - pad_words_i : top_word_q + row_words_i;

  // Windows of the phase's column.
  logic signed [17:0] stride_x, first_q, start_q, x_now, end_now, first_end;
  logic [15:0] number_q, first_number_q, wx_q;
  logic        windows_q;
  assign stride_x  = {10'b0, pool_stride_x_i};
  assign x_now     = $signed({2'b0, wx_q});
  assign end_now   = start_q + $signed({10'b0, pool_w_i}) - 18'sd1;
  assign first_end = first_q + $signed({10'b0, pool_w_i}) - 18'sd1;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      tail_q        <= 1'b0;
      windows_q     <= 1'b0;
      block_q       <= 16'd0;
      oy_q          <= 16'd0;
      x_q           <= 16'd0;
      row_q         <= 8'd0;
      reach_q       <= {8'b0, pool_stride_x_i};
      top_q         <= -pad_y;
      y_q           <= -pad_y;
      block_word_q  <= base_i;
      top_word_q    <= base_i - pad_words_i;
      column_word_q <= base_i - pad_words_i;
      word_q        <= base_i - pad_words_i;
      first_q        <= -pad_x;
      start_q        <= -pad_x;
      first_number_q <= 16'd0;
      number_q       <= 16'd0;
    end else if (run_q && !phase_end) begin
      row_q   <= row_q + 8'd1;
      reach_q <= reach_q + {8'b0, pool_stride_x_i};
      y_q     <= y_q + 18'sd1;
      word_q  <= word_q + tw_i;
      start_q  <= start_q + stride_x;
      number_q <= number_q + 16'd1;
    end else if (run_q) begin
      row_q   <= 8'd0;
      reach_q <= {8'b0, pool_stride_x_i};
      if (last_x) begin
        x_q           <= 16'd0;
        oy_q          <= last_oy ? 16'd0 : oy_q + 16'd1;
        top_q         <= top_next;
        y_q           <= top_next;
        top_word_q    <= top_word_next;
        column_word_q <= top_word_next;
        word_q        <= top_word_next;
        if (last_oy) begin
          block_q      <= block_q + 16'd1;
          block_word_q <= block_word_next;
          tail_q       <= last_block;
        end
      end else begin
        x_q           <= x_q + 16'd1;
        y_q           <= top_q;
        column_word_q <= column_word_q + 16'd1;
        word_q        <= column_word_q + 16'd1;
      end
      // The windows of the column just read, of which the first may have closed with the column before.
      windows_q <= ~tail_q;
      wx_q      <= x_q;
      if (x_q == 16'd0) begin
        first_q        <= -pad_x;
        start_q        <= -pad_x;
        first_number_q <= 16'd0;
        number_q       <= 16'd0;
      end else if (first_end == x_now) begin
        first_q        <= first_q + stride_x;
        start_q        <= first_q + stride_x;
        first_number_q <= first_number_q + 16'd1;
        number_q       <= first_number_q + 16'd1;
      end else begin
        start_q  <= first_q;
        number_q <= first_number_q;
      end
    end
    if (rst_i) run_q <= 1'b0;
    else if (start_i) run_q <= 1'b1;
    else if (phase_end && tail_q) run_q <= 1'b0;
  end

  assign read_o = run_q & ~tail_q & (row_q < pool_h_i) & ~y_q[17] &
                  ($unsigned(y_q[16:0]) < {1'b0, th_i});
  assign word_o = word_q;
  assign fill_o = fill_i & (block_q == last_number) & (channels_i[3:0] != 4'd0);
  assign column_start_o = (row_q == 8'd0) | (y_q == 18'sd0);

  assign phase_start_o  = run_q & (row_q == 8'd0);
  assign window_o       = run_q & windows_q & (start_q <= x_now) & (number_q < pool_ow_i);
  assign window_start_o = (start_q == x_now) | (wx_q == 16'd0);
  assign window_end_o   = (end_now == x_now) | (wx_q == tw_i - 16'd1 && !`MSD_FAULT(`FAULT_POOL_EDGE));
  assign window_index_o = number_q[4:0];
  assign last_o         = run_q & tail_q & phase_end;

endmodule
