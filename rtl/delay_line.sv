// Hands `Width` bits on Delay cycles later; without reset, so that it maps onto shift registers.
module delay_line #(
  parameter int unsigned Width = 1,
  parameter int unsigned Delay = 16  // at least 2
) (
  input  logic             clk_i,
  input  logic [Width-1:0] in_i,
  output logic [Width-1:0] out_o
);

  logic [Delay*Width-1:0] line_q;

  always_ff @(posedge clk_i) line_q <= {line_q[(Delay-1)*Width-1:0], in_i};

  assign out_o = line_q[Delay*Width-1-:Width];

endmodule
