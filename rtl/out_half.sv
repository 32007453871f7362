// One half of the output buffer: 16 byte banks with addresses of their own, one read and one write port each.
// Byte c of word a lies in bank (c + a) mod 16, so that a word, and one channel of 16 consecutive words, are one access.
module out_half #(
  parameter int unsigned Words = 64
) (
  input  logic                        clk_i,
  input  logic [15:0]                 write_i,          // one bit a bank
  input  logic [16*$clog2(Words)-1:0] write_address_i,
  input  logic [127:0]                write_data_i,
  input  logic                        read_i,
  input  logic [16*$clog2(Words)-1:0] read_address_i,
  output logic [127:0]                read_data_o       // one cycle later
);

  localparam int unsigned AddressW = $clog2(Words);

  for (genvar b = 0; b < 16; b++) begin : gen_bank
    logic [7:0] mem[Words];
    always_ff @(posedge clk_i) begin
      if (read_i) read_data_o[b*8+:8] <= mem[read_address_i[b*AddressW+:AddressW]];
      if (write_i[b]) mem[write_address_i[b*AddressW+:AddressW]] <= write_data_i[b*8+:8];
    end
  end

endmodule
