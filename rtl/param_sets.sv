// Per-channel parameters of four tiles: written by LoadW two channels a word, read by post-processing one a cycle.
module param_sets #(
  parameter int unsigned Channels = 64  // of a tile
) (
  input  logic               clk_i,
  input  logic               write_i,
  input  logic [1:0]         write_set_i,
  input  logic [15:0]        write_address_i,
  input  logic [127:0]       write_data_i,
  input  logic               read_i,
  input  logic [1:0]         read_set_i,
  input  logic [15:0]        read_channel_i,
  output post_pkg::channel_t channel_o       // one cycle later
);

  localparam int unsigned WordW = $clog2(Channels) - 1;

  logic [123:0] mem[4*2**WordW];
  logic [123:0] data_q;
  logic         odd_q;

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      data_q <= mem[{read_set_i, read_channel_i[WordW:1]}];
      odd_q  <= read_channel_i[0];
    end
    if (write_i) mem[{write_set_i, write_address_i[WordW-1:0]}] <= {write_data_i[125:64], write_data_i[61:0]};
  end

  assign channel_o = odd_q ? data_q[123:62] : data_q[61:0];

  logic unused_bits;
  assign unused_bits = ^{write_data_i[127:126], write_data_i[63:62], write_address_i[15:WordW], read_channel_i[15:WordW+1]};

endmodule
