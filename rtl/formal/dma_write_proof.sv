// The writing DMA neither loses nor invents a beat, for any number of bursts in flight up to the limit: against a memory that
// takes addresses and beats and answers whenever it likes, every burst gets its words once, in order and without a gap, and a
// block is done after its last answer. By an invariant: what the memory waits for is what the DMA still holds. Bursts are any
// that block_cursor.sv may show (block_cursor_proof.sv), words of the RAM any.
module dma_write_proof #(
  parameter int unsigned BeatBytes = 16
) (
  input logic         clk_i,
  input logic         rst_i,
  input logic         start_i,
  input logic         awready_i,
  input logic         wready_i,
  input logic         bvalid_i,
  input logic [1:0]   bresp_i,
  input logic [127:0] word_i   // the RAM's next
);

  localparam int unsigned BeatsPerWord = 16 / BeatBytes;
  localparam int unsigned Outstanding = 4;

  (* anyconst *) logic [6:0] outstanding;

  logic                   done, error, beat, read, awvalid, wvalid, wlast, bready;
  logic [31:0]            awaddr;
  logic [7:0]             awlen;
  logic [2:0]             awsize;
  logic [1:0]             awburst;
  logic [BeatBytes*8-1:0] wdata;
  logic [BeatBytes-1:0]   wstrb;
  logic [127:0]           word_q;

  dma_write #(
    .BeatBytes(BeatBytes),
    .Outstanding(Outstanding)
  ) u_dma (
    .clk_i,
    .rst_i,
    .outstanding_i(outstanding),
    .start_i,
    .block_i('0),
    .done_o(done),
    .error_o(error),
    .beat_o(beat),
    .read_o(read),
    .data_i(word_q),
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
    .bresp_i,
    .bvalid_i,
    .bready_o(bready)
  );

  (* hierconn *) logic        \u_dma.u_cursor.active_o , \u_dma.u_cursor.next_i , \u_dma.u_cursor.stays_q ;
  (* hierconn *) logic [31:0] \u_dma.u_cursor.address_o ;
  (* hierconn *) logic [4:0]  \u_dma.u_cursor.beats_o ;
  (* hierconn *) logic [37:0] \u_dma.u_cursor.shown_q ;
  (* hierconn *) logic [6:0]  \u_dma.in_flight_q ;
  (* hierconn *) logic [4:0]  \u_dma.left_q ;
  (* hierconn *) logic        \u_dma.upper_q , \u_dma.odd_q , \u_dma.failed_q ;
  (* hierconn *) logic [2:0]  \u_dma.u_bursts.write_q , \u_dma.u_bursts.read_q ;
  (* hierconn *) logic [4:0]  \u_dma.u_bursts.mem[0] , \u_dma.u_bursts.mem[1] , \u_dma.u_bursts.mem[2] , \u_dma.u_bursts.mem[3] ;
  logic        active;
  logic [37:0] shown;
  assign active = \u_dma.u_cursor.active_o ;
  assign shown  = \u_dma.u_cursor.shown_q ;

  // The memory: beats of the bursts taken whose data are not over, the oldest first; bursts that it has not answered.
  logic       started_q, waits_q, beat_waits_q, taken, sent, over, busy_q, failed_q, done_q, error_q, last_answer;
  logic [2:0] count_q, owed_q;
  logic [4:0] queue_q[5], queue[5], given_q;  // the fifth is never used
  logic [1:0] halves_q;                       // beats of the RAM's word that are not sent
  logic [39:0]          address_q;
  logic [BeatBytes*8:0] beat_q;
  assign taken = awvalid & awready_i;
  assign sent  = wvalid & wready_i;
  assign over  = sent & wlast;
  assign last_answer = bvalid_i & (count_q == 0) & (owed_q == 3'd1) & ~active;
  always_comb begin
    for (int unsigned i = 0; i < 4; i++) begin
      queue[i] = over ? queue_q[i+1] : queue_q[i];
      if (taken && i == count_q - over) queue[i] = \u_dma.u_cursor.beats_o ;
    end
    queue[4] = 5'd0;
  end

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q    <= 1'b1;
    waits_q      <= awvalid & ~awready_i & ~rst_i;
    address_q    <= {awaddr, awlen};
    beat_waits_q <= wvalid & ~wready_i & ~rst_i;
    beat_q       <= {wlast, wdata};
    for (int unsigned i = 0; i < 4; i++) queue_q[i] <= queue[i];
    queue_q[4] <= 5'd0;
    if (read) word_q <= word_i;
    error_q <= failed_q | bresp_i[1];
    if (rst_i) begin
      count_q  <= 3'd0;
      owed_q   <= 3'd0;
      given_q  <= 5'd0;
      halves_q <= 2'd0;
      busy_q   <= 1'b0;
      failed_q <= 1'b0;
      done_q   <= 1'b0;
    end else begin
      count_q  <= count_q + 3'(taken) - 3'(over);
      owed_q   <= owed_q + 3'(over) - 3'(bvalid_i);
      given_q  <= over ? 5'd0 : given_q + 5'(sent);
      halves_q <= read ? 2'(BeatsPerWord) : halves_q - 2'(sent);
      done_q   <= last_answer;
      if (bvalid_i) failed_q <= (failed_q | bresp_i[1]) & ~last_answer;
      if (start_i) busy_q <= 1'b1;
      else if (done) busy_q <= 1'b0;
    end
  end

  // The DMA's queue holds the bursts behind the one whose beats are on their way.
  logic       bursts_ok, beats_ok;
  logic [1:0] place;
  logic [4:0] held;
  always_comb begin
    bursts_ok = 1'b1;
    beats_ok  = 1'b1;
    place     = 2'd0;
    held      = 5'd0;
    for (int unsigned i = 0; i < 4; i++) begin
      if (i < count_q) begin
        if (queue_q[i] == 0 || queue_q[i] > 5'd16) beats_ok = 1'b0;
        if (BeatsPerWord == 2 && queue_q[i][0]) beats_ok = 1'b0;
      end
      place = \u_dma.u_bursts.read_q + i;
      case (place)
        2'd0: held = \u_dma.u_bursts.mem[0] ;
        2'd1: held = \u_dma.u_bursts.mem[1] ;
        2'd2: held = \u_dma.u_bursts.mem[2] ;
        default: held = \u_dma.u_bursts.mem[3] ;
      endcase
      if (count_q != 0 && i < count_q - 3'd1 && held != queue_q[i+1]) bursts_ok = 1'b0;
    end
  end

  logic [2:0] behind;
  assign behind = (count_q == 3'd0) ? 3'd0 : count_q - 3'd1;

  always_comb begin
    assume (rst_i == ~started_q);
    assume (outstanding >= 7'd1 && outstanding <= Outstanding);
    assume (!(start_i && busy_q && !done));  // one block at a time
    assume (!(bvalid_i && owed_q == 3'd0));  // an answer follows its burst's last beat
    if (started_q) begin
      answers_are_taken: assert (bready);
      an_address_when_there_is_a_burst_and_a_credit: assert (awvalid == (active && 7'(count_q) + 7'(owed_q) < outstanding));
      an_address_that_waits_stays: assert (!waits_q || (awvalid && {awaddr, awlen} == address_q));
      it_is_the_burst_shown: assert (!awvalid || (awaddr == \u_dma.u_cursor.address_o &&
                                                  awlen == 8'(\u_dma.u_cursor.beats_o ) - 8'd1));
      each_burst_once: assert (\u_dma.u_cursor.next_i == taken);
      a_beat_as_long_as_one_is_due: assert (wvalid == (count_q != 3'd0));
      a_beat_that_waits_stays: assert (!beat_waits_q || (wvalid && {wlast, wdata} == beat_q));
      the_last_beat_is_marked: assert (!wvalid || wlast == (given_q + 5'd1 == queue_q[0]));
      no_word_twice: assert (!wvalid || halves_q != 2'd0);
      no_word_lost: assert (!read || halves_q == 2'(sent));
      the_beat_is_of_the_word: assert (!wvalid || wdata == (halves_q == 2'(BeatsPerWord) ? word_q[BeatBytes*8-1:0]
                                                                                        : word_q[127-:BeatBytes*8]));
      taken_beats_are_counted: assert (beat == sent && (&wstrb));
      done_after_the_last_answer: assert (done == done_q && (!done || (error == error_q && busy_q && !active &&
                                                                       count_q == 0 && owed_q == 0)));
      // The invariant.
      credits: assert (\u_dma.in_flight_q == 7'(count_q) + 7'(owed_q) && 7'(count_q) + 7'(owed_q) <= outstanding);
      bursts: assert (bursts_ok && \u_dma.u_bursts.write_q - \u_dma.u_bursts.read_q == behind);
      beats: assert (beats_ok && (wvalid ? given_q < queue_q[0] : given_q == 0));
      still_to_be_read: assert (\u_dma.left_q == (wvalid ? queue_q[0] - given_q - 5'd1 : 5'd0));
      halves: assert (halves_q == (!wvalid ? 2'd0 : (BeatsPerWord == 2) ? 2'd2 - 2'(given_q[0]) : 2'd1));
      half: assert (BeatsPerWord == 1 || (\u_dma.odd_q == (wvalid & ~given_q[0]) &&
                                          (!wvalid || \u_dma.upper_q == given_q[0])));
      one_half_only: assert (BeatsPerWord == 2 || !\u_dma.odd_q );
      waits_for_its_burst: assert (!waits_q || (active && \u_dma.u_cursor.stays_q &&
                                                {shown[37:6], 8'(shown[5:1]) - 8'd1} == address_q));
      failures: assert (\u_dma.failed_q == failed_q);
      busy: assert (busy_q == (active || count_q != 0 || owed_q != 0 || done_q) &&
                    !(done_q && (active || count_q != 0 || owed_q != 0)));
      // What the assumptions must leave possible.
      all_in_flight: cover (count_q == 3'd3 && owed_q == 3'd1 && beat_waits_q);
      an_address_waits_while_a_burst_ends: cover (waits_q && over && owed_q == 3'd1);
      the_next_burst_without_a_gap: cover (over && count_q == 3'd2 && queue_q[1] == 5'd2 && given_q == 5'd1);
      fails_and_ends: cover (done && error && awlen == 8'd3);
      one_at_a_time: cover (outstanding == 7'd1 && done && given_q == 0 && start_i);
    end
  end

  logic unused_bits;
  assign unused_bits = ^{awsize, awburst};

endmodule
