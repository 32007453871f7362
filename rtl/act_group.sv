// One activation bank and the pixel columns it serves: address generator with im2col and padding at read time.
// In every step the columns are visited in consecutive cycles, which is the skew the array wants.
`include "faults.svh"

module act_group #(
  parameter int unsigned Cols  = 4,   // 1..16
  parameter int unsigned Depth = 64   // words per half
) (
  input  logic                     clk_i,
  input  logic                     rst_i,
  input  logic                     write_i,
  input  logic                     write_half_i,
  input  logic [$clog2(Depth)-1:0] write_address_i,
  input  logic [127:0]             write_data_i,

  input  core_pkg::step_token_t    step_i,   // with the skew of the group's first column
  input  logic                     shift_i,  // per slot, likewise: the slot ends a channel

  // From group_setup, stable while the group works on the tile.
  input  core_pkg::act_fields_t    fields_i,
  input  logic [15:0]              ox0_i,
  input  logic signed [16:0]       iy0_i,
  input  logic signed [16:0]       ix0_i,
  input  logic [15:0]              address0_i,
  input  logic signed [16:0]       span_i,
  input  logic [15:0]              wrap_i,
  input  logic [15:0]              plane_i,

  output logic [Cols*8-1:0]        act_o
);

  `MSD_FAULT_DECLARE

  localparam int unsigned AddressW = $clog2(Depth);
  localparam logic [Cols:0] More = (Cols + 1)'((1 << (Cols - 1)) - 1);  // columns with another behind them

  typedef struct packed {
    logic [15:0]        ox;
    logic signed [16:0] iy;
    logic signed [16:0] ix;
    logic [15:0]        address;
  } pixel_t;

  logic [127:0] mem[2**(AddressW+1)];

  pixel_t              walk_q, start_q, pixel, next;
  logic [15:0]         block_q, block;
  logic [7:0]          tap_i_q, tap_j_q, tap_i, tap_j;
  logic [15:0]         tap_offset_q, tap_offset;
  logic                first_pass;
  logic [Cols:0]       load_q;   // load_q[n]: the word of column n leaves the RAM
  logic [Cols+1:0]     shift_q;  // shift_q[n + 1]: column n shifts
  logic                reading;
  logic signed [17:0]  iy, ix;
  logic                in_image, in_image_q;
  logic [15:0]         address;  // modulo 2^16
  logic [127:0]        data_q, word;

  assign first_pass = step_i.pass_start & step_i.new_k;
  assign reading    = step_i.step | (|(load_q & More));

  always_comb begin
    pixel      = walk_q;
    block      = block_q;
    tap_i      = tap_i_q;
    tap_j      = tap_j_q;
    tap_offset = tap_offset_q;
    if (step_i.step) begin
      if (first_pass) begin
        pixel.ox      = ox0_i;
        pixel.iy      = iy0_i;
        pixel.ix      = ix0_i;
        pixel.address = address0_i;
      end else if (!step_i.pass_start) begin
        pixel = start_q;
      end  // else: go on behind the pass before
      block      = step_i.first_block ? step_i.block_begin * plane_i : block_q + plane_i;
      tap_i      = step_i.tap_i;
      tap_j      = step_i.tap_j;
      tap_offset = step_i.tap_offset;
    end

    next = pixel;
    if (pixel.ox == fields_i.tw - 16'd1) begin
      next.ox      = 16'd0;
      next.iy      = pixel.iy + 17'(fields_i.stride_y);
      next.ix      = pixel.ix - span_i;
      next.address = pixel.address + (`MSD_FAULT(`FAULT_RASTER) ? 16'(fields_i.stride_x) : wrap_i);
    end else begin
      next.ox      = pixel.ox + 16'd1;
      next.ix      = pixel.ix + 17'(fields_i.stride_x);
      next.address = pixel.address + 16'(fields_i.stride_x);
    end

    iy      = 18'(pixel.iy) + 18'(tap_i);
    ix      = 18'(pixel.ix) + 18'(tap_j);
    in_image  = (iy >= 0) && ((iy < $signed({2'b0, fields_i.in_rows})) || (iy == $signed({2'b0, fields_i.in_rows}) && `MSD_FAULT(`FAULT_PAD_ROW))) &&
              (ix >= 0) && (ix < $signed({2'b0, fields_i.in_cols}));
    address = pixel.address + tap_offset + block;
  end

  always_ff @(posedge clk_i) begin
    load_q  <= {load_q[Cols-1:0], step_i.step & ~rst_i};
    shift_q <= {shift_q[Cols:0], shift_i};
    if (reading) walk_q <= next;
    if (step_i.step) begin
      start_q      <= pixel;
      block_q      <= block;
      tap_i_q      <= tap_i;
      tap_j_q      <= tap_j;
      tap_offset_q <= tap_offset;
    end
    in_image_q <= in_image | `MSD_FAULT(`FAULT_PAD);
    if (reading) data_q <= mem[{fields_i.half, address[AddressW-1:0]}];
    if (write_i) mem[{write_half_i, write_address_i}] <= write_data_i;
  end

  assign word = in_image_q ? data_q : {16{fields_i.pad_value}};

  for (genvar n = 0; n < Cols; n++) begin : gen_column
    act_column u_column (
      .clk_i,
      .load_i(load_q[n]),
      .word_i(word),
      .shift_i(`MSD_FAULT(`FAULT_SKEW) && n == Cols - 1 ? shift_q[n] : shift_q[n+1]),
      .act_o(act_o[n*8+:8])
    );
  end

  logic unused_bits;
  assign unused_bits = ^{load_q[Cols], shift_q[Cols+1], address, fields_i.pad_y, fields_i.pad_x};

endmodule
