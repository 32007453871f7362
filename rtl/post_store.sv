// When stored tiles may be post-processed and stored. Both work in the order of stored tiles; others do not occupy them.
`include "faults.svh"

module post_store (
  input  logic       clk_i,
  input  logic       rst_i,          // also by CLEAR
  input  logic       accept_i,       // a tile enters the ring
  input  logic [2:0] accept_slot_i,
  input  logic       accept_stores_i,
  input  logic       drained_i,      // the sums of a tile with LAST_C are complete
  input  logic [2:0] drained_slot_i,
  input  logic       pool_start_i,   // Exec_start of a POOL_ONLY tile
  input  logic [2:0] pool_slot_i,
  input  logic       res_loaded_i,
  input  logic [2:0] res_slot_i,
  input  logic       load_res_i,     // of the tile in post_slot_o

  output logic [2:0] post_slot_o,
  output logic       post_start_o,
  input  logic       post_done_i,
  output logic [31:0] wait_out_o,    // at post_start_o
  output logic       post_half_o,    // of the output buffer

  output logic [2:0] store_slot_o,
  output logic       store_start_o,
  input  logic       store_done_i,
  output logic       store_half_o
);

  `MSD_FAULT_DECLARE

  logic [2:0]  slots[8];               // of stored tiles, in order
  logic [3:0]  in_q, post_q, store_q;  // stored tiles fetched, post-processed, stored
  logic [7:0]  acc_full_q, res_loaded_q;
  logic        post_busy_q, store_busy_q, summed, out_free;
  logic [31:0] wait_q;

  assign post_slot_o  = `MSD_FAULT(`FAULT_RING_SLOT) ? post_q[2:0] : slots[post_q[2:0]];
  assign store_slot_o = slots[store_q[2:0]];
  assign post_half_o  = post_q[0];
  assign store_half_o = store_q[0];

  assign summed        = ~post_busy_q & (post_q != in_q) & acc_full_q[post_slot_o];
  assign out_free      = load_res_i ? res_loaded_q[post_slot_o] : post_q - store_q <= 4'd1;
  assign post_start_o  = summed & out_free;
  assign store_start_o = ~store_busy_q & (store_q != post_q);
  assign wait_out_o    = wait_q;

  always_ff @(posedge clk_i) begin
    if (accept_i && accept_stores_i) slots[in_q[2:0]] <= accept_slot_i;
    if (accept_i) begin
      acc_full_q[accept_slot_i]   <= 1'b0;
      res_loaded_q[accept_slot_i] <= 1'b0;
    end
    if (drained_i) acc_full_q[drained_slot_i] <= 1'b1;
    if (pool_start_i) acc_full_q[pool_slot_i] <= 1'b1;
    if (res_loaded_i) res_loaded_q[res_slot_i] <= 1'b1;

    if (rst_i) begin
      in_q         <= 4'd0;
      post_q       <= 4'd0;
      store_q      <= 4'd0;
      post_busy_q  <= 1'b0;
      store_busy_q <= 1'b0;
    end else begin
      in_q         <= in_q + {3'b0, accept_i & accept_stores_i};
      post_q       <= post_q + 4'(post_done_i);
      store_q      <= store_q + 4'(store_done_i);
      post_busy_q  <= post_start_o | (post_busy_q & ~post_done_i);
      store_busy_q <= (store_start_o | store_busy_q) & ~store_done_i;  // what is kept is done at once
    end
    wait_q <= (rst_i | post_start_o) ? 32'd0 : wait_q + 32'(summed);
  end

endmodule
