// Brings the drain token of a pass to every column's accumulator bank: Delay cycles to column 0, one more a column.
module drain_line #(
  parameter int unsigned Cols  = 4,
  parameter int unsigned Delay = 3
) (
  input  logic                         clk_i,
  input  logic                         rst_i,
  input  core_pkg::drain_token_t       token_i,
  output logic [Cols*4-1:0]            tokens_o  // core_pkg::drain_token_t of each column
);

  localparam int unsigned Stages = Delay + Cols - 1;

  logic [Stages*4-1:0] line_q;

  always_ff @(posedge clk_i) begin
    line_q <= rst_i ? '0 : {line_q[(Stages-1)*4-1:0], token_i};
  end

  assign tokens_o = line_q[Stages*4-1-:Cols*4];

endmodule
