// The accumulator bank of one pixel column: sums arrive one a cycle and are written, or added, at consecutive addresses.
`include "faults.svh"

module acc_bank #(
  parameter int unsigned Entries = 128  // per half
) (
  input  logic                         clk_i,
  input  logic                         rst_i /*verilator public_flat_rd*/,
  input  core_pkg::drain_token_t       token_i /*verilator public_flat_rd*/,  // with the sum of row 0
  input  logic                         valid_i /*verilator public_flat_rd*/,
  input  logic [31:0]                  sum_i /*verilator public_flat_rd*/,
  output logic                         write_o,  // two cycles after valid_i
  output logic [$clog2(2*Entries)-1:0] write_address_o,
  output logic [31:0]                  write_data_o,
  input  logic                         read_i /*verilator public_flat_rd*/,   // by post-processing, never while a tile adds
  input  logic [$clog2(2*Entries)-1:0] read_address_i /*verilator public_flat_rd*/,
  output logic [31:0]                  read_data_o
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  `MSD_FAULT_DECLARE

  localparam int unsigned AddressW = $clog2(Entries);

  logic [31:0]         mem[2**(AddressW+1)];
  logic [AddressW-1:0] next_q, address;
  logic [AddressW:0]   address_q;
  logic                half, half_q, add, add_q, add_qq, valid_q;
  logic [31:0]         sum_q;

  always_comb begin
    address = next_q;
    half    = half_q;
    add     = add_q;
    if (token_i.start) begin
      half = token_i.half;
      add  = token_i.accumulate & ~`MSD_FAULT(`FAULT_OVERWRITE);
      if (token_i.tile_start) address = '0;
      else if (`MSD_FAULT(`FAULT_BANK_GAP)) address = next_q + 1'b1;
    end
  end

  // One read port, or no block RAM holds the bank.
  logic              adds;
  logic [AddressW:0] read_address;
  assign adds         = valid_i & add;
  assign read_address = adds ? {half, address} : read_address_i;

  always_ff @(posedge clk_i) begin
    half_q <= half;
    add_q  <= add;
    if (valid_i) next_q <= address + 1'b1;

    valid_q   <= valid_i & ~rst_i;
    sum_q     <= sum_i;
    add_qq    <= add;
    address_q <= {half, address};

    write_o         <= valid_q & ~rst_i;
    write_address_o <= address_q;
    write_data_o    <= (add_qq ? read_data_o : 32'd0) + sum_q;

    if (adds || read_i) read_data_o <= mem[read_address];
    if (write_o) mem[write_address_o] <= write_data_o;
  end

endmodule
