// The word register of one pixel column: takes a word of 16 channels and hands them down one byte at a time.
module act_column (
  input  logic         clk_i,
  input  logic         load_i,
  input  logic [127:0] word_i,
  input  logic         shift_i,  // the channel on act_o is used up in this cycle
  output logic [7:0]   act_o
);

  logic [127:0] word_q;

  always_ff @(posedge clk_i) begin
    if (load_i) word_q <= word_i;
    else if (shift_i) word_q <= word_q >> 8;
  end

  assign act_o = word_q[7:0];

endmodule
