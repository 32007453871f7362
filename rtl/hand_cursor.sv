// Walks the words of a block that the output buffer holds, one a cycle: planes of rows of words. Addresses are words of the
// half, modulo 2^16.
`include "faults.svh"

module hand_cursor (
  input  logic              clk_i,
  input  logic              rst_i,
  input  logic              start_i,
  input  shell_pkg::block_t block_i,    // stable until the last word; address: an offset in the half
  output logic              read_o,     // from the cycle after start_i on
  output logic [15:0]       address_o,
  output logic              last_o      // with the last word's read_o
);

  `MSD_FAULT_DECLARE

  logic        active_q, row_end, plane_end;
  logic [15:0] word_q, row_q, plane_q;              // addresses: of this word, its row, its plane
  logic [15:0] x_q, y_q, z_q;                       // left behind this one in its row, its plane, the block
  logic [15:0] row_words, row_step, plane_step, next_row, next_plane;

  assign row_words  = block_i.row_bytes[19:4];
  assign row_step   = `MSD_FAULT(`FAULT_HAND_STRIDE) ? row_words : block_i.row_stride[19:4];
  assign plane_step = block_i.plane_stride[19:4];
  assign row_end    = x_q == 16'd0;
  assign plane_end  = row_end & (y_q == 16'd0);
  assign next_row   = row_q + row_step;
  assign next_plane = plane_q + plane_step;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      word_q  <= block_i.address[19:4];
      row_q   <= block_i.address[19:4];
      plane_q <= block_i.address[19:4];
    end else if (plane_end) begin
      word_q  <= next_plane;
      row_q   <= next_plane;
      plane_q <= next_plane;
    end else if (row_end) begin
      word_q  <= next_row;
      row_q   <= next_row;
    end else begin
      word_q  <= word_q + 16'd1;
    end
    x_q      <= (start_i | row_end) ? row_words - 16'd1 : x_q - 16'd1;
    y_q      <= (start_i | plane_end) ? block_i.rows - 16'd1 : y_q - 16'(row_end);
    z_q      <= start_i ? block_i.planes - 16'd1 : z_q - 16'(plane_end);
    active_q <= ~rst_i & (start_i | (active_q & ~last_o));
  end

  assign read_o    = active_q;
  assign address_o = word_q;
  assign last_o    = active_q & plane_end & (z_q == 16'd0);

  logic unused_bits;
  assign unused_bits = ^block_i;

endmodule
