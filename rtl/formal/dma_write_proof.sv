// The writing DMA neither loses nor invents a beat: against a memory that takes addresses and beats and answers whenever it
// likes, every word of a block is written once, in order, and the block is done after the last answer. Bounded depth.
module dma_write_proof #(
  parameter int unsigned BeatBytes = 16
) (
  input logic         clk_i,
  input logic         rst_i,
  input logic         start_i,
  input logic [2:0]   address_i,
  input logic [2:0]   row_words_i,
  input logic         two_rows_i,
  input logic         awready_i,
  input logic         wready_i,
  input logic         bvalid_i
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

  logic                   done, error, beat, read, awvalid, wvalid, wlast, bready;
  logic [31:0]            awaddr;
  logic [7:0]             awlen;
  logic [2:0]             awsize;
  logic [1:0]             awburst;
  logic [BeatBytes*8-1:0] wdata;
  logic [BeatBytes-1:0]   wstrb;

  // The RAM: word n holds n twice, low and high, so that a lost or doubled beat shows.
  logic [7:0]   next_q, word_q;
  logic [127:0] ram;
  assign ram = {56'b0, word_q, 1'b1, 55'b0, word_q};

  dma_write #(
    .BeatBytes(BeatBytes),
    .Outstanding(2)
  ) u_dma (
    .clk_i,
    .rst_i,
    .outstanding_i(7'd2),
    .start_i,
    .block_i(block),
    .done_o(done),
    .error_o(error),
    .beat_o(beat),
    .read_o(read),
    .data_i(ram),
    .awaddr_o(awaddr),
    .awlen_o(awlen),
    .awsize_o(awsize),
    .awburst_o(awburst),
    .awvalid_o(awvalid),
    .awready_i,
    .wdata_o(wdata),
    .wstrb_o(wstrb),
    .wlast_o(wlast),
    .wvalid_o(wvalid),
    .wready_i,
    .bresp_i(2'b00),
    .bvalid_i,
    .bready_o(bready)
  );

  logic        busy_q, started_q, waits_q, beat_waits_q;
  logic [7:0]  words_q, asked_q, sent_q, ends_q, answers_q, bursts_q;
  logic [39:0] address_q;
  logic [BeatBytes*8:0] beat_q;
  logic [31:0] sent_word;

  // Beats of the bursts asked for, in order: at most two bursts are not answered.
  logic [8:0] first_q, second_q, given_q;
  logic [1:0] open_q;  // bursts asked for whose data are not over
  logic       taken, over;
  assign taken = awvalid & awready_i;
  assign over  = beat & wlast;

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q    <= 1'b1;
    waits_q      <= awvalid & ~awready_i & ~rst_i;
    address_q    <= {awaddr, awlen};
    beat_waits_q <= wvalid & ~wready_i & ~rst_i;
    beat_q       <= {wlast, wdata};
    if (read) word_q <= next_q;
    if (rst_i) begin
      busy_q    <= 1'b0;
      words_q   <= 8'd0;
      next_q    <= 8'd0;
      asked_q   <= 8'd0;
      sent_q    <= 8'd0;
      ends_q    <= 8'd0;
      answers_q <= 8'd0;
      bursts_q  <= 8'd0;
      open_q    <= 2'd0;
      given_q   <= 9'd0;
    end else begin
      if (read) next_q <= next_q + 8'd1;
      asked_q   <= asked_q + (taken ? awlen + 8'd1 : 8'd0);
      bursts_q  <= bursts_q + {7'b0, taken};
      sent_q    <= sent_q + {7'b0, wvalid & wready_i};
      ends_q    <= ends_q + {7'b0, over};
      answers_q <= answers_q + {7'b0, bvalid_i};
      open_q    <= open_q + {1'b0, taken} - {1'b0, over};
      given_q   <= over ? 9'd0 : given_q + {8'b0, wvalid & wready_i};
      if (over) first_q <= second_q;
      if (taken && open_q == {1'b0, over}) first_q <= {1'b0, awlen} + 9'd1;
      else if (taken) second_q <= {1'b0, awlen} + 9'd1;
      if (start_i) begin
        busy_q    <= 1'b1;
        words_q   <= two_rows_i ? {4'b0, row_words_i, 1'b0} : {5'b0, row_words_i};
        next_q    <= 8'd0;
        asked_q   <= 8'd0;
        sent_q    <= 8'd0;
        ends_q    <= 8'd0;
        answers_q <= 8'd0;
        bursts_q  <= 8'd0;
      end else if (done) begin
        busy_q <= 1'b0;
      end
    end
  end

  assign sent_word = 32'(sent_q) / BeatsPerWord;

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(start_i && busy_q));
    assume (row_words_i != 3'd0);
    assume (!(bvalid_i && answers_q == ends_q));  // an answer follows its burst's last beat
    if (started_q) begin
      answers_are_taken: assert (bready);
      no_more_bursts_than_credits: assert (bursts_q - answers_q <= 8'd2);
      an_address_that_waits_stays: assert (!waits_q || (awvalid && {awaddr, awlen} == address_q));
      a_beat_that_waits_stays: assert (!beat_waits_q || (wvalid && {wlast, wdata} == beat_q));
      a_burst_stays_in_its_page: assert (!awvalid || awaddr[31:12] ==
                                         20'((awaddr + (32'(awlen) + 1) * BeatBytes - 1) >> 12));
      no_beat_before_its_address: assert (!wvalid || sent_q < asked_q);
      the_beat_is_the_next_word: assert (!wvalid || wdata[7:0] == sent_word[7:0]);
      halves_in_order: assert (BeatBytes == 16 || !wvalid || wdata[63] != sent_q[0]);
      the_last_beat_is_marked: assert (!wvalid || wlast == (given_q + 9'd1 == first_q));
      no_beat_is_asked_for_twice: assert (32'(asked_q) <= 32'(words_q) * BeatsPerWord);
      done_after_the_last_answer: assert (!done || (answers_q == bursts_q && ends_q == bursts_q &&
                                                    32'(sent_q) == 32'(words_q) * BeatsPerWord));
    end
  end

  logic unused_bits;
  assign unused_bits = ^{error, awsize, awburst, wstrb};

endmodule
