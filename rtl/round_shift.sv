// An arithmetic shift right by 0..63 and a clamped addition, in three cycles: y = limit(zero + asr(value, shift)) to
// [lo, hi]. Constants are seen with the value (shift), one cycle later (shift) and two cycles later (zero, lo, hi).
module round_shift #(
  parameter int unsigned Width = 59,
  parameter int unsigned Zero  = 58   // from this shift on every result is 0
) (
  input  logic             clk_i,
  input  logic [Width-1:0] value_i,
  input  logic [5:0]       shift_i,    // with value_i
  input  logic [3:0]       fine_i,     // shift_i[3:0], one cycle later
  input  logic [7:0]       zero_i,     // two cycles later
  input  logic [7:0]       lo_i,
  input  logic [7:0]       hi_i,
  output logic [7:0]       y_o
);

  // After the shift by a multiple of 16: 26 bits, or too large for any shift by at most 15 more to bring it within +-512.
  logic [63:0] wide;
  logic [25:0] coarse, coarse_q, by4, fine;
  logic        beyond, beyond_q, sign_q;
  logic [10:0] small_q;
  logic        out_q, negative_q;
  logic [11:0] sum, lo, hi;

  assign wide = {{(64 - Width) {value_i[Width-1]}}, value_i};

  logic [47:0] above;  // what lies above coarse
  always_comb begin
    case (shift_i[5:4])
      2'd0: begin
        coarse = wide[25:0];
        above  = {{10{wide[63]}}, wide[63:26]};
      end
      2'd1: begin
        coarse = wide[41:16];
        above  = {{26{wide[63]}}, wide[63:42]};
      end
      2'd2: begin
        coarse = wide[57:32];
        above  = {{42{wide[63]}}, wide[63:58]};
      end
      default: begin
        coarse = {{10{wide[63]}}, wide[63:48]};
        above  = {48{wide[63]}};
      end
    endcase
    beyond = above != {48{coarse[25]}};
  end

  always_comb begin
    case (fine_i[3:2])
      2'd0: by4 = coarse_q;
      2'd1: by4 = {{4{coarse_q[25]}}, coarse_q[25:4]};
      2'd2: by4 = {{8{coarse_q[25]}}, coarse_q[25:8]};
      default: by4 = {{12{coarse_q[25]}}, coarse_q[25:12]};
    endcase
    case (fine_i[1:0])
      2'd0: fine = by4;
      2'd1: fine = {by4[25], by4[25:1]};
      2'd2: fine = {{2{by4[25]}}, by4[25:2]};
      default: fine = {{3{by4[25]}}, by4[25:3]};
    endcase
  end

  assign sum = {small_q[10], small_q} + {{4{zero_i[7]}}, zero_i};
  assign lo  = {{4{lo_i[7]}}, lo_i};
  assign hi  = {{4{hi_i[7]}}, hi_i};

  always_ff @(posedge clk_i) begin
    coarse_q <= (shift_i >= 6'(Zero)) ? 26'd0 : coarse;
    beyond_q  <= (shift_i < 6'(Zero)) & beyond;
    sign_q   <= wide[63];

    small_q    <= fine[10:0];
    out_q      <= beyond_q | (fine[25:10] != {16{fine[25]}});
    negative_q <= beyond_q ? sign_q : fine[25];

    if (out_q) y_o <= negative_q ? lo_i : hi_i;
    else if ($signed(sum) < $signed(lo)) y_o <= lo_i;
    else if ($signed(sum) > $signed(hi)) y_o <= hi_i;
    else y_o <= sum[7:0];
  end

endmodule
