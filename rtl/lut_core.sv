// The LUT core: controller, activation groups, weight rows, array, accumulator banks.
`include "tile_if.svh"

module lut_core #(
  parameter int unsigned Rows        = 4,
  parameter int unsigned Cols        = 4,
  parameter int unsigned BankRows    = 32,
  parameter int unsigned ActDepth    = 256,
  parameter int unsigned WeightDepth = 256,
  parameter int unsigned AccEntries  = 128
) (
  input  logic                            clk_i,
  input  logic                            rst_i,
  input  logic                            start_i,
  `MSD_TILE_PORTS,
  input  logic [1:0]                      digits_i,
  input  logic [15:0]                     pixel_passes_i,
  input  logic [(Cols+15)/16*64-1:0] groups_i,

  input  logic [(Cols+15)/16-1:0] write_act_i,
  input  logic                            write_act_half_i,
  input  logic [(Cols+15)/16*16-1:0] write_act_address_i,
  input  logic [127:0]                    write_act_data_i,
  input  logic [(Rows+BankRows-1)/BankRows-1:0] write_weight_i,
  input  logic                            write_weight_half_i,
  input  logic [15:0]                     write_weight_address_i,
  input  logic [127:0]                    write_weight_data_i,

  input  logic [Cols-1:0] read_i,  // of each column's bank
  input  logic [$clog2(2*AccEntries)-1:0] read_address_i,
  output logic [Cols*32-1:0] read_data_o,

  output logic                            valid_o,  // at PE(0, 0)
  output logic [Cols-1:0]                 bank_write_o,
  output logic [Cols*$clog2(2*AccEntries)-1:0] bank_address_o,
  output logic [Cols*32-1:0]              bank_data_o,
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
  logic [Cols*8-1:0]      act;
  logic [Rows*4-1:0]      digit;
  logic [Rows-1:0]        valid, clear;
  logic [Cols-1:0]        sum_valid;
  logic [Cols*32-1:0]     sum;
  logic [Cols*4-1:0]      drains;

  core_ctrl #(
    .Rows(Rows),
    .BankRows(BankRows),
    .DigitsPerWord(32)
  ) u_ctrl (
    .clk_i,
    .rst_i,
    .start_i,
    .channels_i(k_lut_i),
    .first_channel_i(16'd0),
    .pixel_passes_i,
    .kernel_h_i,
    .kernel_w_i,
    .in_cols_i,
    .c_blocks_i,
    .c_last_i,
    .digits_i,
    .one_digit_i(digits_i == 2'd1),
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
    .Pixels(1),
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
    .DigitW(4),
    .Depth(WeightDepth)
  ) u_rows (
    .clk_i,
    .rst_i,
    .write_i(write_weight_i),
    .write_half_i(write_weight_half_i),
    .write_address_i(write_weight_address_i[$clog2(WeightDepth)-1:0]),
    .write_data_i(write_weight_data_i),
    .token_i(row),
    .digit_o(digit),
    .valid_o(valid),
    .clear_o(clear)
  );

  lut_array #(
    .Rows(Rows),
    .Cols(Cols),
    .Levels(Levels)
  ) u_array (
    .clk_i,
    .rst_i,
    .act_i(act),
    .digit_i(digit),
    .valid_i(valid),
    .clear_i(clear),
    .valid_o(sum_valid),
    .sum_o(sum)
  );

  drain_line #(
    .Cols(Cols),
    .Delay(2 + Levels)  // RAM and word register, tree
  ) u_drain (
    .clk_i,
    .rst_i,
    .token_i(drain),
    .tokens_o(drains)
  );

  for (genvar m = 0; m < Cols; m++) begin : gen_bank
    acc_bank #(
      .Entries(AccEntries)
    ) u_bank (
      .clk_i,
      .rst_i,
      .token_i(drains[m*4+:4]),
      .valid_i(sum_valid[m]),
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
  assign unused_bits = ^{write_weight_address_i, k_dsp_i};

endmodule
