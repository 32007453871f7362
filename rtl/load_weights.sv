// Loads a tile's weight streams into the banks of both cores, then its parameters into the next of four sets, through
// master W. A stream lies in memory as [K pass][word][used row]; the loader gives row r to bank r / BankRows.
`include "faults.svh"

module load_weights #(
  parameter int unsigned LutRows = 4,
  parameter int unsigned DspRows = 4
) (
  input  logic                  clk_i,
  input  logic                  rst_i,       // also by CLEAR
  input  logic                  tile_i,      // the next tile is in the ring
  input  shell_pkg::wgt_job_t   job_i,
  input  logic                  release_i,   // a weight half is free

  output logic                  start_o,     // LoadW_start
  output logic                  loaded_o,    // LoadW_end of a tile that loads
  output logic                  end_o,       // LoadW_end; the next cycle shows the next tile

  output logic                  request_o,
  output shell_pkg::block_t     block_o,
  input  logic                  word_i,
  input  logic                  done_i,

  output logic [(LutRows+31)/32-1:0] write_lut_o,
  output logic [(DspRows+15)/16-1:0] write_dsp_o,
  output logic [15:0]           write_address_o,
  output logic                  write_param_o,
  output logic [1:0]            param_set_o,
  output logic [15:0]           param_address_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned LutBanks = (LutRows + 31) / 32;
  localparam int unsigned DspBanks = (DspRows + 15) / 16;

  logic        busy_q;
  logic [1:0]  used_q;           // weight halves: loaded or being loaded, not released
  // Where the next word belongs.
  logic [1:0]  part_q;           // 0 LUT stream, 1 DSP stream, 2 parameters
  logic [15:0] word_q, row_q, left_q, param_q;  // left_q: channels from this K pass on
  logic [15:0] rows, used, row_words;
  logic        row_end, word_end, stream_end;
  logic [LutBanks*16-1:0] lut_address_q;
  logic [DspBanks*16-1:0] dsp_address_q;
  logic [16:0] channels;
  logic [31:0] words;

  assign start_o   = ~busy_q & tile_i & (~job_i.load_wgt | (used_q < 2'd2));
  assign loaded_o  = busy_q & done_i;
  assign end_o     = loaded_o | (start_o & ~job_i.load_wgt);
  assign request_o = start_o & job_i.load_wgt;

  assign channels = 17'(job_i.k_lut) + 17'(job_i.k_dsp);
  assign words    = 32'(job_i.lut_words) + 32'(job_i.dsp_words) + (job_i.last_c ? (32'(channels) + 32'd1) >> 1 : 32'd0);

  always_comb begin
    block_o.address      = job_i.address;
    block_o.row_stride   = 32'd0;
    block_o.plane_stride = 32'd0;
    block_o.row_bytes    = {words[27:0], 4'b0};
    block_o.rows         = 16'd1;
    block_o.planes       = 16'd1;
  end

  assign rows       = (part_q == 2'd0) ? 16'(LutRows) : 16'(DspRows);
  assign row_words  = (part_q == 2'd0) ? job_i.lut_row_words : job_i.dsp_row_words;
  assign used       = (left_q < rows) ? left_q : rows;
  assign row_end    = row_q == used - 16'd1;
  assign word_end   = row_end & (word_q == row_words - 16'd1);
  assign stream_end = word_end & (left_q <= rows);

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q <= 1'b0;
      used_q <= 2'd0;
    end else begin
      busy_q <= request_o | (busy_q & ~done_i);
      used_q <= used_q + 2'(request_o) - 2'(release_i);
    end

    if (start_o) begin
      part_q  <= (job_i.k_lut == 16'd0) ? 2'd1 : 2'd0;
      left_q  <= (job_i.k_lut == 16'd0) ? job_i.k_dsp : job_i.k_lut;
      word_q  <= 16'd0;
      row_q   <= 16'd0;
      param_q <= 16'd0;
    end else if (word_i) begin
      if (part_q == 2'd2) param_q <= param_q + 16'd1;
      row_q <= row_end ? 16'd0 : row_q + 16'd1;
      if (row_end) word_q <= word_end ? 16'd0 : word_q + 16'd1;
      if (word_end) left_q <= left_q - rows;
      if (stream_end) begin
        part_q <= (part_q == 2'd0 && job_i.k_dsp != 16'd0) ? 2'd1 : 2'd2;
        left_q <= job_i.k_dsp;
      end
      if (part_q == 2'd2) part_q <= 2'd2;
    end
  end

  for (genvar b = 0; b < LutBanks; b++) begin : gen_lut
    assign write_lut_o[b] = word_i & (part_q == 2'd0) & (row_q[15:5] == 11'(b));
    always_ff @(posedge clk_i) begin
      if (start_o) lut_address_q[b*16+:16] <= 16'd0;
      else if (write_lut_o[b]) lut_address_q[b*16+:16] <= lut_address_q[b*16+:16] + 16'd1;
    end
  end
  for (genvar b = 0; b < DspBanks; b++) begin : gen_dsp
    assign write_dsp_o[b] = word_i & (part_q == 2'd1) & (row_q[15:4] == 12'(b));
    always_ff @(posedge clk_i) begin
      if (start_o) dsp_address_q[b*16+:16] <= 16'd0;
      else if (write_dsp_o[b]) dsp_address_q[b*16+:16] <= dsp_address_q[b*16+:16] + 16'd1;
    end
  end

  always_comb begin
    write_address_o = 16'd0;
    for (int unsigned b = 0; b < LutBanks; b++)
      if (write_lut_o[b]) write_address_o = write_address_o | lut_address_q[b*16+:16];
    for (int unsigned b = 0; b < DspBanks; b++)
      if (write_dsp_o[b]) write_address_o = write_address_o | dsp_address_q[b*16+:16];
  end

  assign write_param_o   = word_i & (part_q == 2'd2);
  assign param_set_o     = `MSD_FAULT(`FAULT_PARAM_SET) ? {1'b0, job_i.param_set[0]} : job_i.param_set;
  assign param_address_o = param_q;

  logic unused_bits;
  assign unused_bits = ^words[31:28];

endmodule
