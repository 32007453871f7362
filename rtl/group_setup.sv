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
  output logic [15:0]             address0_o, // and its address, modulo 2^16 as the others
  output logic signed [16:0]      span_o,     // (tw - 1) * stride_x
  output logic [15:0]             wrap_o,     // from a row's last pixel to the next row's first
  output logic [15:0]             plane_o     // words of a channel block
);

  // Modulo their width, so signs do not matter to the products.
  logic [16:0] iy0, ix0, span;

  assign iy0  = {1'b0, group_i.oy0} * {9'b0, fields_i.stride_y} - {{9{fields_i.pad_y[7]}}, fields_i.pad_y};
  assign ix0  = {1'b0, group_i.ox0} * {9'b0, fields_i.stride_x} - {{9{fields_i.pad_x[7]}}, fields_i.pad_x};
  assign span = {1'b0, fields_i.tw - 16'd1} * {9'b0, fields_i.stride_x};

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      fields_o   <= fields_i;
      ox0_o      <= group_i.ox0;
      iy0_o      <= iy0;
      ix0_o      <= ix0;
      address0_o <= (iy0[15:0] - group_i.lo) * fields_i.in_cols + ix0[15:0];
      span_o     <= span;
      wrap_o     <= {8'b0, fields_i.stride_y} * fields_i.in_cols - span[15:0];
      plane_o    <= (group_i.hi - group_i.lo) * fields_i.in_cols;
    end
  end

endmodule
