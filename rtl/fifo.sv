// A queue whose head is visible in the cycle after it was pushed; whoever pushes knows that there is room.
`include "faults.svh"

module fifo #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 8  // a power of two, at least 2
) (
  input  logic             clk_i,
  input  logic             rst_i,
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  input  logic             pop_i,
  output logic             empty_o,
  output logic [Width-1:0] data_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned IndexW = $clog2(Depth);

  logic [Width-1:0] mem[Depth];
  logic [IndexW:0]  write_q, read_q;

  always_ff @(posedge clk_i) begin
    if (push_i) mem[write_q[IndexW-1:0]] <= data_i;
    if (rst_i) begin
      write_q <= '0;
      read_q  <= '0;
    end else begin
      if (push_i && !(`MSD_FAULT(`FAULT_FIFO) & pop_i)) write_q <= write_q + 1'b1;
      if (pop_i) read_q <= read_q + 1'b1;
    end
  end

  assign empty_o = write_q == read_q;
  assign data_o  = mem[read_q[IndexW-1:0]];

endmodule
