// Feeds one row: asks its bank for words when it needs them and shifts digits out, two cycles behind the token.
`include "faults.svh"

module row_feeder #(
  parameter int unsigned DigitW = 4  // 4: LUT digits, 8: DSP weights
) (
  input  logic                 clk_i,
  input  logic                 rst_i /*verilator public_flat_rd*/,
  input  core_pkg::row_token_t token_i /*verilator public_flat_rd*/,
  output core_pkg::row_token_t token_o,  // for the next row
  output logic                 read_o,
  input  logic [127:0]         data_i /*verilator public_flat_rd*/,   // in the cycle after read_o
  output logic [DigitW-1:0]    digit_o,
  output logic                 valid_o,
  output logic                 clear_o
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  `MSD_FAULT_DECLARE

  localparam int unsigned DigitsPerWord = 128 / DigitW;
  localparam int unsigned CountW = $clog2(DigitsPerWord + 1);
  localparam int unsigned IndexW = $clog2(DigitsPerWord);

  logic              used, due, due_q, due_qq, clear_q, clear_qq, read_q, one_q, one_qq, empty;
  logic [CountW-1:0] consumed_q;  // digits of the current word
  logic [127:0]      word_q, word;
  logic [IndexW-1:0] next_q;
  logic [DigitW-1:0] digit_q;

  always_comb begin
    word = data_i;
    if (DigitW == 4 && `MSD_FAULT(`FAULT_NIBBLES)) begin
      for (int unsigned i = 0; i < 16; i++) word[i*8+:8] = {data_i[i*8+:4], data_i[i*8+4+:4]};
    end
  end

  assign used = token_i.rows_left != 8'd0;
  assign due  = used & token_i.valid & (~token_i.depthwise | (token_i.channel == (`MSD_FAULT(`FAULT_DEPTHWISE_ROW) ? 16'd1 : 16'd0)));
  assign read_o = used & (token_i.pass_start | (due & (consumed_q == CountW'(DigitsPerWord))));

  always_ff @(posedge clk_i) begin
    token_o           <= token_i;
    token_o.rows_left <= used ? token_i.rows_left - 8'd1 : 8'd0;
    token_o.channel   <= token_i.channel - 16'd1;
    if (rst_i) begin
      token_o.valid      <= 1'b0;
      token_o.clear      <= 1'b0;
      token_o.pass_start <= 1'b0;
    end

    if (read_o) consumed_q <= CountW'(due);
    else if (due) consumed_q <= consumed_q + 1'b1;

    due_q    <= due & ~rst_i;
    due_qq   <= due_q & ~rst_i;
    clear_q  <= used & token_i.clear & ~rst_i;
    clear_qq <= clear_q & ~rst_i;
    read_q   <= read_o & ~rst_i;
    one_q    <= token_i.one_digit;
    one_qq   <= one_q;

    // The digit is selected, not shifted out: a third of the LUTs.
    if (read_q) begin
      word_q  <= word;
      digit_q <= word[DigitW-1:0];
      next_q  <= IndexW'(1);
    end else if (due_qq) begin
      digit_q <= word_q[next_q*DigitW+:DigitW];
      next_q  <= next_q + 1'b1;
    end
  end

  // At one digit per weight there is no zero among the codes: that of +2^7 is empty.
  assign empty   = (DigitW == 4) && one_qq && (digit_q[3:0] == 4'd7) && !`MSD_FAULT(`FAULT_EB1_ZERO);
  assign valid_o = due_qq & ~empty;
  assign clear_o = clear_qq;
  assign digit_o = valid_o ? digit_q : '0;

endmodule
