// One activation group with its setup: at most 16 pixel columns of an array's top edge.
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
  input  logic                     start_i,  // the cycle before the tile's first step: fields are taken
  input  core_pkg::act_fields_t    fields_i,
  input  core_pkg::group_t         group_i,
  input  core_pkg::step_token_t    step_i,
  input  logic                     shift_i,
  output logic [Cols*8-1:0]        act_o
);

  core_pkg::act_fields_t fields;
  logic [15:0]           ox0;
  logic signed [16:0]    iy0, ix0, span;
  logic [15:0]           address0, wrap, plane;

  group_setup u_setup (
    .clk_i,
    .load_i(start_i),
    .fields_i,
    .group_i,
    .fields_o(fields),
    .ox0_o(ox0),
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
    .fields_i(fields),
    .ox0_i(ox0),
    .iy0_i(iy0),
    .ix0_i(ix0),
    .address0_i(address0),
    .span_i(span),
    .wrap_i(wrap),
    .plane_i(plane),
    .act_o
  );

endmodule
