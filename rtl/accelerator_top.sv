// The accelerator: AXI4-Lite registers, three AXI4 masters, an interrupt; shell, executing core and post-processing inside.
`include "tile_if.svh"

module accelerator_top #(
  parameter int unsigned LutRows        = 8,   // output channels
  parameter int unsigned LutCols        = 8,   // pixels
  parameter int unsigned DspRows        = 4,
  parameter int unsigned DspCols        = 4,   // two pixels each
  parameter int unsigned BeatBytes      = 16,  // AXI data width: 8 or 16
  // Buffers, per half; a word is 16 bytes. Sizes that are no power of two are rounded up to one.
  parameter int unsigned ActWords       = 64,  // per activation group
  parameter int unsigned LutWeightWords = 64,  // per bank of 32 rows
  parameter int unsigned DspWeightWords = 64,  // per bank of 16 rows
  parameter int unsigned AccEntries     = 64,  // per pixel column
  parameter int unsigned OutWords       = 64,
  parameter int unsigned TileChannels   = 64,
  parameter int unsigned Outstanding    = 8    // bursts in flight per master, 1..64
) (
  input  logic                   clk_i,
  input  logic                   rst_i,

  // Capacities in use, at most the parameters; a device ties them to constants.
  input  logic [15:0]            act_words_i,
  input  logic [15:0]            lut_weight_words_i,
  input  logic [15:0]            dsp_weight_words_i,
  input  logic [15:0]            acc_entries_i,
  input  logic [15:0]            out_words_i,
  input  logic [15:0]            tile_channels_i,
  input  logic [6:0]             outstanding_i,

  // Registers: AXI4-Lite slave.
  input  logic [11:0]            s_axil_awaddr_i,
  input  logic                   s_axil_awvalid_i,
  output logic                   s_axil_awready_o,
  input  logic [31:0]            s_axil_wdata_i,
  input  logic [3:0]             s_axil_wstrb_i,
  input  logic                   s_axil_wvalid_i,
  output logic                   s_axil_wready_o,
  output logic [1:0]             s_axil_bresp_o,
  output logic                   s_axil_bvalid_o,
  input  logic                   s_axil_bready_i,
  input  logic [11:0]            s_axil_araddr_i,
  input  logic                   s_axil_arvalid_i,
  output logic                   s_axil_arready_o,
  output logic [31:0]            s_axil_rdata_o,
  output logic [1:0]             s_axil_rresp_o,
  output logic                   s_axil_rvalid_o,
  input  logic                   s_axil_rready_i,

  output logic                   irq_o,

  // Descriptors, activations, residuals: AXI4 master, reads only.
  output logic [31:0]            m_axi_a_araddr_o,
  output logic [7:0]             m_axi_a_arlen_o,
  output logic [2:0]             m_axi_a_arsize_o,
  output logic [1:0]             m_axi_a_arburst_o,
  output logic                   m_axi_a_arvalid_o,
  input  logic                   m_axi_a_arready_i,
  input  logic [BeatBytes*8-1:0] m_axi_a_rdata_i,
  input  logic [1:0]             m_axi_a_rresp_i,
  input  logic                   m_axi_a_rlast_i,
  input  logic                   m_axi_a_rvalid_i,
  output logic                   m_axi_a_rready_o,

  // Weights, parameters: likewise.
  output logic [31:0]            m_axi_w_araddr_o,
  output logic [7:0]             m_axi_w_arlen_o,
  output logic [2:0]             m_axi_w_arsize_o,
  output logic [1:0]             m_axi_w_arburst_o,
  output logic                   m_axi_w_arvalid_o,
  input  logic                   m_axi_w_arready_i,
  input  logic [BeatBytes*8-1:0] m_axi_w_rdata_i,
  input  logic [1:0]             m_axi_w_rresp_i,
  input  logic                   m_axi_w_rlast_i,
  input  logic                   m_axi_w_rvalid_i,
  output logic                   m_axi_w_rready_o,

  // Stores: AXI4 master, writes only.
  output logic [31:0]            m_axi_s_awaddr_o,
  output logic [7:0]             m_axi_s_awlen_o,
  output logic [2:0]             m_axi_s_awsize_o,
  output logic [1:0]             m_axi_s_awburst_o,
  output logic                   m_axi_s_awvalid_o,
  input  logic                   m_axi_s_awready_i,
  output logic [BeatBytes*8-1:0] m_axi_s_wdata_o,
  output logic [BeatBytes-1:0]   m_axi_s_wstrb_o,
  output logic                   m_axi_s_wlast_o,
  output logic                   m_axi_s_wvalid_o,
  input  logic                   m_axi_s_wready_i,
  input  logic [1:0]             m_axi_s_bresp_i,
  input  logic                   m_axi_s_bvalid_i,
  output logic                   m_axi_s_bready_o,

  // Pulses of docs/timing.md's tokens, for lockstep: bits in shell_pkg.sv.
  output logic [15:0]            token_o
);

  // Body follows with shell.sv.
endmodule
