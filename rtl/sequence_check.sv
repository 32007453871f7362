// What a tile may do after the ones before it: the sequence rules of docs/timing.md. Remembers what it accepted.
`include "faults.svh"

module sequence_check (
  input  logic                  clk_i,
  input  logic                  rst_i,     // also by CLEAR
  input  descriptor_pkg::tile_t tile_i,
  input  logic                  last_of_list_i,
  input  logic [15:0]           result_words_i,  // that it leaves in its output half, if it is stored
  input  logic                  accept_i,  // the tile becomes the one before
  output logic [3:0]            error_o,   // a value of register ERROR, or 0
  // Numbers of the halves the tile would use, counted from CLEAR: bits that the units need.
  output logic [1:0]            act_o,
  output logic [1:0]            wgt_o,
  output logic [3:0]            acc_o,
  output logic [3:0]            out_o,     // stored tiles before it
  // For LOAD_OUT: the output half, and the words that the tile stored in it last has left.
  output logic                  hand_half_o,
  output logic [15:0]           hand_words_o
);

  `MSD_FAULT_DECLARE

  typedef struct packed {
    logic [15:0] c_blocks;
    logic [15:0] in_rows;
    logic [15:0] in_cols;
  } act_shape_t;

  typedef struct packed {
    logic [15:0] k_lut;
    logic [15:0] k_dsp;
    logic [15:0] c_blocks;
    logic [7:0]  c_last;
    logic [7:0]  kernel_h;
    logic [7:0]  kernel_w;
    logic [7:0]  effective_bits;
    logic        depthwise;
    logic        last_c;
  } wgt_shape_t;

  typedef struct packed {
    logic [15:0] k_lut;
    logic [15:0] k_dsp;
    logic [15:0] th;
    logic [15:0] tw;
  } sum_shape_t;

  act_shape_t act_shape, act_q;
  wgt_shape_t wgt_shape, wgt_q;
  sum_shape_t sum_shape, sum_q;
  logic       open_q;                       // the tile before left sums to be added to
  logic       act_held_q, wgt_held_q;
  logic [1:0] act_count_q, wgt_count_q;     // halves loaded
  logic [3:0] acc_count_q;                  // sums begun
  logic [31:0] stored_q;                    // stored tiles so far
  logic [31:0] held_q;                      // words that the last two stored tiles have left, by half
  logic       load_act, load_wgt, first_c, last_c, pool_only, stores, load_out;

  assign load_act  = tile_i.flags[descriptor_pkg::LOAD_ACT_BIT];
  assign load_wgt  = tile_i.flags[descriptor_pkg::LOAD_WGT_BIT];
  assign first_c   = tile_i.flags[descriptor_pkg::FIRST_C_BIT];
  assign last_c    = tile_i.flags[descriptor_pkg::LAST_C_BIT];
  assign pool_only = tile_i.flags[descriptor_pkg::POOL_ONLY_BIT];
  assign stores    = last_c | pool_only;
  assign load_out  = tile_i.flags[descriptor_pkg::LOAD_OUT_BIT];

  always_comb begin
    act_shape.c_blocks       = tile_i.c_blocks;
    act_shape.in_rows        = tile_i.in_rows;
    act_shape.in_cols        = tile_i.in_cols;
    wgt_shape.k_lut          = tile_i.k_lut;
    wgt_shape.k_dsp          = tile_i.k_dsp;
    wgt_shape.c_blocks       = tile_i.c_blocks;
    wgt_shape.c_last         = tile_i.c_last;
    wgt_shape.kernel_h       = tile_i.kernel_h;
    wgt_shape.kernel_w       = tile_i.kernel_w;
    wgt_shape.effective_bits = tile_i.effective_bits;
    wgt_shape.depthwise      = tile_i.flags[descriptor_pkg::DEPTHWISE_BIT];
    wgt_shape.last_c         = last_c;
    sum_shape.k_lut          = tile_i.k_lut;
    sum_shape.k_dsp          = tile_i.k_dsp;
    sum_shape.th             = tile_i.th;
    sum_shape.tw             = tile_i.tw;

    error_o = 4'(accelerator_regs_pkg::ERROR_NONE);
    if (last_of_list_i && !stores) error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);
    else if (tile_i.wait_store > stored_q) error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);  // would wait for itself
    // The output buffer holds the last two stored tiles.
    else if (load_out && (tile_i.wait_store == 32'd0 || (33'(tile_i.wait_store) + 33'd1 < 33'(stored_q) && !`MSD_FAULT(`FAULT_HAND_GONE))))
      error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);
    else if (pool_only) begin
      if (open_q) error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);
    end else if (first_c == open_q || load_act == act_held_q || load_wgt == wgt_held_q)
      error_o = 4'(accelerator_regs_pkg::ERROR_FLAGS);
    else if ((!load_act && act_shape != act_q) || (!load_wgt && wgt_shape != wgt_q) || (open_q && sum_shape != sum_q))
      error_o = 4'(accelerator_regs_pkg::ERROR_GEOMETRY);
  end

  // A tile that loads takes the next half, another that of the tile before.
  assign act_o = load_act ? act_count_q : act_count_q - 2'd1;
  assign wgt_o = load_wgt ? wgt_count_q : wgt_count_q - 2'd1;
  assign acc_o = first_c ? acc_count_q : acc_count_q - 4'd1;
  assign out_o = stored_q[3:0];
  assign hand_half_o  = ~tile_i.wait_store[0] ^ `MSD_FAULT(`FAULT_HAND_HALF);
  assign hand_words_o = hand_half_o ? held_q[31:16] : held_q[15:0];

  always_ff @(posedge clk_i) begin
    if (accept_i) begin
      sum_q <= sum_shape;
      if (load_act) act_q <= act_shape;
      if (load_wgt) wgt_q <= wgt_shape;
      if (stores && stored_q[0]) held_q[31:16] <= result_words_i;
      if (stores && !stored_q[0]) held_q[15:0] <= result_words_i;
    end
    if (rst_i) begin
      open_q      <= 1'b0;
      act_held_q  <= 1'b0;
      wgt_held_q  <= 1'b0;
      act_count_q <= 2'd0;
      wgt_count_q <= 2'd0;
      acc_count_q <= 4'd0;
      stored_q    <= 32'd0;
    end else if (accept_i) begin
      open_q      <= ~stores;
      act_held_q  <= (act_held_q | load_act) & ~tile_i.flags[descriptor_pkg::RELEASE_ACT_BIT];
      wgt_held_q  <= (wgt_held_q | load_wgt) & ~tile_i.flags[descriptor_pkg::RELEASE_WGT_BIT];
      act_count_q <= act_count_q + 2'(load_act);
      wgt_count_q <= wgt_count_q + 2'(load_wgt);
      acc_count_q <= acc_count_q + 4'(first_c);
      stored_q    <= stored_q + 32'(stores);
    end
  end

  logic unused_bits;
  assign unused_bits = ^tile_i;

endmodule
