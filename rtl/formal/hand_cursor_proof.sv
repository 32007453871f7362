// A block in the output buffer is read word by word: each word once, row by row and plane by plane, one a cycle from the cycle
// after the start on, at the addresses that the strides give. A walk written from that goes beside it. Invariant.
module hand_cursor_proof (
  input logic              clk_i,
  input logic              rst_i,
  input logic              start_i,
  input shell_pkg::block_t block_i
);

  shell_pkg::block_t block, block_q;
  logic              read, last;
  logic [15:0]       address;
  assign block = start_i ? block_i : block_q;

  hand_cursor u_dut (
    .clk_i,
    .rst_i,
    .start_i,
    .block_i(block),
    .read_o(read),
    .address_o(address),
    .last_o(last)
  );

  (* hierconn *) logic        \u_dut.active_q ;
  (* hierconn *) logic [15:0] \u_dut.word_q , \u_dut.row_q , \u_dut.plane_q , \u_dut.x_q , \u_dut.y_q , \u_dut.z_q ;

  logic        started_q, active_q, row_ends, plane_ends, ends;
  logic [15:0] x_q, y_q, z_q, row_at_q, plane_at_q, words, row_step, plane_step;
  assign words      = block.row_bytes[19:4];
  assign row_step   = block.row_stride[19:4];
  assign plane_step = block.plane_stride[19:4];
  assign row_ends   = x_q + 16'd1 == words;
  assign plane_ends = row_ends && y_q + 16'd1 == block.rows;
  assign ends       = plane_ends && z_q + 16'd1 == block.planes;

  // One word, any one that the block has.
  (* anyconst *) logic [47:0] want;
  logic [1:0] seen_q;
  logic       has, is;
  assign has = want[47:32] < block.planes && want[31:16] < block.rows && want[15:0] < words;
  assign is  = active_q && {z_q, y_q, x_q} == want;

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    block_q   <= block;
    active_q  <= ~rst_i & (start_i | (active_q & ~ends));
    seen_q    <= start_i ? 2'd0 : seen_q + 2'(is);
    if (start_i) begin
      x_q        <= 16'd0;
      y_q        <= 16'd0;
      z_q        <= 16'd0;
      row_at_q   <= block.address[19:4];
      plane_at_q <= block.address[19:4];
    end else if (active_q) begin
      x_q <= row_ends ? 16'd0 : x_q + 16'd1;
      if (row_ends) begin
        y_q      <= plane_ends ? 16'd0 : y_q + 16'd1;
        row_at_q <= plane_ends ? plane_at_q + plane_step : row_at_q + row_step;
      end
      if (plane_ends) begin
        z_q        <= z_q + 16'd1;
        plane_at_q <= plane_at_q + plane_step;
      end
    end
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(start_i && active_q));
    assume (!start_i || (words != 0 && block.rows != 0 && block.planes != 0));
    if (started_q) begin
      one_a_cycle: assert (read == active_q);
      where: assert (!read || address == row_at_q + x_q);
      the_last: assert (last == (active_q && ends));
      once: assert (!(active_q && has) || seen_q == 2'({z_q, y_q, x_q} > want));
      once_in_the_end: assert (!(active_q && has && ends) || seen_q + 2'(is) == 2'd1);
      if (active_q) begin
        // The invariant.
        within: assert (x_q < words && y_q < block.rows && z_q < block.planes);
        counters: assert (\u_dut.x_q == words - 16'd1 - x_q && \u_dut.y_q == block.rows - 16'd1 - y_q &&
                          \u_dut.z_q == block.planes - 16'd1 - z_q);
        addresses: assert (\u_dut.row_q == row_at_q && \u_dut.plane_q == plane_at_q);
      end
      small_block: cover (last && words == 16'd2 && block.rows == 16'd2 && block.planes == 16'd2 && row_step == 16'd5);
      past_the_word: cover (active_q && seen_q == 2'd1 && block.planes == 16'd1 && start_i == 1'b0 && address == 16'd0);
    end
  end

endmodule
