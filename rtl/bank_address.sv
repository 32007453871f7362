// Where an item's lanes lie in the 16 byte banks: byte c of word a is in bank (c + a) mod 16.
module bank_address #(
  parameter int unsigned AddressW = 6
) (
  input  post_pkg::item_t        item_i,
  output logic [15:0]            enable_o,
  output logic [16*AddressW-1:0] address_o,
  output logic [3:0]             first_o    // bank of lane 0
);

  logic [15:0] next;

  assign next    = {item_i.word[15:4] + 12'd1, 4'b0};
  assign first_o = item_i.word[3:0] + (item_i.pool ? 4'd0 : item_i.channel);

  for (genvar b = 0; b < 16; b++) begin : gen_bank
    logic [3:0]  lane, low;
    logic [15:0] address;

    assign lane = 4'(b) - first_o;
    assign low  = 4'(b) - item_i.channel;  // of the address, if not pool
    always_comb begin
      if (item_i.pool) address = item_i.word;
      else if (low < item_i.word[3:0]) address = {next[15:4], low};
      else address = {item_i.word[15:4], low};
    end
    assign enable_o[b] = item_i.valid & ({1'b0, lane} < item_i.count);
    assign address_o[b*AddressW+:AddressW] = address[AddressW-1:0];

    if (AddressW < 16) begin : gen_unused
      logic unused_bits;
      assign unused_bits = ^address[15:AddressW];
    end
  end

  logic unused_next;
  assign unused_next = ^{next[3:0], item_i.last};

endmodule
