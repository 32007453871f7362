// What the shell's modules hand each other: blocks, the units' parts of a descriptor; and the tokens it shows.
package shell_pkg;

  // msd_block.
  typedef struct packed {
    logic [31:0] address;
    logic [31:0] row_stride;    // bytes
    logic [31:0] plane_stride;
    logic [31:0] row_bytes;
    logic [15:0] rows;
    logic [15:0] planes;
  } block_t;

  // What the units need of a tile, one structure a unit. Halves and stored tiles are counted from CLEAR, modulo.

  typedef struct packed {
    logic        load_act;
    logic        load_res;
    logic [31:0] wait_store;
    block_t      act;
    block_t      res;
    logic [15:0] in_rows;
    logic [15:0] in_cols;
    logic        act_half;
    logic [15:0] pool_base;  // first word of the residual in the output half
    logic [3:0]  stored;     // number of stored tiles before this one
    logic        load_out;
    logic        hand_half;  // of the output buffer, for load_out
    logic [15:0] hand_words; // that it holds
  } act_job_t;

  typedef struct packed {
    logic        load_wgt;
    logic        last_c;
    logic [31:0] address;
    logic [15:0] lut_words;
    logic [15:0] dsp_words;
    logic [15:0] k_lut;
    logic [15:0] k_dsp;
    logic [15:0] lut_row_words;  // of one row, in a K pass
    logic [15:0] dsp_row_words;
    logic [1:0]  param_set;  //; bit 0: the weight half
  } wgt_job_t;

  typedef struct packed {
    logic        pool_only;
    logic        first_c;
    logic        last_c;
    logic        release_act;
    logic        release_wgt;
    logic        depthwise;
    logic [1:0]  act;        // number of the activation half
    logic [1:0]  wgt;
    logic [3:0]  acc;
    logic [15:0] in_rows;
    logic [15:0] in_cols;
    logic [15:0] tw;
    logic [15:0] k_lut;
    logic [15:0] k_dsp;
    logic [15:0] p_lut;
    logic [15:0] p_dsp;
    logic [15:0] c_blocks;
    logic [4:0]  c_last;
    logic [1:0]  digits;
    logic [7:0]  kernel_h;
    logic [7:0]  kernel_w;
    logic [7:0]  stride_y;
    logic [7:0]  stride_x;
    logic [7:0]  pad_y;
    logic [7:0]  pad_x;
    logic [7:0]  pad_value;
  } exec_job_t;

  typedef struct packed {
    logic        pool_only;
    logic        load_res;
    logic        residual;
    logic        pool_max;
    logic        pool_avg;
    logic        acc_half;
    logic [1:0]  param_set;
    logic [15:0] pool_base;
    logic [15:0] th;
    logic [15:0] tw;
    logic [15:0] k_lut;
    logic [15:0] k_dsp;
    logic [15:0] p_lut;
    logic [15:0] p_dsp;
    logic [7:0]  zero_conv;
    logic [7:0]  zero_res;
    logic [7:0]  zero_out;
    logic [7:0]  clamp_lo;
    logic [7:0]  clamp_hi;
    logic [23:0] mul_conv;
    logic [23:0] mul_res;
    logic [7:0]  shift_res;
    logic [7:0]  pool_zero;
    logic [7:0]  pool_shift;
    logic [15:0] pool_mul;
    logic [7:0]  pool_h;
    logic [7:0]  pool_w;
    logic [7:0]  pool_stride_y;
    logic [7:0]  pool_stride_x;
    logic [7:0]  pool_pad_y;
    logic [7:0]  pool_pad_x;
    logic [15:0] pool_oh;
    logic [15:0] pool_ow;
  } post_job_t;

  typedef struct packed {
    logic   irq;
    logic   last_of_list;
    logic   keep;
    block_t out;
  } store_job_t;

  // accelerator_top.token_o: a bit is high in the token's or start's cycle. fetch_start is bit 0.
  typedef struct packed {
    logic error;         // an error was seen, the first or not
    logic store_end;
    logic store_start;
    logic post_end;
    logic post_start;
    logic drained;       // acc_full, or the same moment of a tile without LAST_C; not of POOL_ONLY
    logic feed_end;      // not of POOL_ONLY
    logic exec_start;
    logic wgt_loaded;    // end of a read
    logic load_w_start;
    logic res_loaded;    // end of a read
    logic res_start;
    logic act_loaded;    // end of a read
    logic load_a_start;
    logic fetched;       // the descriptor check is over: accepted
    logic fetch_start;
  } tokens_t;

endpackage
