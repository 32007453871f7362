// Both cores executing one tile at a time from operand buffers that are written from outside.
`include "tile_if.svh"

module core_top #(
  parameter int unsigned LutRows     = 4,
  parameter int unsigned LutCols     = 4,
  parameter int unsigned LutBankRows = 32,
  parameter int unsigned DspRows     = 4,
  parameter int unsigned DspCols     = 4,
  parameter int unsigned DspBankRows = 16,
  parameter int unsigned ActDepth    = 256,
  parameter int unsigned LutWeightDepth = 256,
  parameter int unsigned DspWeightDepth = 256,
  parameter int unsigned AccEntries  = 128
) (
  input  logic                                     clk_i,
  input  logic                                     rst_i,
  input  logic                                     start_i,
  `MSD_TILE_PORTS,
  input  logic [1:0]                               digits_i,
  input  logic                                     last_c_i,
  input  logic [15:0]                              p_lut_i,
  input  logic [15:0]                              p_dsp_i,
  // Activation groups: LUT columns by 16, then DSP columns by 16, low and high pixels of each (docs/timing.md).
  input  logic [((LutCols+15)/16+(DspCols+15)/16*2)*64-1:0] groups_i,  // msd_group of each

  // Operand buffers. A word of activations goes to any number of groups, a word of weights to one bank.
  input  logic [((LutCols+15)/16+(DspCols+15)/16*2)-1:0] write_act_i,
  input  logic                                     write_act_half_i,
  input  logic [((LutCols+15)/16+(DspCols+15)/16*2)*16-1:0] write_act_address_i,
  input  logic [127:0]                             write_act_data_i,
  input  logic [(LutRows+LutBankRows-1)/LutBankRows-1:0] write_lut_i,
  input  logic [(DspRows+DspBankRows-1)/DspBankRows-1:0] write_dsp_i,
  input  logic                                     write_wgt_half_i,
  input  logic [15:0]                              write_wgt_address_i,
  input  logic [127:0]                             write_wgt_data_i,

  // Accumulator banks, read by post-processing: of all columns of one group, data in the next cycle.
  input  logic                                     read_i,
  input  logic [3:0]                               read_group_i,
  input  logic [$clog2(2*AccEntries)-1:0]          read_address_i,
  output logic [16*32-1:0]                         read_data_o,

  output logic                                     feeding_o,
  output logic                                     feed_end_o,
  output logic                                     release_o,
  output logic                                     drained_o,
  output logic                                     acc_full_o,
  output logic                                     lut_busy_o,
  output logic                                     dsp_busy_o,

  // What the timing contract speaks of, to be compared cycle by cycle.
  output logic                                     lut_valid_o,  // a digit at PE(0, 0)
  output logic                                     dsp_valid_o,
  output logic [LutCols+2*DspCols-1:0]             bank_write_o,
  output logic [(LutCols+2*DspCols)*$clog2(2*AccEntries)-1:0] bank_address_o,
  output logic [(LutCols+2*DspCols)*32-1:0]        bank_data_o
);

  localparam int unsigned EntryW = $clog2(2 * AccEntries);
  localparam int unsigned Banks  = LutCols + 2 * DspCols;
  localparam int unsigned LutGroups = (LutCols + 15) / 16;
  localparam int unsigned Groups    = LutGroups + (DspCols + 15) / 16 * 2;
  localparam int unsigned LutLevels = ($clog2(LutRows) + 1) / 2;  // ceil(log4 LutRows)
  localparam int unsigned DspLevels = ($clog2(DspRows) + 1) / 2;

  localparam int unsigned LutDrain = 2 + LutRows - 1 + LutCols - 1 + LutLevels + 2;
  localparam int unsigned DspDrain = 2 + DspRows - 1 + DspCols - 1 + DspLevels + 2 + 2;
  localparam int unsigned LutSide  = (LutRows > LutCols) ? LutRows : LutCols;
  localparam int unsigned DspSide  = (DspRows > DspCols) ? DspRows : DspCols;

  logic lut_done, dsp_done;

  logic [Banks-1:0]    read;
  logic [Banks*32-1:0] read_data;
  logic [3:0]          read_group_q;

  always_ff @(posedge clk_i) begin
    if (read_i) read_group_q <= read_group_i;
  end

  // Lane n of a group: its column's bank.
  always_comb begin
    read_data_o = '0;
    read        = '0;
    for (int unsigned g = 0; g < LutGroups; g++) begin
      for (int unsigned n = 0; n < 16 && 16 * g + n < LutCols; n++) begin
        read[16*g+n] = read_i & (read_group_i == 4'(g));
        if (read_group_q == 4'(g)) read_data_o[n*32+:32] = read_data[(16*g+n)*32+:32];
      end
    end
    for (int unsigned g = LutGroups; g < Groups; g++) begin
      for (int unsigned n = 0; n < 16 && (g - LutGroups) / 2 * 16 + n < DspCols; n++) begin
        read[LutCols+(g-LutGroups)%2*DspCols+(g-LutGroups)/2*16+n] = read_i & (read_group_i == 4'(g));
        if (read_group_q == 4'(g)) begin
          read_data_o[n*32+:32] = read_data[(LutCols+(g-LutGroups)%2*DspCols+(g-LutGroups)/2*16+n)*32+:32];
        end
      end
    end
  end

  exec_ctrl #(
    .Release((LutSide > DspSide) ? LutSide : DspSide),
    .Drain((LutDrain > DspDrain) ? LutDrain : DspDrain)
  ) u_exec (
    .clk_i,
    .rst_i,
    .start_i,
    .last_c_i,
    .lut_done_i(lut_done),
    .dsp_done_i(dsp_done),
    .feeding_o,
    .feed_end_o,
    .release_o,
    .drained_o,
    .acc_full_o
  );

  lut_core #(
    .Rows(LutRows),
    .Cols(LutCols),
    .BankRows(LutBankRows),
    .ActDepth(ActDepth),
    .WeightDepth(LutWeightDepth),
    .AccEntries(AccEntries)
  ) u_lut (
    .clk_i,
    .rst_i,
    .start_i,
    .first_c_i,
    .depthwise_i,
    .act_half_i,
    .weight_half_i,
    .acc_half_i,
    .in_rows_i,
    .in_cols_i,
    .tw_i,
    .k_lut_i,
    .k_dsp_i,
    .c_blocks_i,
    .c_last_i,
    .kernel_h_i,
    .kernel_w_i,
    .stride_y_i,
    .stride_x_i,
    .pad_y_i,
    .pad_x_i,
    .pad_value_i,
    .digits_i,
    .pixel_passes_i(p_lut_i),
    .groups_i(groups_i[LutGroups*64-1:0]),
    .write_act_i(write_act_i[LutGroups-1:0]),
    .write_act_half_i,
    .write_act_address_i(write_act_address_i[LutGroups*16-1:0]),
    .write_act_data_i,
    .write_weight_i(write_lut_i),
    .write_weight_half_i(write_wgt_half_i),
    .write_weight_address_i(write_wgt_address_i),
    .write_weight_data_i(write_wgt_data_i),
    .read_i(read[LutCols-1:0]),
    .read_address_i,
    .read_data_o(read_data[LutCols*32-1:0]),
    .valid_o(lut_valid_o),
    .bank_write_o(bank_write_o[LutCols-1:0]),
    .bank_address_o(bank_address_o[LutCols*EntryW-1:0]),
    .bank_data_o(bank_data_o[LutCols*32-1:0]),
    .busy_o(lut_busy_o),
    .done_o(lut_done)
  );

  dsp_core #(
    .Rows(DspRows),
    .Cols(DspCols),
    .BankRows(DspBankRows),
    .ActDepth(ActDepth),
    .WeightDepth(DspWeightDepth),
    .AccEntries(AccEntries)
  ) u_dsp (
    .clk_i,
    .rst_i,
    .start_i,
    .first_c_i,
    .depthwise_i,
    .act_half_i,
    .weight_half_i,
    .acc_half_i,
    .in_rows_i,
    .in_cols_i,
    .tw_i,
    .k_lut_i,
    .k_dsp_i,
    .c_blocks_i,
    .c_last_i,
    .kernel_h_i,
    .kernel_w_i,
    .stride_y_i,
    .stride_x_i,
    .pad_y_i,
    .pad_x_i,
    .pad_value_i,
    .pixel_passes_i(p_dsp_i),
    .groups_i(groups_i[Groups*64-1:LutGroups*64]),
    .write_act_i(write_act_i[Groups-1:LutGroups]),
    .write_act_half_i,
    .write_act_address_i(write_act_address_i[Groups*16-1:LutGroups*16]),
    .write_act_data_i,
    .write_weight_i(write_dsp_i),
    .write_weight_half_i(write_wgt_half_i),
    .write_weight_address_i(write_wgt_address_i),
    .write_weight_data_i(write_wgt_data_i),
    .read_i(read[Banks-1:LutCols]),
    .read_address_i,
    .read_data_o(read_data[Banks*32-1:LutCols*32]),
    .valid_o(dsp_valid_o),
    .bank_write_o(bank_write_o[Banks-1:LutCols]),
    .bank_address_o(bank_address_o[Banks*EntryW-1:LutCols*EntryW]),
    .bank_data_o(bank_data_o[Banks*32-1:LutCols*32]),
    .busy_o(dsp_busy_o),
    .done_o(dsp_done)
  );

endmodule
