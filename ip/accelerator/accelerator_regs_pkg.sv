// Registers of block accelerator; written by tools/registers.py from ip/accelerator/accelerator.regs.toml: do not edit.
// Use scoped names (a wildcard import is not read by Yosys 0.23).
/* verilator lint_off UNUSEDPARAM */
package accelerator_regs_pkg;
  localparam logic [31:0] BASE = 32'h40000000;
  localparam int ADDRESS_BITS = 12;  // of an offset

  localparam logic [11:0] ID = 12'h0;  // ro: Reads "MSD1".
  localparam logic [31:0] ID_RESET = 32'h4d534431;

  localparam logic [11:0] CONTROL = 12'h4;  // wo: Commands; each bit acts once when written as 1.
  localparam int CONTROL_CLEAR_BIT = 0;  // Clears counters, STORED and errors; allowed only while idle, else error BUSY.

  localparam logic [11:0] STATUS = 12'h8;  // ro: State of the accelerator.
  localparam int STATUS_IDLE_BIT = 0;  // No list is queued and no tile is in flight.
  localparam int STATUS_ERROR_BIT = 1;  // Fetching has stopped; ERROR and ERROR_TILE say why.
  localparam int STATUS_QUEUE_LEVEL_LSB = 4;  // Lists waiting (0..4); the one being fetched does not count.
  localparam int STATUS_QUEUE_LEVEL_MSB = 6;

  localparam logic [11:0] LIST_ADDRESS = 12'hc;  // rw: Address of the tile list to be pushed; 256-byte aligned.

  localparam logic [11:0] LIST_PUSH = 12'h10;  // wo: Pushes (LIST_ADDRESS, written value = number of tiles) into the queue of 4 lists.

  localparam logic [11:0] IRQ_ENABLE = 12'h14;  // rw: Interrupt line = (IRQ_STATUS & IRQ_ENABLE) != 0.
  localparam int IRQ_ENABLE_LIST_BIT = 0;  // A list is complete.
  localparam int IRQ_ENABLE_TILE_BIT = 1;  // A tile with MSD_TILE_IRQ is stored.
  localparam int IRQ_ENABLE_ERROR_BIT = 2;  // An error was recorded.

  localparam logic [11:0] IRQ_STATUS = 12'h18;  // rw1c: Pending interrupts; write 1 to clear.
  localparam int IRQ_STATUS_LIST_BIT = 0;  // A list is complete.
  localparam int IRQ_STATUS_TILE_BIT = 1;  // A tile with MSD_TILE_IRQ is stored.
  localparam int IRQ_STATUS_ERROR_BIT = 2;  // An error was recorded.

  localparam logic [11:0] LISTS_DONE = 12'h1c;  // ro: Lists completed since CLEAR.

  localparam logic [11:0] STORED = 12'h20;  // ro: Tiles stored since CLEAR; what wait_store compares with.

  localparam logic [11:0] TILES_DONE = 12'h24;  // ro: Tiles that left the pipeline since CLEAR, stored or not.

  localparam logic [11:0] ERROR = 12'h28;  // ro: Code of the first error since CLEAR.
  localparam logic [31:0] ERROR_NONE = 32'd0;  // No error.
  localparam logic [31:0] ERROR_MAGIC = 32'd1;  // A descriptor does not begin with flags and MSD_TILE_MAGIC.
  localparam logic [31:0] ERROR_FLAGS = 32'd2;  // Flags contradict each other.
  localparam logic [31:0] ERROR_EFFECTIVE_BITS = 32'd3;  // effective_bits is not 1..3.
  localparam logic [31:0] ERROR_GEOMETRY = 32'd4;  // Sizes, strides, paddings, passes or groups contradict each other.
  localparam logic [31:0] ERROR_ACT_CAPACITY = 32'd5;  // An activation group's strip does not fit its bank.
  localparam logic [31:0] ERROR_WEIGHT_CAPACITY = 32'd6;  // A weight stream does not fit its bank.
  localparam logic [31:0] ERROR_ACC_CAPACITY = 32'd7;  // P * K exceeds the accumulator entries.
  localparam logic [31:0] ERROR_OUT_CAPACITY = 32'd8;  // The tile's output does not fit the output half.
  localparam logic [31:0] ERROR_CHANNEL_CAPACITY = 32'd9;  // More channels than parameter entries.
  localparam logic [31:0] ERROR_ALIGNMENT = 32'd10;  // An address or stride is not a multiple of 16 (lists: 256).
  localparam logic [31:0] ERROR_BUS = 32'd11;  // A burst was answered with an error.
  localparam logic [31:0] ERROR_QUEUE_FULL = 32'd12;  // LIST_PUSH on a full queue.
  localparam logic [31:0] ERROR_BUSY = 32'd13;  // CLEAR while a tile is in flight.
  localparam logic [31:0] ERROR_EMPTY_LIST = 32'd14;  // LIST_PUSH of 0 tiles.

  localparam logic [11:0] ERROR_TILE = 12'h2c;  // ro: Index, counted from CLEAR over all lists, of the tile that caused ERROR.

  localparam logic [11:0] CYCLES = 12'h30;  // ro: Cycles since CLEAR.

  localparam logic [11:0] LUT_BUSY = 12'h34;  // ro: Cycles in which the LUT array received valid digits.

  localparam logic [11:0] DSP_BUSY = 12'h38;  // ro: Cycles in which the DSP array received valid weights.

  localparam logic [11:0] WAIT_ACT = 12'h3c;  // ro: Cycles in which Exec waited for activations.

  localparam logic [11:0] WAIT_WGT = 12'h40;  // ro: Cycles in which Exec waited for weights (activations were there).

  localparam logic [11:0] WAIT_ACC = 12'h44;  // ro: Cycles in which Exec waited for a free accumulator half only.

  localparam logic [11:0] WAIT_OUT = 12'h48;  // ro: Cycles in which Post waited for a free output half or the residual.

  localparam logic [11:0] READ_BEATS_A = 12'h4c;  // ro: Beats read by master A: descriptors, activations, residuals.

  localparam logic [11:0] READ_BEATS_W = 12'h50;  // ro: Beats read by master W: weights and parameters.

  localparam logic [11:0] WRITE_BEATS = 12'h54;  // ro: Beats written by master S.

  localparam logic [11:0] SIZE_LUT = 12'h58;  // ro: Size of the LUT array.
  localparam int SIZE_LUT_ROWS_LSB = 0;  // Rows (output channels).
  localparam int SIZE_LUT_ROWS_MSB = 15;
  localparam int SIZE_LUT_COLS_LSB = 16;  // Columns (pixels).
  localparam int SIZE_LUT_COLS_MSB = 31;

  localparam logic [11:0] SIZE_DSP = 12'h5c;  // ro: Size of the DSP array.
  localparam int SIZE_DSP_ROWS_LSB = 0;  // Rows (output channels).
  localparam int SIZE_DSP_ROWS_MSB = 15;
  localparam int SIZE_DSP_COLS_LSB = 16;  // Columns (two pixels each).
  localparam int SIZE_DSP_COLS_MSB = 31;
endpackage
/* verilator lint_on UNUSEDPARAM */
