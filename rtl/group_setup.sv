// What an activation group's address generator needs beyond the descriptor; computed while the tile waits in the ring.
module group_setup (
  input  logic               clk_i,
  input  logic [15:0]        oy0_i,
  input  logic [15:0]        ox0_i,
  input  logic [15:0]        lo_i,
  input  logic [15:0]        hi_i,
  input  logic [15:0]        in_cols_i,
  input  logic [15:0]        tw_i,
  input  logic [7:0]         stride_y_i,
  input  logic [7:0]         stride_x_i,
  input  logic signed [7:0]  pad_y_i,
  input  logic signed [7:0]  pad_x_i,
  output logic signed [16:0] iy0_o,
  output logic signed [16:0] ix0_o,
  output logic signed [31:0] address0_o,
  output logic signed [16:0] span_o,
  output logic signed [31:0] wrap_o,
  output logic [31:0]        plane_o
);

  // Modulo 2^32, so signs do not matter to the products.
  logic [31:0] iy0, ix0, cols, span, row;

  assign cols = {16'b0, in_cols_i};
  assign iy0  = {16'b0, oy0_i} * {24'b0, stride_y_i} - {{24{pad_y_i[7]}}, pad_y_i};
  assign ix0  = {16'b0, ox0_i} * {24'b0, stride_x_i} - {{24{pad_x_i[7]}}, pad_x_i};
  assign span = {16'b0, tw_i - 16'd1} * {24'b0, stride_x_i};
  assign row  = iy0 - {16'b0, lo_i};

  always_ff @(posedge clk_i) begin
    iy0_o      <= iy0[16:0];
    ix0_o      <= ix0[16:0];
    address0_o <= row * cols + ix0;
    span_o     <= span[16:0];
    wrap_o     <= {24'b0, stride_y_i} * cols - span;
    plane_o    <= {16'b0, hi_i - lo_i} * 32'(in_cols_i);
  end

  logic unused_bits;
  assign unused_bits = ^{iy0[31:17], ix0[31:17], span[31:17]};

endmodule
