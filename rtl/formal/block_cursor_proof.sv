// The cursor's bursts are the block: row after row, each byte once, in order, as few bursts as pages and 16 beats allow. For
// blocks of any size, by an invariant: what is still wanted, counted in bytes here, is what the cursor still holds.
`include "cursor_contract.svh"

module block_cursor_proof #(
  parameter int unsigned BeatBytes = 16
) (
  input logic              clk_i,
  input logic              rst_i,
  input logic              start_i,
  input shell_pkg::block_t block_i,
  input logic              next_i
);

  logic        active, last;
  logic [31:0] address;
  logic [4:0]  beats;

  block_cursor #(
    .BeatBytes(BeatBytes)
  ) u_cursor (
    .clk_i,
    .rst_i,
    .start_i,
    .block_i,
    .next_i,
    .active_o(active),
    .address_o(address),
    .beats_o(beats),
    .last_o(last)
  );

  (* hierconn *) logic [31:0] \u_cursor.row_q , \u_cursor.plane_q ;
  (* hierconn *) logic [27:0] \u_cursor.at_q , \u_cursor.left_q ;
  (* hierconn *) logic [15:0] \u_cursor.row_count_q , \u_cursor.plane_count_q ;
  (* hierconn *) logic [159:0] \u_cursor.block_q ;
  shell_pkg::block_t held;
  assign held = \u_cursor.block_q ;

  // The bytes wanted next, and what comes behind them.
  shell_pkg::block_t block_q;
  logic              busy_q, started_q, row_over, plane_over;
  logic [31:0]       want_q, left_q, row_q, plane_q, bytes, next_row, next_plane;
  logic [15:0]       rows_q, planes_q;  // with the present one

  assign bytes      = 32'(beats) * BeatBytes;
  assign row_over   = bytes == left_q;
  assign plane_over = row_over & (rows_q == 16'd1);
  assign next_row   = row_q + block_q.row_stride;
  assign next_plane = plane_q + block_q.plane_stride;

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (rst_i) begin
      busy_q <= 1'b0;
    end else if (start_i) begin
      block_q  <= block_i;
      busy_q   <= 1'b1;
      want_q   <= block_i.address;
      row_q    <= block_i.address;
      plane_q  <= block_i.address;
      left_q   <= block_i.row_bytes;
      rows_q   <= block_i.rows;
      planes_q <= block_i.planes;
    end else if (next_i) begin
      want_q <= want_q + bytes;
      left_q <= left_q - bytes;
      if (row_over) begin
        want_q <= next_row;
        row_q  <= next_row;
        left_q <= block_q.row_bytes;
        rows_q <= rows_q - 16'd1;
      end
      if (plane_over) begin
        want_q   <= next_plane;
        row_q    <= next_plane;
        plane_q  <= next_plane;
        rows_q   <= block_q.rows;
        planes_q <= planes_q - 16'd1;
        if (planes_q == 16'd1) busy_q <= 1'b0;
      end
    end
  end

  // A burst that is shown and not issued stays.
  logic        stays_q;
  logic [37:0] shown_q;
  always_ff @(posedge clk_i) begin
    stays_q <= active & ~next_i & ~rst_i;
    shown_q <= {address, beats, last};
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(start_i && busy_q));
    assume (!(next_i && !active));
    // docs/timing.md, rules 14 and 15.
    assume (block_i.address[3:0] == 0 && block_i.row_stride[3:0] == 0 && block_i.plane_stride[3:0] == 0);
    assume (block_i.row_bytes[3:0] == 0 && block_i.row_bytes != 0 && block_i.rows != 0 && block_i.planes != 0);
    if (started_q) begin
      a_burst_while_something_is_wanted: assert (active == busy_q);
      a_burst_that_waits_stays: assert (!stays_q || (active && {address, beats, last} == shown_q));
      if (busy_q) begin
        contract: assert (`CURSOR_BURST(address, beats));
        it_is_what_is_wanted_next: assert (address == want_q);
        not_more_than_the_row: assert (bytes <= left_q);
        as_long_as_it_may_be: assert (row_over || beats == 5'd16 || 12'(address + bytes) == 0);
        the_last_is_the_last: assert (last == (plane_over && planes_q == 16'd1));
        // The invariant.
        held_block: assert (held.row_stride == block_q.row_stride && held.plane_stride == block_q.plane_stride &&
                            held.row_bytes == block_q.row_bytes && held.rows == block_q.rows);
        held_place: assert ({\u_cursor.at_q , 4'b0} == want_q && {\u_cursor.left_q , 4'b0} == left_q && left_q != 0);
        held_bases: assert (\u_cursor.row_q == row_q && \u_cursor.plane_q == plane_q);
        held_counts: assert (\u_cursor.row_count_q == rows_q && \u_cursor.plane_count_q == planes_q);
        held_aligned: assert (row_q[3:0] == 0 && plane_q[3:0] == 0 && block_q.row_stride[3:0] == 0 &&
                              block_q.plane_stride[3:0] == 0 && block_q.row_bytes[3:0] == 0 && block_q.row_bytes != 0 &&
                              block_q.rows != 0);
      end
      second_row_in_a_second_plane: cover (busy_q && planes_q == 16'd1 && block_q.planes == 16'd2 && rows_q == 16'd1 &&
                                           block_q.rows == 16'd2 && next_i);
      cut_by_the_page: cover (busy_q && next_i && !row_over && beats == 5'd2 && want_q != row_q);
      over_the_end_of_memory: cover (busy_q && next_i && want_q < row_q && !last);
    end
  end

endmodule
