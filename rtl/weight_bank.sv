// A weight bank: two halves, read in sequence, rewound to the start of the K pass by its first row.
`include "faults.svh"

module weight_bank #(
  parameter int unsigned Depth = 64  // words per half
) (
  input  logic                     clk_i,
  input  logic                     write_i,
  input  logic                     write_half_i,
  input  logic [$clog2(Depth)-1:0] write_address_i,
  input  logic [127:0]             write_data_i,
  input  logic                     read_i,
  input  logic                     first_i,  // the bank's first row reads
  input  core_pkg::row_token_t     token_i,  // of that row
  output logic [127:0]             data_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned AddressW = $clog2(Depth);

  logic [127:0]        mem[2**(AddressW+1)];
  logic [AddressW-1:0] address, next_q, base_q;
  logic                half, half_q, start;

  assign start = first_i & token_i.pass_start;

  always_comb begin
    address = next_q;
    half    = half_q;
    if (start) begin
      half = token_i.half & ~`MSD_FAULT(`FAULT_WEIGHT_HALF);
      if (token_i.tile_start) address = '0;
      else if (!token_i.new_k && !`MSD_FAULT(`FAULT_REWIND)) address = base_q;  // else a new K pass: go on from the last word
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      next_q <= address + 1'b1;
      half_q <= half;
      if (start) base_q <= address;
      data_o <= mem[{half, address}];
    end
    if (write_i) mem[{write_half_i, write_address_i}] <= write_data_i;
  end

  logic unused_bits;
  assign unused_bits = ^token_i;

endmodule
