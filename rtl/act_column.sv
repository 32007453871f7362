// The word register of one pixel column: takes a word of 16 channels and hands them down one byte at a time. The byte is
// selected, not shifted out: a third of the LUTs.
module act_column (
  input  logic         clk_i,
  input  logic         load_i,
  input  logic [127:0] word_i,
  input  logic         shift_i,  // the channel on act_o is used up in this cycle
  output logic [7:0]   act_o
);

  logic [127:0] word_q;
  logic [3:0]   next_q;

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      word_q <= word_i;
      act_o  <= word_i[7:0];
      next_q <= 4'd1;
    end else if (shift_i) begin
      act_o  <= word_q[next_q*8+:8];
      next_q <= next_q + 4'd1;
    end
  end

endmodule
