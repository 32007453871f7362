// Fetches descriptors, one at a time, checks them and hands them to the ring: two tiles ahead of the activation loader.
module fetch #(
  parameter int unsigned LutRows = 4,
  parameter int unsigned LutCols = 4,
  parameter int unsigned DspRows = 4,
  parameter int unsigned DspCols = 4
) (
  input  logic                  clk_i,
  input  logic                  rst_i,        // also by CLEAR
  input  logic                  error_i,      // an error was recorded: fetch no more

  input  logic [15:0]           act_words_i,
  input  logic [15:0]           lut_weight_words_i,
  input  logic [15:0]           dsp_weight_words_i,
  input  logic [15:0]           acc_entries_i,
  input  logic [15:0]           out_words_i,
  input  logic [15:0]           tile_channels_i,

  input  logic                  pending_i,    // of list_queue
  input  logic [31:0]           address_i,
  input  logic                  last_of_list_i,
  input  logic                  ring_full_i,
  input  logic                  load_a_start_i,

  output logic                  start_o,      // Fetch_start
  output shell_pkg::block_t     block_o,
  input  logic                  word_i,       // a word of the descriptor
  input  logic [127:0]          data_i,
  input  logic                  done_i,       // with the last one
  input  logic                  bus_error_i,  // with done_i

  output logic                  busy_o,
  output logic                  end_o,        // the check is over
  output logic [3:0]            code_o,       // with end_o: 0, or why the tile is refused
  output logic                  accept_o,     // end_o and 0
  output descriptor_pkg::tile_t tile_o,       // with end_o, and what was computed:
  output logic                  last_of_list_o,
  output logic [15:0]           lut_row_words_o,
  output logic [15:0]           dsp_row_words_o,
  output logic [15:0]           pool_base_o,
  output logic [1:0]            act_o,
  output logic [1:0]            wgt_o,
  output logic [3:0]            acc_o,
  output logic [3:0]            out_o,
  output logic                  hand_half_o,
  output logic [15:0]           hand_words_o
);

  typedef enum logic [1:0] {
    IDLE,
    READ,
    CHECK
  } state_t;

  state_t                state_q;
  descriptor_pkg::tile_t tile_q;
  logic                  last_q, bus_error_q, checked;
  logic [3:0]            ahead_q;  // tiles fetched that the activation loader has not begun
  logic [3:0]            tile_error, sequence_error;
  logic [15:0]           result_words;

  assign start_o = (state_q == IDLE) & pending_i & ~error_i & ~ring_full_i & (ahead_q < 4'd2);

  always_comb begin
    block_o.address      = address_i;
    block_o.row_stride   = 32'd256;
    block_o.plane_stride = 32'd256;
    block_o.row_bytes    = 32'd256;
    block_o.rows         = 16'd1;
    block_o.planes       = 16'd1;
  end

  always_ff @(posedge clk_i) begin
    if (word_i) tile_q <= {data_i, tile_q[2047:128]};
    if (start_o) last_q <= last_of_list_i;
    if (done_i) bus_error_q <= bus_error_i;
    if (rst_i) begin
      state_q <= IDLE;
      ahead_q <= 4'd0;
    end else begin
      case (state_q)
        IDLE: if (start_o) state_q <= READ;
        READ: if (done_i) state_q <= error_i ? IDLE : CHECK;  // else its list was dropped while it was on its way
        CHECK: if (checked) state_q <= IDLE;
        default: state_q <= IDLE;
      endcase
      ahead_q <= ahead_q + 4'(accept_o) - 4'(load_a_start_i);
    end
  end

  descriptor_check #(
    .LutRows(LutRows),
    .LutCols(LutCols),
    .DspRows(DspRows),
    .DspCols(DspCols)
  ) u_check (
    .clk_i,
    .rst_i,
    .start_i((state_q == READ) & done_i & ~error_i),
    .tile_i(tile_q),
    .act_words_i,
    .lut_weight_words_i,
    .dsp_weight_words_i,
    .acc_entries_i,
    .out_words_i,
    .tile_channels_i,
    .done_o(checked),
    .error_o(tile_error),
    .lut_row_words_o,
    .dsp_row_words_o,
    .pool_base_o,
    .result_words_o(result_words)
  );

  sequence_check u_sequence (
    .clk_i,
    .rst_i,
    .tile_i(tile_q),
    .last_of_list_i(last_q),
    .result_words_i(result_words),
    .accept_i(accept_o),
    .error_o(sequence_error),
    .act_o,
    .wgt_o,
    .acc_o,
    .out_o,
    .hand_half_o,
    .hand_words_o
  );

  always_comb begin
    if (bus_error_q) code_o = 4'(accelerator_regs_pkg::ERROR_BUS);
    else if (tile_error != 4'd0) code_o = tile_error;
    else code_o = sequence_error;
  end

  assign busy_o         = state_q != IDLE;
  assign end_o          = checked;
  assign accept_o       = checked & (code_o == 4'd0);
  assign tile_o         = tile_q;
  assign last_of_list_o = last_q;

endmodule
