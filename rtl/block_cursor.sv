// Cuts a strided block into bursts, one a cycle: never across a row, a 4 KiB boundary or 16 beats. docs/dma.md, "Cutting".
`include "faults.svh"

module block_cursor #(
  parameter int unsigned BeatBytes = 16  // 8 or 16
) (
  input  logic                clk_i,
  input  logic                rst_i,
  input  logic                start_i,    // takes the block; only while active_o is low
  input  shell_pkg::block_t   block_i,    // at least one word
  input  logic                next_i,     // the burst shown is issued
  output logic                active_o,   // a burst is shown, from the cycle after start_i on
  output logic [31:0]         address_o,
  output logic [4:0]          beats_o,
  output logic                last_o      // of the block
);

  `MSD_FAULT_DECLARE

  localparam logic [27:0] MaxWords = 28'(BeatBytes);  // 16 beats in words of 16 bytes

  shell_pkg::block_t block_q;
  logic              active_q;
  logic [31:0]       row_q, plane_q;   // where the present row and plane begin
  logic [27:0]       at_q, left_q;     // word of the next burst, words left of the row
  logic [15:0]       row_count_q, plane_count_q;
  logic [27:0]       boundary, words;
  logic              row_end, plane_end;

  assign boundary = `MSD_FAULT(`FAULT_BURST_4K) ? MaxWords : 28'd256 - {20'b0, at_q[7:0]};

  always_comb begin
    words = (left_q < MaxWords) ? left_q : MaxWords;
    if (boundary < words) words = boundary;
  end

  assign row_end   = words == left_q;
  assign plane_end = row_count_q == 16'd1;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      block_q       <= block_i;
      row_q         <= block_i.address;
      plane_q       <= block_i.address;
      at_q          <= block_i.address[31:4];
      left_q        <= block_i.row_bytes[31:4];
      row_count_q   <= block_i.rows;
      plane_count_q <= block_i.planes;
    end else if (next_i) begin
      at_q   <= at_q + words;
      left_q <= left_q - words;
      if (row_end) begin
        row_q       <= row_q + block_q.row_stride;
        at_q        <= 28'((row_q + block_q.row_stride) >> 4);
        left_q      <= block_q.row_bytes[31:4];
        row_count_q <= row_count_q - 16'd1;
        if (plane_end) begin
          plane_q       <= plane_q + block_q.plane_stride;
          row_q         <= plane_q + block_q.plane_stride;
          at_q          <= 28'((plane_q + block_q.plane_stride) >> 4);
          row_count_q   <= block_q.rows;
          plane_count_q <= plane_count_q - 16'd1;
        end
      end
    end
    if (rst_i) active_q <= 1'b0;
    else if (start_i) active_q <= 1'b1;
    else if (next_i && last_o) active_q <= 1'b0;
  end

  assign active_o  = active_q;
  assign address_o = {at_q, 4'b0};
  assign beats_o   = (BeatBytes == 16) ? words[4:0] : {words[3:0], 1'b0};
  assign last_o    = row_end & plane_end & (plane_count_q == 16'd1);

  logic unused_bits;
  assign unused_bits = ^{block_q.address, block_q.planes, block_q.row_bytes[3:0]};

endmodule
