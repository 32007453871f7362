// The DSP core: as the LUT core, with pairs of activation groups (low and high pixels) and two banks a column.
`include "tile_if.svh"

module dsp_core #(
  parameter int unsigned Rows        = 4,
  parameter int unsigned Cols        = 4,
  parameter int unsigned BankRows    = 16,
  parameter int unsigned ActDepth    = 256,
  parameter int unsigned WeightDepth = 256,
  parameter int unsigned AccEntries  = 128
) (
  input  logic                            clk_i,
  input  logic                            rst_i,
  input  logic                            start_i,
  `MSD_TILE_PORTS,
  input  logic [15:0]                     pixel_passes_i,
  input  logic [(Cols+15)/16*2*64-1:0] groups_i,  // low, high, low, high, ...

  input  logic [(Cols+15)/16*2-1:0] write_act_i,
  input  logic                            write_act_half_i,
  input  logic [(Cols+15)/16*2*16-1:0] write_act_address_i,
  input  logic [127:0]                    write_act_data_i,
  input  logic [(Rows+BankRows-1)/BankRows-1:0] write_weight_i,
  input  logic                            write_weight_half_i,
  input  logic [15:0]                     write_weight_address_i,
  input  logic [127:0]                    write_weight_data_i,

  input  logic [2*Cols-1:0] read_i,  // of each bank: low pixels of all columns, then high ones
  input  logic [$clog2(2*AccEntries)-1:0] read_address_i,
  output logic [2*Cols*32-1:0] read_data_o,

  output logic                            valid_o,  // at PE(0, 0)
  output logic [2*Cols-1:0]               bank_write_o,
  output logic [2*Cols*$clog2(2*AccEntries)-1:0] bank_address_o,
  output logic [2*Cols*32-1:0]            bank_data_o,
  output logic                            busy_o,
  output logic                            done_o
);

  localparam int unsigned EntryW = $clog2(2 * AccEntries);
  localparam int unsigned Levels = ($clog2(Rows) + 1) / 2;  // of a column's tree: ceil(log4 Rows)

  core_pkg::row_token_t   row;
  core_pkg::step_token_t  step;
  core_pkg::drain_token_t drain;
  core_pkg::act_fields_t  fields;
  logic                   shift;
  logic [2*Cols*8-1:0]    act;
  logic [Rows*8-1:0]      weight;
  logic [Rows-1:0]        valid, clear;
  logic [Cols-1:0]        sum_valid;
  logic [2*Cols*32-1:0]   sum;
  logic [Cols*4-1:0]      drains;

  core_ctrl #(
    .Rows(Rows),
    .BankRows(BankRows),
    .DigitsPerWord(16)
  ) u_ctrl (
    .clk_i,
    .rst_i,
    .start_i,
    .channels_i(k_dsp_i),
    .first_channel_i(k_lut_i),
    .pixel_passes_i,
    .kernel_h_i,
    .kernel_w_i,
    .in_cols_i,
    .c_blocks_i,
    .c_last_i,
    .digits_i(2'd1),
    .one_digit_i(1'b0),
    .depthwise_i,
    .accumulate_i(~first_c_i),
    .weight_half_i,
    .acc_half_i,
    .row_o(row),
    .step_o(step),
    .shift_o(shift),
    .drain_o(drain),
    .busy_o,
    .done_o
  );

  assign fields.half      = act_half_i;
  assign fields.in_rows   = in_rows_i;
  assign fields.in_cols   = in_cols_i;
  assign fields.tw        = tw_i;
  assign fields.stride_y  = stride_y_i;
  assign fields.stride_x  = stride_x_i;
  assign fields.pad_y     = pad_y_i;
  assign fields.pad_x     = pad_x_i;
  assign fields.pad_value = pad_value_i;

  act_edge #(
    .Cols(Cols),
    .Pixels(2),
    .Depth(ActDepth)
  ) u_act (
    .clk_i,
    .rst_i,
    .write_i(write_act_i),
    .write_half_i(write_act_half_i),
    .write_address_i(write_act_address_i),
    .write_data_i(write_act_data_i),
    .start_i,
    .fields_i(fields),
    .groups_i,
    .step_i(step),
    .shift_i(shift),
    .act_o(act)
  );

  weight_rows #(
    .Rows(Rows),
    .BankRows(BankRows),
    .DigitW(8),
    .Depth(WeightDepth)
  ) u_rows (
    .clk_i,
    .rst_i,
    .write_i(write_weight_i),
    .write_half_i(write_weight_half_i),
    .write_address_i(write_weight_address_i[$clog2(WeightDepth)-1:0]),
    .write_data_i(write_weight_data_i),
    .token_i(row),
    .digit_o(weight),
    .valid_o(valid),
    .clear_o(clear)
  );

  dsp_array #(
    .Rows(Rows),
    .Cols(Cols),
    .Levels(Levels)
  ) u_array (
    .clk_i,
    .rst_i,
    .low_i(act[0+:Cols*8]),
    .high_i(act[Cols*8+:Cols*8]),
    .weight_i(weight),
    .clear_i(clear),
    .valid_o(sum_valid),
    .low_o(sum[0+:Cols*32]),
    .high_o(sum[Cols*32+:Cols*32])
  );

  drain_line #(
    .Cols(Cols),
    .Delay(4 + Levels)  // RAM and word register, tree, wrap counters, correction
  ) u_drain (
    .clk_i,
    .rst_i,
    .token_i(drain),
    .tokens_o(drains)
  );

  for (genvar m = 0; m < 2 * Cols; m++) begin : gen_bank
    acc_bank #(
      .Entries(AccEntries)
    ) u_bank (
      .clk_i,
      .rst_i,
      .token_i(drains[(m%Cols)*4+:4]),
      .valid_i(sum_valid[m%Cols]),
      .sum_i(sum[m*32+:32]),
      .write_o(bank_write_o[m]),
      .write_address_o(bank_address_o[m*EntryW+:EntryW]),
      .write_data_o(bank_data_o[m*32+:32]),
      .read_i(read_i[m]),
      .read_address_i,
      .read_data_o(read_data_o[m*32+:32])
    );
  end

  assign valid_o = valid[0];

  logic unused_bits;
  assign unused_bits = ^{write_weight_address_i, valid, k_lut_i};

endmodule
