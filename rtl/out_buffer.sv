// The output buffer: two halves. In each, either post-processing and pooling work, or residuals are loaded, or results
// stored or handed over; the tile tokens keep these apart.
`include "faults.svh"

module out_buffer #(
  parameter int unsigned Words = 64  // per half
) (
  input  logic                        clk_i,

  // A word a cycle of the residual or of a map to be pooled; in the RAM from the next cycle on.
  input  logic                        load_i,
  input  logic                        load_half_i,
  input  logic [15:0]                 load_word_i,
  input  logic [127:0]                load_data_i,

  // A word a cycle to Store, in the next cycle, held until the next read.
  input  logic                        store_i,
  input  logic                        store_half_i,
  input  logic [15:0]                 store_word_i,
  output logic [127:0]                store_data_o,

  // A word a cycle to the activation banks, two cycles later; behind hand_words_i it is zero.
  input  logic                        hand_i,
  input  logic                        hand_half_i,
  input  logic [15:0]                 hand_word_i,
  input  logic [15:0]                 hand_words_i,
  output logic [127:0]                hand_data_o,

  // Post-processing and pooling, bank by bank; data one cycle later.
  input  logic                        post_i,         // they use half post_half_i
  input  logic                        post_half_i,
  input  logic [15:0]                 post_write_i,   // one bit a bank
  input  logic [16*$clog2(Words)-1:0] post_write_address_i,
  input  logic [127:0]                post_write_data_i,
  input  logic                        post_read_i,
  input  logic [16*$clog2(Words)-1:0] post_read_address_i,
  output logic [127:0]                post_read_data_o,

  // What is read for the unused bytes of the last channel block; taken over with done_i.
  input  logic                        done_i,
  input  logic                        fill_i,         // there are such bytes: from this word on,
  input  logic [15:0]                 fill_word_i,
  input  logic [3:0]                  fill_lane_i,    // from this byte on
  input  logic [7:0]                  fill_value_i
);

  `MSD_FAULT_DECLARE

  localparam int unsigned AddressW = $clog2(Words);
  localparam int unsigned FillW    = 1 + 16 + 4 + 8;

  logic [127:0] load_rotated, store_rotated, hand_rotated;
  logic [255:0] data;
  logic [15:0]  store_word_q, hand_word_q;
  logic         store_half_q, hand_half_q;
  logic [3:0]   load_by;

  assign load_by = 4'd0 - load_word_i[3:0];

  rotate16 u_load (
    .in_i(load_data_i),
    .by_i(load_by),
    .out_o(load_rotated)
  );

  for (genvar h = 0; h < 2; h++) begin : gen_half
    logic post, load, store, hand;

    assign post  = post_i & (post_half_i == 1'(h));
    assign load  = load_i & (load_half_i == 1'(h));
    assign store = store_i & (store_half_i == 1'(h));
    assign hand  = hand_i & (hand_half_i == 1'(h));

    out_half #(
      .Words(Words)
    ) u_half (
      .clk_i,
      .write_i(post ? post_write_i : {16{load}}),
      .write_address_i(post ? post_write_address_i : {16{load_word_i[AddressW-1:0]}}),
      .write_data_i(post ? post_write_data_i : load_rotated),
      .read_i(post ? post_read_i : store | hand),
      .read_address_i(post ? post_read_address_i : {16{hand ? hand_word_i[AddressW-1:0] : store_word_i[AddressW-1:0]}}),
      .read_data_o(data[h*128+:128])
    );
  end

  assign post_read_data_o = post_half_i ? data[255:128] : data[127:0];

  rotate16 u_store (
    .in_i(store_half_q ? data[255:128] : data[127:0]),
    .by_i(store_word_q[3:0]),
    .out_o(store_rotated)
  );

  rotate16 u_hand (
    .in_i(hand_half_q ? data[255:128] : data[127:0]),
    .by_i(hand_word_q[3:0]),
    .out_o(hand_rotated)
  );

  // {unused bytes exist, first word, first byte, value} of each half.
  logic [2*FillW-1:0] fill_q;
  logic               fill_any, fill, hand_any, hand_fill;
  logic [15:0]        fill_word, hand_fill_word, unowned, hand_unowned;
  logic [3:0]         fill_lane, hand_lane;
  logic [7:0]         fill_value, hand_value;

  assign {fill_any, fill_word, fill_lane, fill_value} =
    store_half_q ? fill_q[2*FillW-1:FillW] : fill_q[FillW-1:0];
  assign {hand_any, hand_fill_word, hand_lane, hand_value} =
    hand_half_q ? fill_q[2*FillW-1:FillW] : fill_q[FillW-1:0];
  assign fill      = fill_any & (store_word_q >= fill_word) & ~`MSD_FAULT(`FAULT_POST_FILL);
  assign hand_fill = hand_any & (hand_word_q >= hand_fill_word) & ~`MSD_FAULT(`FAULT_HAND_FILL);

  always_ff @(posedge clk_i) begin
    if (store_i) begin
      store_half_q <= store_half_i;
      store_word_q <= store_word_i;
    end
    hand_half_q <= hand_half_i;
    hand_word_q <= hand_word_i;
    if (done_i && post_half_i) fill_q[2*FillW-1:FillW] <= {fill_i, fill_word_i, fill_lane_i, fill_value_i};
    if (done_i && !post_half_i) fill_q[FillW-1:0] <= {fill_i, fill_word_i, fill_lane_i, fill_value_i};
  end

  assign unowned      = 16'hffff << fill_lane;
  assign hand_unowned = 16'hffff << hand_lane;

  for (genvar b = 0; b < 16; b++) begin : gen_byte
    assign store_data_o[b*8+:8] = (fill && unowned[b]) ? fill_value : store_rotated[b*8+:8];
    always_ff @(posedge clk_i) begin
      if (hand_word_q >= hand_words_i && !`MSD_FAULT(`FAULT_HAND_LIMIT)) hand_data_o[b*8+:8] <= 8'd0;
      else if (hand_fill && hand_unowned[b]) hand_data_o[b*8+:8] <= hand_value;
      else hand_data_o[b*8+:8] <= hand_rotated[b*8+:8];
    end
  end

  if (AddressW < 16) begin : gen_unused
    logic unused_bits;
    assign unused_bits = ^{load_word_i[15:AddressW], store_word_i[15:AddressW], hand_word_i[15:AddressW]};
  end

endmodule
