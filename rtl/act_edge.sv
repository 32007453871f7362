// The top edge of an array: its activation groups, 16 columns each. Block b works 16 * b cycles behind block 0, so a
// new tile's fields follow the steps from block to block while the last ones still work on the tile before.
`include "faults.svh"

module act_edge #(
  parameter int unsigned Cols   = 4,
  parameter int unsigned Pixels = 1,   // of a column; each has a group of its own: 2 on the DSP core, low and high
  parameter int unsigned Depth  = 64
) (
  input  logic                     clk_i,
  input  logic                     rst_i,
  input  logic [(Cols+15)/16*Pixels-1:0] write_i,  // one bit a group: block 0 low, high, block 1 low, high, ...
  input  logic                     write_half_i,
  input  logic [(Cols+15)/16*Pixels*16-1:0] write_address_i,  // of each group its own
  input  logic [127:0]             write_data_i,
  input  logic                     start_i,   // Exec_start
  input  core_pkg::act_fields_t    fields_i,  // of the tile, with start_i
  input  logic [(Cols+15)/16*Pixels*64-1:0] groups_i,
  input  core_pkg::step_token_t    step_i,    // as column 0 sees them
  input  logic                     shift_i,
  output logic [Pixels*Cols*8-1:0] act_o      // low pixels of all columns, then high ones
);

  `MSD_FAULT_DECLARE

  localparam int unsigned Blocks = (Cols + 15) / 16;
  localparam int unsigned StepW  = $bits(step_i);
  localparam int unsigned TileW  = $bits(fields_i) + Blocks * Pixels * 64;

  // Of each block: the present slot, and the tile that starts when start is up.
  logic [Blocks-1:0]       start, step, shift;
  logic [Blocks*StepW-1:0] steps;
  logic [Blocks*TileW-1:0] tiles;

  assign start[0]         = start_i;
  assign step[0]          = step_i.step;
  assign shift[0]         = shift_i;
  assign steps[StepW-1:0] = step_i;
  assign tiles[TileW-1:0] = {fields_i, groups_i};

  logic unused_bits;
  assign unused_bits = ^{write_address_i, steps, tiles};  // a block needs neither the groups before it nor the delayed step bit

  for (genvar b = 0; b < Blocks; b++) begin : gen_block
    localparam int unsigned Count = (Cols - 16 * b < 16) ? Cols - 16 * b : 16;

    if (b > 0) begin : gen_late
      logic [15:0]      start_q, step_q, shift_q;
      logic [TileW-1:0] tile_q;

      delay_line #(
        .Width(StepW),
        .Delay(16)
      ) u_delay (
        .clk_i,
        .in_i(steps[(b-1)*StepW+:StepW]),
        .out_o(steps[b*StepW+:StepW])
      );

      always_ff @(posedge clk_i) begin
        start_q <= rst_i ? 16'd0 : {start_q[14:0], start[b-1]};
        step_q  <= rst_i ? 16'd0 : {step_q[14:0], step[b-1]};
        shift_q <= rst_i ? 16'd0 : {shift_q[14:0], shift[b-1]};
        // A tile takes at least 17 cycles: the block before still has it when this one takes over.
        if (start[b-1]) tile_q <= tiles[(b-1)*TileW+:TileW];
      end

      assign start[b]                = start_q[15];
      assign step[b]                 = step_q[15];
      assign shift[b]                = `MSD_FAULT(`FAULT_BLOCK_SKEW) ? shift_q[14] : shift_q[15];
      assign tiles[b*TileW+:TileW]   = tile_q;
    end

    for (genvar h = 0; h < Pixels; h++) begin : gen_pixel
      act_unit #(
        .Cols(Count),
        .Depth(Depth)
      ) u_act (
        .clk_i,
        .rst_i,
        .write_i(write_i[b*Pixels+h]),
        .write_half_i,
        .write_address_i(write_address_i[(b*Pixels+h)*16+:$clog2(Depth)]),
        .write_data_i,
        .start_i(`MSD_FAULT(`FAULT_FIELDS) ? start[0] : start[b]),
        .fields_i(tiles[b*TileW+Blocks*Pixels*64+:$bits(fields_i)]),
        .group_i(tiles[b*TileW+(b*Pixels+h)*64+:64]),
        .step_i({step[b], steps[b*StepW+:StepW-1]}),  // its top bit; the delayed one has no reset
        .shift_i(shift[b]),
        .act_o(act_o[(h*Cols+16*b)*8+:Count*8])
      );
    end
  end

endmodule
