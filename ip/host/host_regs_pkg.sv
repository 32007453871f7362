// Registers of block host; written by tools/registers.py from ip/host/host.regs.toml: do not edit.
// Use scoped names (a wildcard import is not read by Yosys 0.23).
/* verilator lint_off UNUSEDPARAM */
package host_regs_pkg;
  localparam logic [31:0] BASE = 32'h40001000;
  localparam int ADDRESS_BITS = 12;  // of an offset

  localparam logic [11:0] FRAMES_LEFT = 12'h0;  // ro: Images that NEXT has not delivered yet.

  localparam logic [11:0] NEXT = 12'h4;  // wo: Any write: the host writes the next image to msd_program.input_address.

  localparam logic [11:0] LAYER = 12'h8;  // wo: Index of the layer whose list was just completed (progress; shown when the simulation times out).

  localparam logic [11:0] RESULT = 12'hc;  // wo: 0: the network's output lies at msd_program.output_address; else the accelerator's error code of a failed image.

  localparam logic [11:0] ERROR_LAYER = 12'h10;  // wo: Index of the layer that failed; written before RESULT.

  localparam logic [11:0] ERROR_TILE = 12'h14;  // wo: ERROR_TILE of the accelerator; written before RESULT.
endpackage
/* verilator lint_on UNUSEDPARAM */
