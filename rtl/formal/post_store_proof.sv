// Stored tiles are post-processed once each and then stored once each, in the order in which they came, as early as the rules
// of docs/timing.md allow and no earlier: one tile, any one, is followed from the ring to its end. Invariant.
module post_store_proof (
  input logic       clk_i,
  input logic       rst_i,
  input logic       accept_i,
  input logic [2:0] accept_slot_i,
  input logic       accept_stores_i,
  input logic       drained_i,
  input logic [2:0] drained_slot_i,
  input logic       pool_start_i,
  input logic [2:0] pool_slot_i,
  input logic       res_loaded_i,
  input logic [2:0] res_slot_i,
  input logic       load_res_i,
  input logic       post_done_i,
  input logic       store_done_i,
  input logic       follow_i  // the tile accepted now is the one
);

  logic [2:0]  post_slot, store_slot;
  logic        post_start, post_half, store_start, store_half;
  logic [31:0] wait_out;

  post_store u_dut (
    .clk_i,
    .rst_i,
    .accept_i,
    .accept_slot_i,
    .accept_stores_i,
    .drained_i,
    .drained_slot_i,
    .pool_start_i,
    .pool_slot_i,
    .res_loaded_i,
    .res_slot_i,
    .load_res_i,
    .post_slot_o(post_slot),
    .post_start_o(post_start),
    .post_done_i,
    .wait_out_o(wait_out),
    .post_half_o(post_half),
    .store_slot_o(store_slot),
    .store_start_o(store_start),
    .store_done_i,
    .store_half_o(store_half)
  );

  (* hierconn *) logic [3:0] \u_dut.in_q , \u_dut.post_q , \u_dut.store_q ;
  (* hierconn *) logic [7:0] \u_dut.acc_full_q , \u_dut.res_loaded_q ;
  (* hierconn *) logic       \u_dut.post_busy_q , \u_dut.store_busy_q ;
  (* hierconn *) logic [2:0] \u_dut.slots[0] , \u_dut.slots[1] , \u_dut.slots[2] , \u_dut.slots[3] ;
  (* hierconn *) logic [2:0] \u_dut.slots[4] , \u_dut.slots[5] , \u_dut.slots[6] , \u_dut.slots[7] ;

  localparam logic [2:0] NONE = 3'd0, WAITS = 3'd1, POST = 3'd2, DONE = 3'd3, STORE = 3'd4;
  logic       started_q, enters, running_q, storing_q;
  logic [3:0] waiting_q, done_q;  // stored tiles: not post-processed; post-processed, not stored
  logic [2:0] state_q, slot_q;    // of the tile that is followed
  logic [3:0] ahead_q;            // before it, of those of its state
  logic       half_q, number_q, sums_q, res_q, sums, res;
  assign enters = accept_i & accept_stores_i;
  assign sums   = (drained_i && drained_slot_i == ((state_q == NONE) ? accept_slot_i : slot_q)) ||
                  (pool_start_i && pool_slot_i == ((state_q == NONE) ? accept_slot_i : slot_q));
  assign res    = res_loaded_i && res_slot_i == ((state_q == NONE) ? accept_slot_i : slot_q);

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (rst_i) begin
      waiting_q <= 4'd0;
      done_q    <= 4'd0;
      running_q <= 1'b0;
      storing_q <= 1'b0;
      number_q  <= 1'b0;
      state_q   <= NONE;
    end else begin
      waiting_q <= waiting_q + 4'(enters) - 4'(post_done_i);
      done_q    <= done_q + 4'(post_done_i) - 4'(store_done_i);
      running_q <= post_start | (running_q & ~post_done_i);
      storing_q <= (store_start | storing_q) & ~store_done_i;
      number_q  <= number_q ^ enters;
      sums_q    <= sums | ((state_q != NONE) & sums_q);
      res_q     <= res | ((state_q != NONE) & res_q);
      case (state_q)
        NONE: begin
          if (enters && follow_i) begin
            state_q <= WAITS;
            slot_q  <= accept_slot_i;
            half_q  <= number_q;
            ahead_q <= waiting_q - 4'(post_done_i);
          end
        end
        WAITS: begin
          ahead_q <= ahead_q - 4'(post_done_i);
          if (ahead_q == 0 && post_start) state_q <= POST;
        end
        POST: begin
          if (post_done_i) begin
            state_q <= DONE;
            ahead_q <= done_q - 4'(store_done_i);
          end
        end
        DONE: begin
          ahead_q <= ahead_q - 4'(store_done_i);
          if (ahead_q == 0 && store_start) state_q <= store_done_i ? NONE : STORE;
        end
        default: if (store_done_i) state_q <= NONE;
      endcase
    end
  end

  // Where its slot lies.
  logic [3:0] place;
  logic [2:0] kept;
  assign place = ((state_q == WAITS || state_q == POST) ? \u_dut.post_q : \u_dut.store_q ) +
                 ((state_q == WAITS || state_q == DONE) ? ahead_q : 4'd0);
  always_comb begin
    case (place[2:0])
      0: kept = \u_dut.slots[0] ;
      1: kept = \u_dut.slots[1] ;
      2: kept = \u_dut.slots[2] ;
      3: kept = \u_dut.slots[3] ;
      4: kept = \u_dut.slots[4] ;
      5: kept = \u_dut.slots[5] ;
      6: kept = \u_dut.slots[6] ;
      default: kept = \u_dut.slots[7] ;
    endcase
  end

  always_comb begin
    assume (rst_i == ~started_q);
    // The ring has eight slots, and gives away none before its tile has retired.
    assume (!(enters && waiting_q + done_q == 4'd8));
    assume (!(accept_i && state_q != NONE && accept_slot_i == slot_q));
    assume (!post_done_i || running_q);
    assume (!store_done_i || storing_q || store_start);
    if (started_q) begin
      post_of_a_tile: assert (!post_start || (waiting_q != 0 && !running_q));
      store_as_soon_as_it_may: assert (store_start == (!storing_q && done_q != 0));
      if (state_q == WAITS && ahead_q == 0)
        post_as_soon_as_it_may: assert (post_start == (!running_q && sums_q && (load_res_i ? res_q : done_q <= 4'd1)));
      if ((state_q == WAITS && ahead_q == 0) || state_q == POST)
        post_is_of_it: assert (post_slot == slot_q && post_half == half_q);
      if ((state_q == DONE && ahead_q == 0) || state_q == STORE)
        store_is_of_it: assert (store_slot == slot_q && store_half == half_q);
      once: assert (!(state_q == POST && post_start) && !(state_q == STORE && store_start));
      // The invariant.
      counts: assert (\u_dut.in_q - \u_dut.post_q == waiting_q && \u_dut.post_q - \u_dut.store_q == done_q &&
                      5'(waiting_q) + 5'(done_q) <= 5'd8);
      busy: assert (\u_dut.post_busy_q == running_q && \u_dut.store_busy_q == storing_q);
      busy_with_one: assert ((!running_q || waiting_q != 0) && (!storing_q || done_q != 0));
      halves: assert (\u_dut.in_q [0] == number_q && state_q <= STORE);
      it_is_inside: assert (state_q == NONE || (kept == slot_q && place[0] == half_q));
      if (state_q == WAITS) it_waits: assert (ahead_q < waiting_q);
      if (state_q == DONE) it_is_done: assert (ahead_q < done_q && !(storing_q && ahead_q == 0));
      in_its_state: assert (!(state_q == WAITS && ahead_q == 0 && running_q) && !(state_q == POST && !running_q) &&
                            !(state_q == STORE && !storing_q));
      flags: assert (state_q == NONE || (\u_dut.acc_full_q [slot_q] == sums_q && \u_dut.res_loaded_q [slot_q] == res_q));
      last_of_eight: cover (state_q == WAITS && ahead_q == 4'd7);
      stored_beside_another: cover (state_q == STORE && running_q && waiting_q == 4'd2);
      kept_tile: cover (state_q == DONE && store_start && store_done_i && ahead_q == 0);
    end
  end

  logic unused_bits;
  assign unused_bits = ^wait_out;

endmodule
