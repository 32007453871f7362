// The reading DMA neither loses nor invents a beat, for any number of bursts in flight up to the limit: against a memory that
// takes addresses and gives beats whenever it likes, every beat reaches the channel whose burst it is of, in order and in the
// cycle it should, and a block is done with its last. By an invariant: what the memory owes is what the DMA's tags say.
// Bursts are any that block_cursor.sv may show (block_cursor_proof.sv).
module dma_read_proof #(
  parameter int unsigned BeatBytes = 16
) (
  input logic                   clk_i,
  input logic                   rst_i,
  input logic                   start0_i,
  input logic                   start1_i,
  input logic                   arready_i,
  input logic                   rvalid_i,
  input logic [1:0]             rresp_i,
  input logic [BeatBytes*8-1:0] rdata_i
);

  localparam int unsigned BeatsPerWord = 16 / BeatBytes;
  localparam int unsigned Outstanding = 4;

  (* anyconst *) logic [6:0] outstanding;

  logic         channel, beat, word, done0, done1, error, arvalid, rready, rlast;
  logic [127:0] data;
  logic [31:0]  araddr;
  logic [7:0]   arlen;
  logic [2:0]   arsize;
  logic [1:0]   arburst;

  dma_read #(
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_dma (
    .clk_i,
    .rst_i,
    .outstanding_i(outstanding),
    .start0_i,
    .block0_i('0),
    .start1_i,
    .block1_i('0),
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
    .rresp_i,
    .rlast_i(rlast),
    .rvalid_i,
    .rready_o(rready)
  );

  (* hierconn *) logic       \u_dma.u_cursor0.active_o , \u_dma.u_cursor1.active_o ;
  (* hierconn *) logic       \u_dma.u_cursor0.next_i , \u_dma.u_cursor1.next_i ;
  (* hierconn *) logic       \u_dma.u_cursor0.last_o , \u_dma.u_cursor1.last_o ;
  (* hierconn *) logic [31:0] \u_dma.u_cursor0.address_o , \u_dma.u_cursor1.address_o ;
  (* hierconn *) logic [4:0] \u_dma.u_cursor0.beats_o , \u_dma.u_cursor1.beats_o ;
  (* hierconn *) logic [6:0] \u_dma.in_flight_q ;
  (* hierconn *) logic       \u_dma.upper_q ;
  (* hierconn *) logic [1:0] \u_dma.failed_q ;
  (* hierconn *) logic [2:0] \u_dma.u_tags.write_q , \u_dma.u_tags.read_q ;
  (* hierconn *) logic [1:0] \u_dma.u_tags.mem[0] , \u_dma.u_tags.mem[1] , \u_dma.u_tags.mem[2] , \u_dma.u_tags.mem[3] ;
  (* hierconn *) logic       \u_dma.hold_q , \u_dma.held_q , \u_dma.u_cursor0.stays_q , \u_dma.u_cursor1.stays_q ;
  (* hierconn *) logic [37:0] \u_dma.u_cursor0.shown_q , \u_dma.u_cursor1.shown_q ;
  logic        active0, active1, stays;
  logic [37:0] shown;
  assign active0 = \u_dma.u_cursor0.active_o ;
  assign active1 = \u_dma.u_cursor1.active_o ;

  // Which burst is shown: that of channel 0 if it has one, but an address that waits stays.
  logic        waits_q, of_q, of, taken, last, started_q;
  logic [39:0] address_q;
  logic [31:0] address;
  logic [4:0]  beats;
  assign of      = waits_q ? of_q : ~active0;
  assign stays   = of_q ? \u_dma.u_cursor1.stays_q : \u_dma.u_cursor0.stays_q ;
  assign shown   = of_q ? \u_dma.u_cursor1.shown_q : \u_dma.u_cursor0.shown_q ;
  assign address = of ? \u_dma.u_cursor1.address_o : \u_dma.u_cursor0.address_o ;
  assign beats   = of ? \u_dma.u_cursor1.beats_o : \u_dma.u_cursor0.beats_o ;
  assign last    = of ? \u_dma.u_cursor1.last_o : \u_dma.u_cursor0.last_o ;
  assign taken   = arvalid & arready_i;

  // The memory: bursts taken and not over, the oldest first; of each channel, beats and whether it is its block's last.
  logic [2:0] count_q;
  logic [6:0] queue_q[5], queue[5];  // {channel, last, beats}; the fifth is never used
  logic [4:0] given_q;               // beats of the oldest
  logic       over, head_channel, head_last;
  logic [4:0] head_beats;
  assign {head_channel, head_last, head_beats} = queue_q[0];
  assign rlast = given_q + 5'd1 == head_beats;
  assign over  = rvalid_i & rlast;
  always_comb begin
    for (int unsigned i = 0; i < 4; i++) begin
      queue[i] = over ? queue_q[i+1] : queue_q[i];
      if (taken && i == count_q - over) queue[i] = {of, last, beats};
    end
    queue[4] = 7'd0;
  end

  // What must come out one cycle later.
  logic         beat_q, channel_q, word_q, done0_q, done1_q, error_q;
  logic [1:0]   failed_q;
  logic [127:0] data_q;
  logic [BeatBytes*8-1:0] good;
  assign good = rresp_i[1] ? '0 : rdata_i;
  // Blocks: from their start to their end.
  logic [1:0]   busy_q;

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    waits_q   <= arvalid & ~arready_i & ~rst_i;
    of_q      <= of;
    address_q <= {araddr, arlen};
    for (int unsigned i = 0; i < 4; i++) queue_q[i] <= queue[i];
    queue_q[4] <= 7'd0;
    channel_q <= head_channel;
    if (rvalid_i) begin
      data_q  <= 128'({good, data_q} >> (BeatsPerWord == 1 ? 128 : 64));
      error_q <= failed_q[head_channel] | rresp_i[1];
    end
    if (rst_i) begin
      count_q  <= 3'd0;
      given_q  <= 5'd0;
      beat_q   <= 1'b0;
      word_q   <= 1'b0;
      done0_q  <= 1'b0;
      done1_q  <= 1'b0;
      busy_q   <= 2'd0;
      failed_q <= 2'd0;
    end else begin
      count_q <= count_q + 3'(taken) - 3'(over);
      given_q <= over ? 5'd0 : given_q + 5'(rvalid_i);
      beat_q  <= rvalid_i;
      word_q  <= rvalid_i & (BeatsPerWord == 1 || given_q[0]);
      done0_q <= over & head_last & ~head_channel;
      done1_q <= over & head_last & head_channel;
      if (rvalid_i) failed_q[head_channel] <= ~(over & head_last) & (failed_q[head_channel] | rresp_i[1]);
      if (start0_i) busy_q[0] <= 1'b1;
      else if (done0) busy_q[0] <= 1'b0;
      if (start1_i) busy_q[1] <= 1'b1;
      else if (done1) busy_q[1] <= 1'b0;
    end
  end

  // The tags, in the memory's order; and of each channel whether a last burst is under way.
  logic       tags_ok, beats_ok, order_ok;
  logic [1:0] lasts, tag, place;
  always_comb begin
    tags_ok  = 1'b1;
    beats_ok = 1'b1;
    order_ok = 1'b1;
    lasts    = 2'd0;
    tag      = 2'd0;
    place    = 2'd0;
    for (int unsigned i = 0; i < 4; i++) begin
      place = \u_dma.u_tags.read_q + i;
      case (place)
        2'd0: tag = \u_dma.u_tags.mem[0] ;
        2'd1: tag = \u_dma.u_tags.mem[1] ;
        2'd2: tag = \u_dma.u_tags.mem[2] ;
        default: tag = \u_dma.u_tags.mem[3] ;
      endcase
      if (i < count_q) begin
        if (tag != queue_q[i][6:5]) tags_ok = 1'b0;
        if (queue_q[i][4:0] == 0 || queue_q[i][4:0] > 5'd16) beats_ok = 1'b0;
        if (BeatsPerWord == 2 && queue_q[i][0]) beats_ok = 1'b0;
        if (lasts[queue_q[i][6]]) order_ok = 1'b0;  // nothing of a block behind its last
        if (queue_q[i][5]) lasts[queue_q[i][6]] = 1'b1;
      end
    end
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (outstanding >= 7'd1 && outstanding <= Outstanding);
    assume (!(start0_i && busy_q[0] && !done0));  // one block a channel at a time
    assume (!(start1_i && busy_q[1] && !done1));
    assume (!(rvalid_i && count_q == 3'd0));
    if (started_q) begin
      beats_are_taken: assert (rready);
      an_address_when_there_is_a_burst_and_a_credit: assert (arvalid == ((active0 || active1) && 7'(count_q) < outstanding));
      an_address_that_waits_stays: assert (!waits_q || (arvalid && {araddr, arlen} == address_q));
      it_is_the_burst_of_its_channel: assert (!arvalid || (araddr == address && arlen == 8'(beats) - 8'd1));
      each_burst_once: assert (\u_dma.u_cursor0.next_i == (taken && !of) && \u_dma.u_cursor1.next_i == (taken && of));
      every_beat_once: assert (beat == beat_q && (!beat_q || channel == channel_q));
      every_word_once: assert (word == word_q && (!word_q || data == data_q));
      done_with_the_last_word: assert (done0 == done0_q && done1 == done1_q && (!(done0_q || done1_q) || word));
      an_error_is_told_in_the_end: assert (!(done0_q || done1_q) || error == error_q);
      nothing_follows_the_end: assert (!(done0 && (active0 || lasts[0])) && !(done1 && (active1 || lasts[1])));
      // The invariant.
      credits: assert (count_q <= outstanding && \u_dma.in_flight_q == 7'(count_q));
      tags: assert (tags_ok && \u_dma.u_tags.write_q - \u_dma.u_tags.read_q == count_q);
      beats_owed: assert (beats_ok && (count_q == 0 ? given_q == 0 : given_q < queue_q[0][4:0]));
      halves: assert (BeatsPerWord == 1 || \u_dma.upper_q == ~given_q[0]);
      blocks: assert (order_ok && !(active0 && lasts[0]) && !(active1 && lasts[1]));
      busy0: assert (busy_q[0] == (active0 || lasts[0] || done0_q));
      busy1: assert (busy_q[1] == (active1 || lasts[1] || done1_q));
      one_thing_at_a_time: assert (32'(active0) + 32'(lasts[0]) + 32'(done0_q) <= 1 &&
                                   32'(active1) + 32'(lasts[1]) + 32'(done1_q) <= 1);
      waits_for_its_burst: assert (\u_dma.hold_q == waits_q && (!waits_q || (\u_dma.held_q == of_q && stays &&
                                   (of_q ? active1 : active0) && {shown[37:6], 8'(shown[5:1]) - 8'd1} == address_q)));
      failures: assert (\u_dma.failed_q == failed_q);
    end
  end

  // What the assumptions must leave possible.
  always_comb begin
    if (started_q) begin
      both_channels_in_flight: cover (count_q == 3'd4 && queue_q[0][6] != queue_q[1][6] && queue_q[2][6] != queue_q[3][6]);
      waits_while_the_other_comes: cover (waits_q && of && active0 && taken);
      fails_and_ends: cover (done1 && error && busy_q[0]);
      one_at_a_time: cover (outstanding == 7'd1 && done0 && busy_q[1]);
    end
  end

  logic unused_bits;
  assign unused_bits = ^{arsize, arburst};

endmodule
