// The queue keeps what is pushed and shows it in order: one item, any one, is followed from its push to its pop. Invariant.
module fifo_proof #(
  parameter int unsigned Depth = 4  // or 2
) (
  input logic       clk_i,
  input logic       rst_i,
  input logic       push_i,
  input logic [2:0] data_i,
  input logic       pop_i,
  input logic       follow_i  // the item pushed now is the one
);

  localparam int unsigned IndexW = $clog2(Depth);

  logic       empty;
  logic [2:0] data;

  fifo #(
    .Width(3),
    .Depth(Depth)
  ) u_fifo (
    .clk_i,
    .rst_i,
    .push_i,
    .data_i,
    .pop_i,
    .empty_o(empty),
    .data_o(data)
  );

  (* hierconn *) logic [IndexW:0] \u_fifo.write_q ;
  (* hierconn *) logic [IndexW:0] \u_fifo.read_q ;
  (* hierconn *) logic [2:0]      \u_fifo.mem[0] , \u_fifo.mem[1] , \u_fifo.mem[2] , \u_fifo.mem[3] ;

  logic            started_q, inside_q, passes;
  logic [IndexW:0] count_q, ahead_q;  // items held; those before the one that is followed
  logic [2:0]      item_q;
  assign passes = push_i & pop_i & empty;  // never held: whoever pushes takes it himself (dma_write)

  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (rst_i) begin
      count_q  <= '0;
      inside_q <= 1'b0;
    end else begin
      count_q <= count_q + (IndexW+1)'(push_i) - (IndexW+1)'(pop_i);
      if (inside_q) begin
        if (pop_i) begin
          inside_q <= ahead_q != 0;
          ahead_q  <= ahead_q - 1'b1;
        end
      end else if (follow_i && push_i && !passes) begin
        inside_q <= 1'b1;
        item_q   <= data_i;
        ahead_q  <= count_q - (IndexW+1)'(pop_i);
      end
    end
  end

  // Where it lies.
  logic [IndexW:0] place;
  logic [2:0]      stored;
  assign place = \u_fifo.read_q  + ahead_q;
  always_comb begin
    case (place[IndexW-1:0])
      0: stored = \u_fifo.mem[0] ;
      1: stored = \u_fifo.mem[1] ;
      2: stored = \u_fifo.mem[2] ;
      default: stored = \u_fifo.mem[3] ;
    endcase
  end

  always_comb begin
    assume (rst_i == ~started_q);
    assume (!(push_i && count_q == Depth));
    assume (!(pop_i && count_q == 0 && !push_i));
    if (started_q) begin
      empty_is_empty: assert (empty == (count_q == 0));
      no_more_than_fit: assert (count_q <= Depth);
      the_item_comes_after_those_before_it: assert (!inside_q || ahead_q != 0 || (!empty && data == item_q));
      held: assert (\u_fifo.write_q - \u_fifo.read_q == count_q);
      full: cover (count_q == Depth && inside_q && ahead_q == 1);
      comes_out_with_others_behind: cover (inside_q && ahead_q == 0 && count_q == Depth - 1 && pop_i && push_i);
      passes_by: cover (passes && data_i == 3'd5);
      it_is_inside: assert (!inside_q || (ahead_q < count_q && stored == item_q));
    end
  end

endmodule
