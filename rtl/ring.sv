// The ring of eight descriptors: a tile stays from the end of its check until it is retired. Each unit has a pointer into
// it and sees its own part of the descriptor.
module ring #(
  parameter int unsigned Groups = 3
) (
  input  logic                   clk_i,
  input  logic                   rst_i,        // also by CLEAR

  input  logic                   accept_i,     // a tile enters
  input  shell_pkg::act_job_t    act_job_i,
  input  shell_pkg::wgt_job_t    wgt_job_i,
  input  shell_pkg::exec_job_t   exec_job_i,
  input  shell_pkg::post_job_t   post_job_i,
  input  shell_pkg::store_job_t  store_job_i,
  input  logic [Groups*64-1:0]   groups_i,
  output logic [2:0]             accept_slot_o,
  output logic                   full_o,
  output logic [3:0]             count_o,

  input  logic                   act_next_i,
  output logic                   act_tile_o,   // there is a tile
  output logic [2:0]             act_slot_o,
  output shell_pkg::act_job_t    act_job_o,
  output logic [Groups*64-1:0]   act_groups_o,

  input  logic                   wgt_next_i,
  output logic                   wgt_tile_o,
  output logic [2:0]             wgt_slot_o,
  output shell_pkg::wgt_job_t    wgt_job_o,

  input  logic                   exec_next_i,
  output logic                   exec_tile_o,
  output logic [2:0]             exec_slot_o,
  output shell_pkg::exec_job_t   exec_job_o,
  output logic [Groups*64-1:0]   exec_groups_o,

  input  logic [2:0]             post_slot_i,
  output shell_pkg::post_job_t   post_job_o,
  input  logic [2:0]             store_slot_i,
  output shell_pkg::store_job_t  store_job_o,

  // Done: stored, or for a tile that is not, its sums complete; and the activation loader is past it.
  input  logic                   stored_i,
  input  logic                   summed_i,
  input  logic [2:0]             summed_slot_i,
  output logic [3:0]             retired_o,    // tiles that retire in this cycle
  output logic [2:0]             tail_o        // slot of the oldest tile
);

  shell_pkg::act_job_t   act_jobs[8];
  shell_pkg::wgt_job_t   wgt_jobs[8];
  shell_pkg::exec_job_t  exec_jobs[8];
  shell_pkg::post_job_t  post_jobs[8];
  shell_pkg::store_job_t store_jobs[8];
  logic [Groups*64-1:0]  act_groups[8];
  logic [Groups*64-1:0]  exec_groups[8];

  logic [3:0]  head_q, tail_q, act_q, wgt_q, exec_q;
  logic [7:0]  done_q, loaded_q, done, loaded, good, retire;
  logic [15:0] twice;

  always_ff @(posedge clk_i) begin
    if (accept_i) begin
      act_jobs[head_q[2:0]]    <= act_job_i;
      wgt_jobs[head_q[2:0]]    <= wgt_job_i;
      exec_jobs[head_q[2:0]]   <= exec_job_i;
      post_jobs[head_q[2:0]]   <= post_job_i;
      store_jobs[head_q[2:0]]  <= store_job_i;
      act_groups[head_q[2:0]]  <= groups_i;
      exec_groups[head_q[2:0]] <= groups_i;
    end
    if (rst_i) begin
      head_q   <= 4'd0;
      tail_q   <= 4'd0;
      act_q    <= 4'd0;
      wgt_q    <= 4'd0;
      exec_q   <= 4'd0;
      done_q   <= 8'd0;
      loaded_q <= 8'd0;
    end else begin
      head_q   <= head_q + 4'(accept_i);
      tail_q   <= tail_q + retired_o;
      act_q    <= act_q + 4'(act_next_i);
      wgt_q    <= wgt_q + 4'(wgt_next_i);
      exec_q   <= exec_q + 4'(exec_next_i);
      done_q   <= done & ~retire;
      loaded_q <= loaded & ~retire;
    end
  end

  // Tiles retire in order, several at once if the oldest was the last to be done.
  always_comb begin
    done   = done_q;
    loaded = loaded_q;
    if (stored_i) done[store_slot_i] = 1'b1;
    if (summed_i) done[summed_slot_i] = 1'b1;
    if (act_next_i) loaded[act_q[2:0]] = 1'b1;
    good  = done & loaded;
    twice = {good, good} >> tail_q[2:0];
    retired_o = 4'd8;
    for (int unsigned i = 8; i > 0; i--)
      if (!twice[i-1]) retired_o = 4'(i - 1);
    retire = 8'd0;
    for (int unsigned i = 0; i < 8; i++)
      if (4'(i) < retired_o) retire[tail_q[2:0]+3'(i)] = 1'b1;
  end

  assign accept_slot_o = head_q[2:0];
  assign count_o       = head_q - tail_q;
  assign full_o        = count_o == 4'd8;
  assign tail_o        = tail_q[2:0];

  assign act_tile_o    = act_q != head_q;
  assign act_slot_o    = act_q[2:0];
  assign act_job_o     = act_jobs[act_q[2:0]];
  assign act_groups_o  = act_groups[act_q[2:0]];
  assign wgt_tile_o    = wgt_q != head_q;
  assign wgt_slot_o    = wgt_q[2:0];
  assign wgt_job_o     = wgt_jobs[wgt_q[2:0]];
  assign exec_tile_o   = exec_q != head_q;
  assign exec_slot_o   = exec_q[2:0];
  assign exec_job_o    = exec_jobs[exec_q[2:0]];
  assign exec_groups_o = exec_groups[exec_q[2:0]];
  assign post_job_o    = post_jobs[post_slot_i];
  assign store_job_o   = store_jobs[store_slot_i];

  logic unused_bits;
  assign unused_bits = ^twice[15:8];

endmodule
