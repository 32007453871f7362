// What the shell shows of its tokens (accelerator_top.token_o): a bit is high in the token's or start's cycle.
package shell_pkg;
  localparam int unsigned TOKEN_FETCH_START  = 0;
  localparam int unsigned TOKEN_FETCHED      = 1;   // or refused: the descriptor check is over
  localparam int unsigned TOKEN_LOAD_A_START = 2;
  localparam int unsigned TOKEN_ACT_FULL     = 3;
  localparam int unsigned TOKEN_RES_START    = 4;
  localparam int unsigned TOKEN_LOAD_A_END   = 5;   // with a residual only
  localparam int unsigned TOKEN_LOAD_W_START = 6;
  localparam int unsigned TOKEN_LOAD_W_END   = 7;
  localparam int unsigned TOKEN_EXEC_START   = 8;
  localparam int unsigned TOKEN_FEED_END     = 9;
  localparam int unsigned TOKEN_ACC_FULL     = 10;  // or drained, without LAST_C
  localparam int unsigned TOKEN_POST_START   = 11;
  localparam int unsigned TOKEN_POST_END     = 12;
  localparam int unsigned TOKEN_STORE_START  = 13;
  localparam int unsigned TOKEN_STORE_END    = 14;
  localparam int unsigned TOKEN_ERROR        = 15;
endpackage
