// Loads a tile's activations, through master A or from the output buffer, then its residual (or the input of a POOL_ONLY
// tile) through master A. Every word of activations goes to all groups whose rows it lies in.
`include "faults.svh"

module load_act #(
  parameter int unsigned Groups = 3
) (
  input  logic                  clk_i,
  input  logic                  rst_i,          // also by CLEAR
  input  logic                  tile_i,         // the next tile is in the ring
  input  shell_pkg::act_job_t   job_i,
  input  logic [Groups*64-1:0]  groups_i,       // msd_group of the tile
  input  logic [31:0]           stored_i,       // tiles stored
  input  logic                  release_i,      // an activation half is free

  output logic                  start_o,        // LoadA_start
  output logic                  res_start_o,
  output logic                  act_loaded_o,   // act_full of a tile that loads
  output logic                  res_loaded_o,
  output logic                  end_o,          // LoadA_end; the next cycle shows the next tile

  output logic                  request_o,
  output shell_pkg::block_t     block_o,
  input  logic                  word_i,
  input  logic                  done_i,

  output logic [Groups-1:0]     write_act_o,
  output logic [Groups*16-1:0]  write_address_o,
  // The output buffer, for LOAD_OUT: a word a cycle, which comes two cycles later.
  output logic                  hand_read_o,
  output logic [15:0]           hand_address_o,

  output logic                  write_res_o,
  output logic [15:0]           res_address_o
);

  `MSD_FAULT_DECLARE

  typedef enum logic [1:0] {
    IDLE,
    ACT,
    WAIT_OUT,  // activations are there, the output half is not
    RES
  } state_t;

  state_t               state_q;
  logic [1:0]           used_q;  // activation halves: loaded or being loaded, not released
  logic [15:0]          x_q, y_q, res_q;
  logic [Groups*16-1:0] address_q;
  logic                 stored_enough, out_free, hand_last, word, done;
  logic [1:0]           hand_word_q, hand_done_q;

  assign stored_enough = (stored_i >= job_i.wait_store) | (`MSD_FAULT(`FAULT_WAIT_STORE) & (stored_i + 32'd1 >= job_i.wait_store));
  assign out_free      = job_i.stored - stored_i[3:0] <= 4'd1;

  hand_cursor u_hand (
    .clk_i,
    .rst_i,
    .start_i(start_o & job_i.load_out),
    .block_i(job_i.act),
    .read_o(hand_read_o),
    .address_o(hand_address_o),
    .last_o(hand_last)
  );

  always_ff @(posedge clk_i) begin
    hand_word_q <= rst_i ? 2'b0 : {hand_word_q[0], hand_read_o};
    hand_done_q <= rst_i ? 2'b0 : {hand_done_q[0], hand_last};
  end

  assign word = job_i.load_out ? hand_word_q[1] : word_i;
  assign done = job_i.load_out ? hand_done_q[1] : done_i;

  assign start_o      = (state_q == IDLE) & tile_i & stored_enough & (~job_i.load_act | (used_q < 2'd2));
  assign res_start_o  = (state_q == WAIT_OUT) & out_free;
  assign act_loaded_o = (state_q == ACT) & done;
  assign res_loaded_o = (state_q == RES) & done_i;
  assign end_o        = res_loaded_o | (~job_i.load_res & (act_loaded_o | (start_o & ~job_i.load_act)));

  assign request_o = (start_o & job_i.load_act & ~job_i.load_out) | res_start_o;
  assign block_o   = res_start_o ? job_i.res : job_i.act;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      state_q <= IDLE;
      used_q  <= 2'd0;
    end else begin
      case (state_q)
        IDLE: if (start_o) state_q <= job_i.load_act ? ACT : job_i.load_res ? WAIT_OUT : IDLE;
        ACT: if (done) state_q <= job_i.load_res ? WAIT_OUT : IDLE;
        WAIT_OUT: if (out_free) state_q <= RES;
        default: if (done_i) state_q <= IDLE;
      endcase
      used_q <= used_q + {1'b0, start_o & job_i.load_act} - 2'(release_i);
    end

    if (start_o) begin
      x_q <= 16'd0;
      y_q <= 16'd0;
    end else if (word && state_q == ACT) begin
      x_q <= x_q + 16'd1;
      if (x_q == job_i.in_cols - 16'd1) begin
        x_q <= 16'd0;
        y_q <= (y_q == job_i.in_rows - 16'd1) ? 16'd0 : y_q + 16'd1;
      end
    end
    if (res_start_o) res_q <= job_i.pool_base;
    else if (write_res_o) res_q <= res_q + 16'd1;
  end

  for (genvar g = 0; g < Groups; g++) begin : gen_group
    logic [15:0] lo, hi;
    logic        late;
    assign lo   = groups_i[g*64+32+:16];
    assign hi   = groups_i[g*64+48+:16];
    assign late = `MSD_FAULT(`FAULT_GROUP_ROWS) & (g == Groups - 1) & (y_q == lo);
    assign write_act_o[g] = word & (state_q == ACT) & (y_q >= lo) & (y_q < hi) & ~late;
    always_ff @(posedge clk_i) begin
      if (start_o) address_q[g*16+:16] <= 16'd0;
      else if (write_act_o[g]) address_q[g*16+:16] <= address_q[g*16+:16] + 16'd1;
    end
  end

  assign write_address_o = address_q;
  assign write_res_o     = word_i & (state_q == RES);
  assign res_address_o   = res_q;

  logic unused_bits;
  assign unused_bits = ^{groups_i, job_i};

endmodule
