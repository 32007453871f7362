// In block_cursor.sv's place in the proofs of both DMAs: any bursts that keep its contract, any number of them to a block.
`include "cursor_contract.svh"

module block_cursor #(
  parameter int unsigned BeatBytes = 16
) (
  input  logic              clk_i,
  input  logic              rst_i,
  input  logic              start_i,
  input  shell_pkg::block_t block_i,
  input  logic              next_i,
  output logic              active_o,
  output logic [31:0]       address_o,
  output logic [4:0]        beats_o,
  output logic              last_o
);

  (* anyseq *) logic [37:0] any;
  logic [37:0] shown_q;
  logic        active_q, stays_q;

  // A burst that is shown and not issued stays.
  assign {address_o, beats_o, last_o} = stays_q ? shown_q : any;
  assign active_o = active_q;

  always_ff @(posedge clk_i) begin
    shown_q  <= {address_o, beats_o, last_o};
    stays_q  <= active_q & ~next_i & ~rst_i;
    active_q <= ~rst_i & (start_i | (active_q & ~(next_i & last_o)));
  end

  always_comb assume (`CURSOR_BURST(address_o, beats_o));

  // What its proof assumes in turn.
  always_comb begin
    started_when_idle: assert (rst_i || !(start_i && active_q));
    moved_when_active: assert (rst_i || !(next_i && !active_q));
  end

  logic unused_block;
  assign unused_block = ^block_i;

endmodule
