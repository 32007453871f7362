// The lower two bits of a LUT element's shift: activation << shift. A module of its own because technology mapping across
// its border trades ten LUTs for one level of logic.
(* keep_hierarchy *)
module lut_shift (
  input  logic [7:0]  act_i,
  input  logic [1:0]  shift_i,
  output logic [10:0] part_o
);

  assign part_o = {{3{act_i[7]}}, act_i} << shift_i;

endmodule
