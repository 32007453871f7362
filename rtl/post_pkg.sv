// What walks through post-processing and pooling.
package post_pkg;

  // One channel of up to 16 consecutive pixels, or (pool) one pooled word, or one word of a map to be pooled.
  typedef struct packed {
    logic        valid;
    logic        last;     // of the tile's post-processing, or of its pool
    logic        pool;     // lanes are channels of one word; else pixels, in words word, word + 1, ...
    logic [4:0]  count;    // lanes in use, from 0 on
    logic [3:0]  channel;  // byte of the word, if not pool
    logic [15:0] word;     // of the output half, of lane 0
  } item_t;

  // msd_channel without its unused bits.
  typedef struct packed {
    logic [5:0]  shift;
    logic [23:0] multiplier;
    logic [31:0] bias;
  } channel_t;

endpackage
