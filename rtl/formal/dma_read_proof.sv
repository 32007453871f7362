// The reading DMA neither loses nor invents a beat: against a memory that takes addresses and gives beats whenever it likes,
// every beat of a block becomes a word, in order, and the block is done with the last. Bounded depth.
module dma_read_proof #(
  parameter int unsigned BeatBytes = 16
) (
  input logic                   clk_i,
  input logic                   rst_i,
  input logic                   start_i,
  input logic [2:0]             address_i,
  input logic [2:0]             row_words_i,
  input logic                   two_rows_i,
  input logic                   arready_i,
  input logic                   rvalid_i,
  input logic [BeatBytes*8-1:0] rdata_i
);

  localparam int unsigned BeatsPerWord = 16 / BeatBytes;

  shell_pkg::block_t block;
  // Up to two rows of up to seven words near the end of a page, the second row near another's: the boundary may come
  // anywhere in a row, or not.
  assign block.address      = 32'h0fc0 + {25'b0, address_i, 4'b0};
  assign block.row_stride   = 32'h1000;
  assign block.plane_stride = 32'h4000;
  assign block.row_bytes    = {25'b0, row_words_i, 4'b0};
  assign block.rows         = two_rows_i ? 16'd2 : 16'd1;
  assign block.planes       = 16'd1;

  logic         channel, beat, word, done0, done1, error, arvalid, rready, rlast;
  logic [127:0] data;
  logic [31:0]  araddr;
  logic [7:0]   arlen;
  logic [2:0]   arsize;
  logic [1:0]   arburst;

  dma_read #(
    .BeatBytes(BeatBytes),
    .Outstanding(2)
  ) u_dma (
    .clk_i,
    .rst_i,
    .outstanding_i(7'd2),
    .start0_i(1'b0),
    .block0_i('0),
    .start1_i(start_i),
    .block1_i(block),
    .channel_o(channel),
    .beat_o(beat),
    .word_o(word),
    .data_o(data),
    .done0_o(done0),
    .done1_o(done1),
    .error_o(error),
    .araddr_o(araddr),
    .arlen_o(arlen),
    .arsize_o(arsize),
    .arburst_o(arburst),
    .arvalid_o(arvalid),
    .arready_i,
    .rdata_i,
    .rresp_i(2'b00),
    .rlast_i(rlast),
    .rvalid_i,
    .rready_o(rready)
  );

  // The memory: up to two bursts, answered in order.
  logic [1:0] bursts_q;                    // taken, not over
  logic [8:0] first_q, second_q, given_q;  // beats of them; given of the first
  logic       taken, over;
  assign taken = arvalid & arready_i;
  assign rlast = given_q + 9'd1 == first_q;
  assign over  = rvalid_i & rlast;

  // What was asked for, and has come.
  logic        busy_q, started_q, waits_q;
  logic [7:0]  words_q, asked_q, came_q, written_q;  // words; beats, beats; words
  logic [39:0] address_q;
  logic [127:0] last_word_q;
  logic [127:0] expected;

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    waits_q   <= arvalid & ~arready_i & ~rst_i;
    address_q <= {araddr, arlen};
    if (rvalid_i) last_word_q <= expected;
    if (rst_i) begin
      bursts_q  <= 2'd0;
      given_q   <= 9'd0;
      busy_q    <= 1'b0;
      asked_q   <= 8'd0;
      came_q    <= 8'd0;
      written_q <= 8'd0;
      words_q   <= 8'd0;
    end else begin
      bursts_q <= bursts_q + {1'b0, taken} - {1'b0, over};
      if (over) first_q <= second_q;
      if (taken && bursts_q == {1'b0, over}) first_q <= {1'b0, arlen} + 9'd1;
      else if (taken) second_q <= {1'b0, arlen} + 9'd1;
      given_q <= over ? 9'd0 : given_q + {8'b0, rvalid_i};
      asked_q <= asked_q + (taken ? arlen + 8'd1 : 8'd0);
      came_q  <= came_q + {7'b0, rvalid_i};
      written_q <= written_q + {7'b0, word};
      if (start_i) begin
        busy_q    <= 1'b1;
        words_q   <= two_rows_i ? {4'b0, row_words_i, 1'b0} : {5'b0, row_words_i};
        asked_q   <= 8'd0;
        came_q    <= 8'd0;
        written_q <= 8'd0;
      end else if (done1) begin
        busy_q <= 1'b0;
      end
    end
  end

  if (BeatBytes == 16) begin : gen_wide
    assign expected = rdata_i;
  end else begin : gen_narrow
    logic [63:0] lower_q;
    always_ff @(posedge clk_i) if (rvalid_i) lower_q <= rdata_i;
    assign expected = {rdata_i, lower_q};
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(start_i && busy_q));  // one block at a time
    assume (row_words_i != 3'd0);
    assume (!(rvalid_i && bursts_q == 2'd0));
    if (started_q) begin
      beats_are_taken: assert (rready);
      no_more_bursts_than_credits: assert (bursts_q <= 2'd2 && !(bursts_q == 2'd2 && arvalid));
      an_address_that_waits_stays: assert (!waits_q || (arvalid && {araddr, arlen} == address_q));
      a_burst_stays_in_its_page: assert (!arvalid || araddr[31:12] ==
                                         20'((araddr + (32'(arlen) + 1) * BeatBytes - 1) >> 12));
      a_burst_has_at_most_16_beats: assert (!arvalid || arlen < 8'd16);
      no_word_without_its_beats: assert (32'(written_q) + 32'(word) <= 32'(came_q) / BeatsPerWord);
      every_word_with_its_beats: assert (32'(written_q) + 32'(word) == 32'(came_q) / BeatsPerWord);
      no_beat_is_asked_for_twice: assert (32'(asked_q) <= 32'(words_q) * BeatsPerWord);
      the_word_is_what_came: assert (!word || data == last_word_q);
      done_with_the_last_word: assert (!done1 || (word && written_q + 8'd1 == words_q));
      done_no_later: assert (!busy_q || written_q != words_q);
    end
  end

  logic unused_bits;
  assign unused_bits = ^{channel, beat, done0, error, arsize, arburst};

endmodule
