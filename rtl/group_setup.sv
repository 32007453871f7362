// What an activation group's address generator needs of the tile, derived from the descriptor and held while it works.
module group_setup (
  input  logic                    clk_i,
  input  logic                    load_i,   // the cycle before the tile's first step
  input  core_pkg::act_fields_t   fields_i,
  input  core_pkg::group_t        group_i,
  output core_pkg::act_fields_t   fields_o,
  output logic [15:0]             ox0_o,
  output logic signed [16:0]      iy0_o,      // input row and column of the group's first pixel at tap (0, 0)
  output logic signed [16:0]      ix0_o,
  output logic signed [31:0]      address0_o, // and its address
  output logic signed [16:0]      span_o,     // (tw - 1) * stride_x
  output logic signed [31:0]      wrap_o,     // from a row's last pixel to the next row's first
  output logic [31:0]             plane_o     // words of a channel block
);

  // Modulo 2^32, so signs do not matter to the products.
  logic [31:0] iy0, ix0, cols, span, row;

  assign cols = {16'b0, fields_i.in_cols};
  assign iy0  = {16'b0, group_i.oy0} * {24'b0, fields_i.stride_y} - {{24{fields_i.pad_y[7]}}, fields_i.pad_y};
  assign ix0  = {16'b0, group_i.ox0} * {24'b0, fields_i.stride_x} - {{24{fields_i.pad_x[7]}}, fields_i.pad_x};
  assign span = {16'b0, fields_i.tw - 16'd1} * {24'b0, fields_i.stride_x};
  assign row  = iy0 - {16'b0, group_i.lo};

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      fields_o   <= fields_i;
      ox0_o      <= group_i.ox0;
      iy0_o      <= iy0[16:0];
      ix0_o      <= ix0[16:0];
      address0_o <= row * cols + ix0;
      span_o     <= span[16:0];
      wrap_o     <= {24'b0, fields_i.stride_y} * cols - span;
      plane_o    <= {16'b0, group_i.hi - group_i.lo} * cols;
    end
  end

  logic unused_bits;
  assign unused_bits = ^{iy0[31:17], ix0[31:17], span[31:17]};

endmodule
