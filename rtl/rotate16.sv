// Rotates 16 bytes: byte b of the result is byte (b + by_i) mod 16 of the operand.
module rotate16 (
  input  logic [127:0] in_i,
  input  logic [3:0]   by_i,
  output logic [127:0] out_o
);

  // Four to one twice: by 0, 4, 8, 12 bytes, then by 0 to 3.
  logic [255:0] coarse, fine;

  assign coarse = {in_i, in_i} >> {by_i[3:2], 5'b0};
  assign fine   = {coarse[127:0], coarse[127:0]} >> {by_i[1:0], 3'b0};
  assign out_o  = fine[127:0];

  logic unused_bits;
  assign unused_bits = ^{coarse[255:128], fine[255:128]};

endmodule
