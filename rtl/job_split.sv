// What each unit needs of a descriptor that was accepted.
module job_split (
  input  descriptor_pkg::tile_t tile_i,
  input  logic                  last_of_list_i,
  input  logic [15:0]           lut_row_words_i,
  input  logic [15:0]           dsp_row_words_i,
  input  logic [15:0]           pool_base_i,
  input  logic [1:0]            act_i,   // numbers of its halves
  input  logic [1:0]            wgt_i,
  input  logic [3:0]            acc_i,
  input  logic [3:0]            out_i,
  input  logic                  hand_half_i,
  input  logic [15:0]           hand_words_i,
  output shell_pkg::act_job_t   act_o,
  output shell_pkg::wgt_job_t   wgt_o,
  output shell_pkg::exec_job_t  exec_o,
  output shell_pkg::post_job_t  post_o,
  output shell_pkg::store_job_t store_o
);

  logic [15:0] flags;
  assign flags = tile_i.flags;

  always_comb begin
    act_o.load_act         = flags[descriptor_pkg::LOAD_ACT_BIT];
    act_o.load_res         = flags[descriptor_pkg::LOAD_RES_BIT];
    act_o.wait_store       = tile_i.wait_store;
    act_o.act.address      = tile_i.act_address;
    act_o.act.row_stride   = tile_i.act_row_stride;
    act_o.act.plane_stride = tile_i.act_plane_stride;
    act_o.act.row_bytes    = tile_i.act_row_bytes;
    act_o.act.rows         = tile_i.act_rows;
    act_o.act.planes       = tile_i.act_planes;
    act_o.res.address      = tile_i.res_address;
    act_o.res.row_stride   = tile_i.res_row_stride;
    act_o.res.plane_stride = tile_i.res_plane_stride;
    act_o.res.row_bytes    = tile_i.res_row_bytes;
    act_o.res.rows         = tile_i.res_rows;
    act_o.res.planes       = tile_i.res_planes;
    act_o.in_rows          = tile_i.in_rows;
    act_o.in_cols          = tile_i.in_cols;
    act_o.act_half         = act_i[0];
    act_o.pool_base        = pool_base_i;
    act_o.stored           = out_i;
    act_o.load_out         = flags[descriptor_pkg::LOAD_OUT_BIT];
    act_o.hand_half        = hand_half_i;
    act_o.hand_words       = hand_words_i;

    wgt_o.load_wgt      = flags[descriptor_pkg::LOAD_WGT_BIT];
    wgt_o.last_c        = flags[descriptor_pkg::LAST_C_BIT];
    wgt_o.address       = tile_i.wgt_address;
    wgt_o.lut_words     = tile_i.lut_words;
    wgt_o.dsp_words     = tile_i.dsp_words;
    wgt_o.k_lut         = tile_i.k_lut;
    wgt_o.k_dsp         = tile_i.k_dsp;
    wgt_o.lut_row_words = lut_row_words_i;
    wgt_o.dsp_row_words = dsp_row_words_i;
    wgt_o.param_set     = wgt_i;

    exec_o.pool_only   = flags[descriptor_pkg::POOL_ONLY_BIT];
    exec_o.first_c     = flags[descriptor_pkg::FIRST_C_BIT];
    exec_o.last_c      = flags[descriptor_pkg::LAST_C_BIT];
    exec_o.release_act = flags[descriptor_pkg::RELEASE_ACT_BIT];
    exec_o.release_wgt = flags[descriptor_pkg::RELEASE_WGT_BIT];
    exec_o.depthwise   = flags[descriptor_pkg::DEPTHWISE_BIT];
    exec_o.act         = act_i;
    exec_o.wgt         = wgt_i;
    exec_o.acc         = acc_i;
    exec_o.in_rows     = tile_i.in_rows;
    exec_o.in_cols     = tile_i.in_cols;
    exec_o.tw          = tile_i.tw;
    exec_o.k_lut       = tile_i.k_lut;
    exec_o.k_dsp       = tile_i.k_dsp;
    exec_o.p_lut       = tile_i.p_lut;
    exec_o.p_dsp       = tile_i.p_dsp;
    exec_o.c_blocks    = tile_i.c_blocks;
    exec_o.c_last      = tile_i.c_last[4:0];
    exec_o.digits      = tile_i.effective_bits[1:0];
    exec_o.kernel_h    = tile_i.kernel_h;
    exec_o.kernel_w    = tile_i.kernel_w;
    exec_o.stride_y    = tile_i.stride_y;
    exec_o.stride_x    = tile_i.stride_x;
    exec_o.pad_y       = tile_i.pad_y;
    exec_o.pad_x       = tile_i.pad_x;
    exec_o.pad_value   = tile_i.pad_value;

    post_o.pool_only     = flags[descriptor_pkg::POOL_ONLY_BIT];
    post_o.load_res      = flags[descriptor_pkg::LOAD_RES_BIT];
    post_o.residual      = flags[descriptor_pkg::RESIDUAL_BIT];
    post_o.pool_max      = flags[descriptor_pkg::POOL_MAX_BIT];
    post_o.pool_avg      = flags[descriptor_pkg::POOL_AVG_BIT];
    post_o.acc_half      = acc_i[0];
    post_o.param_set     = wgt_i;
    post_o.pool_base     = pool_base_i;
    post_o.th            = tile_i.th;
    post_o.tw            = tile_i.tw;
    post_o.k_lut         = tile_i.k_lut;
    post_o.k_dsp         = tile_i.k_dsp;
    post_o.p_lut         = tile_i.p_lut;
    post_o.p_dsp         = tile_i.p_dsp;
    post_o.zero_conv     = tile_i.zero_conv;
    post_o.zero_res      = tile_i.zero_res;
    post_o.zero_out      = tile_i.zero_out;
    post_o.clamp_lo      = tile_i.clamp_lo;
    post_o.clamp_hi      = tile_i.clamp_hi;
    post_o.mul_conv      = tile_i.mul_conv;
    post_o.mul_res       = tile_i.mul_res;
    post_o.shift_res     = tile_i.shift_res;
    post_o.pool_zero     = tile_i.pool_zero;
    post_o.pool_shift    = tile_i.pool_shift;
    post_o.pool_mul      = tile_i.pool_mul;
    post_o.pool_h        = tile_i.pool_h;
    post_o.pool_w        = tile_i.pool_w;
    post_o.pool_stride_y = tile_i.pool_stride_y;
    post_o.pool_stride_x = tile_i.pool_stride_x;
    post_o.pool_pad_y    = tile_i.pool_pad_y;
    post_o.pool_pad_x    = tile_i.pool_pad_x;
    post_o.pool_oh       = tile_i.pool_oh;
    post_o.pool_ow       = tile_i.pool_ow;

    store_o.irq              = flags[descriptor_pkg::IRQ_BIT];
    store_o.last_of_list     = last_of_list_i;
    store_o.keep             = flags[descriptor_pkg::KEEP_BIT];
    store_o.out.address      = tile_i.out_address;
    store_o.out.row_stride   = tile_i.out_row_stride;
    store_o.out.plane_stride = tile_i.out_plane_stride;
    store_o.out.row_bytes    = tile_i.out_row_bytes;
    store_o.out.rows         = tile_i.out_rows;
    store_o.out.planes       = tile_i.out_planes;
  end

  logic unused_bits;
  assign unused_bits = ^tile_i;

endmodule
