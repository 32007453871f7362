// The queue of four tile lists, and the list that is being fetched. A list leaves the queue when its first descriptor is
// asked for.
module list_queue (
  input  logic        clk_i,
  input  logic        rst_i,       // also by CLEAR
  input  logic        drop_i,      // an error: all lists are forgotten, also one that is pushed now
  input  logic        push_i,      // only while there is room
  input  logic [31:0] address_i,
  input  logic [31:0] count_i,     // tiles, not 0
  input  logic        take_i,      // the tile shown is asked for
  output logic [2:0]  level_o,
  output logic        pending_o,   // a tile is shown
  output logic        partial_o,   // of a list that has begun
  output logic [31:0] tile_o,      // address of its descriptor
  output logic        last_o       // of its list
);

  logic [63:0] mem[4];
  logic [1:0]  write_q, read_q;
  logic [2:0]  level_q;
  logic [31:0] address_q, count_q, head_address, head_count, count;
  logic        open, pop;

  assign {head_address, head_count} = mem[read_q];
  assign open      = count_q != 32'd0;
  assign pop       = take_i & ~open;
  assign tile_o    = open ? address_q : head_address;
  assign count     = open ? count_q : head_count;
  assign last_o    = count == 32'd1;
  assign pending_o = open | (level_q != 3'd0);
  assign partial_o = open;
  assign level_o   = level_q;

  always_ff @(posedge clk_i) begin
    if (push_i) mem[write_q] <= {address_i, count_i};
    if (take_i) address_q <= tile_o + 32'd256;
    if (rst_i || drop_i) begin
      write_q <= 2'd0;
      read_q  <= 2'd0;
      level_q <= 3'd0;
      count_q <= 32'd0;
    end else begin
      if (push_i) write_q <= write_q + 2'd1;
      if (pop) read_q <= read_q + 2'd1;
      level_q <= level_q + 3'(push_i) - 3'(pop);
      if (take_i) count_q <= count - 32'd1;
    end
  end

endmodule
