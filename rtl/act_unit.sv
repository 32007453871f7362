// One activation group with its setup: the top edge of an array, for at most 16 pixel columns.
module act_unit #(
  parameter int unsigned Cols  = 4,
  parameter int unsigned Depth = 64
) (
  input  logic                     clk_i,
  input  logic                     rst_i,
  input  logic                     write_i,
  input  logic                     write_half_i,
  input  logic [$clog2(Depth)-1:0] write_address_i,
  input  logic [127:0]             write_data_i,
  input  core_pkg::step_token_t    step_i,
  input  logic                     shift_i,
  input  logic                     half_i,
  input  logic [15:0]              in_rows_i,
  input  logic [15:0]              in_cols_i,
  input  logic [15:0]              tw_i,
  input  logic [7:0]               stride_y_i,
  input  logic [7:0]               stride_x_i,
  input  logic [7:0]               pad_y_i,
  input  logic [7:0]               pad_x_i,
  input  logic [7:0]               pad_value_i,
  input  logic [63:0]              group_i,   // msd_group: {hi, lo, ox0, oy0}
  output logic [Cols*8-1:0]        act_o
);

  logic signed [16:0] iy0, ix0, span;
  logic signed [31:0] address0, wrap;
  logic [31:0]        plane;

  group_setup u_setup (
    .clk_i,
    .oy0_i(group_i[15:0]),
    .ox0_i(group_i[31:16]),
    .lo_i(group_i[47:32]),
    .hi_i(group_i[63:48]),
    .in_cols_i,
    .tw_i,
    .stride_y_i,
    .stride_x_i,
    .pad_y_i,
    .pad_x_i,
    .iy0_o(iy0),
    .ix0_o(ix0),
    .address0_o(address0),
    .span_o(span),
    .wrap_o(wrap),
    .plane_o(plane)
  );

  act_group #(
    .Cols(Cols),
    .Depth(Depth)
  ) u_group (
    .clk_i,
    .rst_i,
    .write_i,
    .write_half_i,
    .write_address_i,
    .write_data_i,
    .step_i,
    .shift_i,
    .half_i,
    .in_rows_i,
    .in_cols_i,
    .tw_i,
    .stride_y_i,
    .stride_x_i,
    .pad_value_i,
    .ox0_i(group_i[31:16]),
    .iy0_i(iy0),
    .ix0_i(ix0),
    .address0_i(address0),
    .span_i(span),
    .wrap_i(wrap),
    .plane_i(plane),
    .act_o
  );

endmodule
