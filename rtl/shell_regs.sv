// Registers, counters and interrupt: an AXI4-Lite slave. A read sees the state before the edge that ends its cycle, a write
// acts from the next cycle on. Offsets are those of ip/accelerator/accelerator.regs.toml.
`include "faults.svh"

module shell_regs #(
  parameter int unsigned LutRows = 4,
  parameter int unsigned LutCols = 4,
  parameter int unsigned DspRows = 4,
  parameter int unsigned DspCols = 4
) (
  input  logic        clk_i,
  input  logic        rst_i,

  input  logic [11:0] awaddr_i,
  input  logic        awvalid_i,
  output logic        awready_o,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  input  logic        wvalid_i,
  output logic        wready_o,
  output logic [1:0]  bresp_o,
  output logic        bvalid_o,
  input  logic        bready_i,
  input  logic [11:0] araddr_i,
  input  logic        arvalid_i,
  output logic        arready_o,
  output logic [31:0] rdata_o,
  output logic [1:0]  rresp_o,
  output logic        rvalid_o,
  input  logic        rready_i,
  output logic        irq_o,

  output logic        clear_o,          // CONTROL.CLEAR, accepted
  output logic        push_o,           // a list
  output logic [31:0] push_address_o,
  output logic [31:0] push_count_o,
  output logic        drop_o,           // the first error: lists are forgotten
  output logic        failed_o,         // an error was recorded
  output logic        error_o,          // an error is seen in this cycle
  input  logic [2:0]  level_i,          // of the list queue
  input  logic        idle_i,

  // Errors of this cycle, in order of precedence: a bad descriptor, loads, weights, stores, then registers.
  input  logic        refused_i,
  input  logic [3:0]  refused_code_i,
  input  logic [31:0] refused_tile_i,   // number of tiles fetched so far
  input  logic        act_error_i,
  input  logic [31:0] act_error_tile_i,
  input  logic        wgt_error_i,
  input  logic [31:0] wgt_error_tile_i,
  input  logic        store_error_i,
  input  logic [31:0] store_error_tile_i,

  // Events and what they add.
  input  logic        store_end_i,
  input  logic        list_end_i,       // with store_end_i: the tile was the last of its list
  input  logic        tile_irq_i,       // with store_end_i: it has MSD_TILE_IRQ
  input  logic        store_start_i,
  input  logic [3:0]  retired_i,
  input  logic        exec_start_i,
  input  logic [31:0] wait_act_i,
  input  logic [31:0] wait_wgt_i,
  input  logic [31:0] wait_acc_i,
  input  logic        feed_end_i,
  input  logic [31:0] lut_busy_i,
  input  logic [31:0] dsp_busy_i,
  input  logic        post_start_i,
  input  logic [31:0] wait_out_i,
  input  logic        read_a_end_i,
  input  logic [31:0] read_a_beats_i,
  input  logic        read_w_end_i,
  input  logic [31:0] read_w_beats_i,
  input  logic [31:0] write_beats_i,    // with store_end_i

  output logic [31:0] tiles_done_o,
  output logic [31:0] stored_o
);

  `MSD_FAULT_DECLARE

  logic        write, read, known_write, known_read, bvalid_q, rvalid_q, write_bad_q, read_bad_q;
  logic [31:0] rdata_q, value;
  logic        write_control, write_address, write_push, write_enable, write_status;
  logic        clear, busy_error, empty_error, full_error, align_error, register_error;

  logic [31:0] list_address_q, lists_done_q, stored_q, tiles_done_q, error_tile_q, cycles_q;
  logic [2:0]  irq_enable_q, irq_status_q, irq_set, irq_clear;
  logic [3:0]  error_q;
  logic [31:0] lut_busy_q, dsp_busy_q, wait_act_q, wait_wgt_q, wait_acc_q, wait_out_q, read_a_q, read_w_q, write_q;

  // ---- bus

  assign write     = awvalid_i & wvalid_i & (~bvalid_q | bready_i);
  assign awready_o = write;
  assign wready_o  = write;
  assign arready_o = ~rvalid_q | rready_i;
  assign read      = arvalid_i & arready_o;
  assign bresp_o   = {write_bad_q, 1'b0};
  assign rresp_o   = {read_bad_q, 1'b0};
  assign bvalid_o  = bvalid_q;
  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;

  logic whole;
  assign whole         = write & (wstrb_i == 4'hf);
  assign write_control = whole & (awaddr_i == accelerator_regs_pkg::CONTROL);
  assign write_address = whole & (awaddr_i == accelerator_regs_pkg::LIST_ADDRESS);
  assign write_push    = whole & (awaddr_i == accelerator_regs_pkg::LIST_PUSH);
  assign write_enable  = whole & (awaddr_i == accelerator_regs_pkg::IRQ_ENABLE);
  assign write_status  = whole & (awaddr_i == accelerator_regs_pkg::IRQ_STATUS);
  assign known_write   = write_control | write_address | write_push | write_enable | write_status;

  always_comb begin
    value      = 32'd0;
    known_read = 1'b1;
    case (araddr_i)
      accelerator_regs_pkg::ID: value = accelerator_regs_pkg::ID_RESET;
      accelerator_regs_pkg::STATUS: begin
        value[accelerator_regs_pkg::STATUS_IDLE_BIT]         = idle_i;
        value[accelerator_regs_pkg::STATUS_ERROR_BIT]        = failed_o;
        value[accelerator_regs_pkg::STATUS_QUEUE_LEVEL_LSB+:3] = level_i;
      end
      accelerator_regs_pkg::LIST_ADDRESS: value = list_address_q;
      accelerator_regs_pkg::IRQ_ENABLE: value = 32'(irq_enable_q);
      accelerator_regs_pkg::IRQ_STATUS: value = 32'(irq_status_q);
      accelerator_regs_pkg::LISTS_DONE: value = lists_done_q;
      accelerator_regs_pkg::STORED: value = stored_q;
      accelerator_regs_pkg::TILES_DONE: value = tiles_done_q;
      accelerator_regs_pkg::ERROR: value = 32'(error_q);
      accelerator_regs_pkg::ERROR_TILE: value = error_tile_q;
      accelerator_regs_pkg::CYCLES: value = cycles_q;
      accelerator_regs_pkg::LUT_BUSY: value = lut_busy_q;
      accelerator_regs_pkg::DSP_BUSY: value = dsp_busy_q;
      accelerator_regs_pkg::WAIT_ACT: value = wait_act_q;
      accelerator_regs_pkg::WAIT_WGT: value = wait_wgt_q;
      accelerator_regs_pkg::WAIT_ACC: value = wait_acc_q;
      accelerator_regs_pkg::WAIT_OUT: value = wait_out_q;
      accelerator_regs_pkg::READ_BEATS_A: value = read_a_q;
      accelerator_regs_pkg::READ_BEATS_W: value = read_w_q;
      accelerator_regs_pkg::WRITE_BEATS: value = write_q;
      accelerator_regs_pkg::SIZE_LUT: value = {16'(LutCols), 16'(LutRows)};
      accelerator_regs_pkg::SIZE_DSP: value = {16'(DspCols), 16'(DspRows)};
      default: known_read = 1'b0;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (write) write_bad_q <= ~known_write;
    if (read) begin
      rdata_q    <= value;
      read_bad_q <= ~known_read;
    end
    if (rst_i) begin
      bvalid_q <= 1'b0;
      rvalid_q <= 1'b0;
    end else begin
      bvalid_q <= write | (bvalid_q & ~bready_i);
      rvalid_q <= read | (rvalid_q & ~rready_i);
    end
  end

  // ---- commands and errors

  assign clear          = write_control & wdata_i[accelerator_regs_pkg::CONTROL_CLEAR_BIT];
  assign busy_error     = clear & ~idle_i;
  assign clear_o        = clear & idle_i;
  assign empty_error    = write_push & (wdata_i == 32'd0);
  assign full_error     = write_push & ~empty_error & (level_i == 3'd4);
  assign align_error    = write_push & ~empty_error & ~full_error & (list_address_q[7:0] != 8'd0);
  assign register_error = busy_error | empty_error | full_error | align_error;
  assign push_o         = write_push & ~register_error & ~failed_o;
  assign push_address_o = list_address_q;
  assign push_count_o   = wdata_i;

  assign failed_o = error_q != 4'd0;
  assign error_o  = refused_i | act_error_i | wgt_error_i | store_error_i | register_error;
  assign drop_o   = error_o & ~failed_o;

  always_ff @(posedge clk_i) begin
    if (rst_i || clear_o) begin
      error_q      <= 4'(accelerator_regs_pkg::ERROR_NONE);
      error_tile_q <= 32'd0;
    end else if (drop_o) begin
      error_q <= 4'(accelerator_regs_pkg::ERROR_BUS);
      if (refused_i) begin
        error_q      <= refused_code_i;
        error_tile_q <= refused_tile_i;
      end else if (act_error_i) error_tile_q <= act_error_tile_i;
      else if (wgt_error_i) error_tile_q <= wgt_error_tile_i;
      else if (store_error_i) error_tile_q <= store_error_tile_i;
      else begin
        error_tile_q <= refused_tile_i;
        if (busy_error) error_q <= 4'(accelerator_regs_pkg::ERROR_BUSY);
        else if (empty_error) error_q <= 4'(accelerator_regs_pkg::ERROR_EMPTY_LIST);
        else if (full_error) error_q <= 4'(accelerator_regs_pkg::ERROR_QUEUE_FULL);
        else error_q <= 4'(accelerator_regs_pkg::ERROR_ALIGNMENT);
      end
    end
    if (rst_i) list_address_q <= 32'd0;
    else if (write_address) list_address_q <= wdata_i;
  end

  // ---- interrupt: an event in the cycle of a write-1-to-clear wins

  always_comb begin
    irq_set = 3'd0;
    irq_set[accelerator_regs_pkg::IRQ_STATUS_LIST_BIT]  = store_end_i & list_end_i;
    irq_set[accelerator_regs_pkg::IRQ_STATUS_TILE_BIT]  = store_end_i & tile_irq_i;
    irq_set[accelerator_regs_pkg::IRQ_STATUS_ERROR_BIT] = drop_o;
    if (`MSD_FAULT(`FAULT_EARLY_IRQ)) irq_set[accelerator_regs_pkg::IRQ_STATUS_LIST_BIT] = store_start_i & list_end_i;
    irq_clear = write_status ? wdata_i[2:0] : 3'd0;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i || clear_o) irq_status_q <= 3'd0;
    else if (`MSD_FAULT(`FAULT_W1C_WINS)) irq_status_q <= (irq_status_q | irq_set) & ~irq_clear;
    else irq_status_q <= (irq_status_q & ~irq_clear) | irq_set;
    if (rst_i) irq_enable_q <= 3'd0;
    else if (write_enable) irq_enable_q <= wdata_i[2:0];
  end

  assign irq_o = (irq_status_q & irq_enable_q) != 3'd0;

  // ---- counters

  always_ff @(posedge clk_i) begin
    cycles_q <= rst_i ? 32'd0 : clear_o ? 32'd1 : cycles_q + 32'd1;
    if (rst_i || clear_o) begin
      lists_done_q <= 32'd0;
      stored_q     <= 32'd0;
      tiles_done_q <= 32'd0;
      lut_busy_q   <= 32'd0;
      dsp_busy_q   <= 32'd0;
      wait_act_q   <= 32'd0;
      wait_wgt_q   <= 32'd0;
      wait_acc_q   <= 32'd0;
      wait_out_q   <= 32'd0;
      read_a_q     <= 32'd0;
      read_w_q     <= 32'd0;
      write_q      <= 32'd0;
    end else begin
      tiles_done_q <= tiles_done_q + 32'(retired_i);
      if (store_end_i) begin
        stored_q     <= stored_q + 32'd1;
        lists_done_q <= lists_done_q + 32'(list_end_i);
        write_q      <= write_q + write_beats_i;
      end
      if (exec_start_i) begin
        wait_act_q <= wait_act_q + wait_act_i;
        wait_wgt_q <= wait_wgt_q + wait_wgt_i;
        wait_acc_q <= wait_acc_q + wait_acc_i;
      end
      if (feed_end_i) begin
        lut_busy_q <= lut_busy_q + lut_busy_i;
        dsp_busy_q <= dsp_busy_q + dsp_busy_i;
      end
      if (post_start_i) wait_out_q <= wait_out_q + wait_out_i;
      if (read_a_end_i) read_a_q <= read_a_q + read_a_beats_i;
      if (read_w_end_i) read_w_q <= read_w_q + read_w_beats_i;
    end
  end

  assign tiles_done_o = tiles_done_q;
  assign stored_o     = stored_q;

endmodule
