// One channel of pooling: a column's maximum or sum, then the windows it lies in, up to 32 open at a time.
`include "faults.svh"

module pool_lane (
  input  logic               clk_i,
  input  logic               average_i,
  input  logic [7:0]         zero_i,         // subtracted from every value that is summed
  input  logic [7:0]         value_i,        // t
  input  logic               valid_i,        // t
  input  logic               column_start_i, // t
  input  logic               phase_start_i,  // t: the column before is complete
  input  logic               window_i,       // t + 1, of the column before
  input  logic               window_start_i, // t + 1
  input  logic [4:0]         index_i,        // t + 1
  output logic signed [24:0] window_o        // t + 2
);

  `MSD_FAULT_DECLARE

  logic signed [24:0] mem[32];
  logic signed [16:0] column_q, held_q, value;
  logic signed [24:0] held, open, given;

  assign value = {{9{value_i[7]}}, value_i} - ((average_i && !`MSD_FAULT(`FAULT_POOL_ZERO)) ? {{9{zero_i[7]}}, zero_i} : 17'd0);

  assign held = {{8{held_q[16]}}, held_q};
  assign open = mem[index_i];
  always_comb begin
    if (window_start_i) given = held;
    else if (average_i) given = open + held;
    else given = (open > held) ? open : held;
  end

  always_ff @(posedge clk_i) begin
    if (phase_start_i) held_q <= column_q;
    if (valid_i) begin
      if (column_start_i) column_q <= value;
      else if (average_i) column_q <= column_q + value;
      else if (value > column_q) column_q <= value;
    end
    if (window_i) mem[index_i] <= given;
    window_o <= given;
  end

endmodule
