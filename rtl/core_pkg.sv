// What a core's controller tells its rows, activation groups and accumulator banks in one slot.
package core_pkg;

  // Moves down the rows, one a cycle. Row r sees rows_left and channel less r.
  typedef struct packed {
    logic        valid;       // a digit slot
    logic        clear;       // the pass's last slot
    logic        pass_start;  // its first: every row reads word 0
    logic        tile_start;  // first pass of the tile
    logic        new_k;       // first pixel pass of a K pass: the weight bank goes on, else it rewinds
    logic        one_digit;   // EB 1: code 7 is zero
    logic        half;        // of the weight bank
    logic        depthwise;   // only the row whose channel is 0 is due
    logic [7:0]  rows_left;   // 0: the row is not used
    logic [15:0] channel;     // of the slot, counted from the K pass's first
  } row_token_t;

  // What the address generators need of a tile descriptor.
  typedef struct packed {
    logic        half;  // of the activation banks
    logic [15:0] in_rows;
    logic [15:0] in_cols;
    logic [15:0] tw;
    logic [7:0]  stride_y;
    logic [7:0]  stride_x;
    logic [7:0]  pad_y;
    logic [7:0]  pad_x;
    logic [7:0]  pad_value;
  } act_fields_t;

  // msd_group (firmware/program.h).
  typedef struct packed {
    logic [15:0] hi;
    logic [15:0] lo;
    logic [15:0] ox0;
    logic [15:0] oy0;
  } group_t;

  // Reaches activation group g's first column with that column's skew.
  typedef struct packed {
    logic        step;        // first slot of a step
    logic        pass_start;  // of the first step of a pass
    logic        new_k;       // the pass begins with the group's first pixel
    logic        first_block; // of the tap
    logic [15:0] block_begin; // first block of the K pass
    logic [7:0]  tap_i;
    logic [7:0]  tap_j;
    logic [15:0] tap_offset;  // tap_i * in_cols + tap_j
  } step_token_t;

  // Reaches column m's accumulator banks together with the sum of row 0.
  typedef struct packed {
    logic start;       // a pass drains
    logic tile_start;  // from address 0
    logic accumulate;
    logic half;
  } drain_token_t;

endpackage
