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
  logic [25:0] coarse, coarse_q;
  logic        beyond, beyond_q, sign_q;
  logic [13:0] by4;
  logic [10:0] shifted, small_q;
  logic        out_q, negative_q;
  logic [11:0] sum, lo, hi;

  assign wide = {{(64 - Width) {value_i[Width-1]}}, value_i};

  // Bits that are not the sign, from one on upwards; above bit 57 all are (Width is 59 at most).
  logic [57:25] other;
  logic         from_25, from_41, from_57;
  assign other   = wide[57:25] ^ {33{wide[63]}};
  assign from_57 = other[57];
  assign from_41 = from_57 | (other[56:41] != 16'd0);
  assign from_25 = from_41 | (other[40:25] != 16'd0);
  always_comb begin
    case (shift_i[5:4])
      2'd0: begin
        coarse = wide[25:0];
        beyond = from_25;
      end
      2'd1: begin
        coarse = wide[41:16];
        beyond = from_41;
      end
      2'd2: begin
        coarse = wide[57:32];
        beyond = from_57;
      end
      default: begin
        coarse = {{10{wide[63]}}, wide[63:48]};
        beyond = 1'b0;
      end
    endcase
  end

  // Then 11 bits, if those above are the sign.
  logic [14:0] above;
  assign above = (coarse_q[24:10] ^ {15{coarse_q[25]}}) & (15'h7fff << fine_i);
  always_comb begin
    case (fine_i[3:2])
      2'd0: by4 = coarse_q[13:0];
      2'd1: by4 = coarse_q[17:4];
      2'd2: by4 = coarse_q[21:8];
      default: by4 = coarse_q[25:12];
    endcase
    case (fine_i[1:0])
      2'd0: shifted = by4[10:0];
      2'd1: shifted = by4[11:1];
      2'd2: shifted = by4[12:2];
      default: shifted = by4[13:3];
    endcase
  end

  assign sum = {small_q[10], small_q} + {{4{zero_i[7]}}, zero_i};
  assign lo  = {{4{lo_i[7]}}, lo_i};
  assign hi  = {{4{hi_i[7]}}, hi_i};

  always_ff @(posedge clk_i) begin
    coarse_q <= (shift_i >= 6'(Zero)) ? 26'd0 : coarse;
    beyond_q  <= (shift_i < 6'(Zero)) & beyond;
    sign_q   <= wide[63];

    small_q    <= shifted;
    out_q      <= beyond_q | (above != 15'd0);
    negative_q <= sign_q;

    if (out_q) y_o <= negative_q ? lo_i : hi_i;
    else if ($signed(sum) < $signed(lo)) y_o <= lo_i;
    else if ($signed(sum) > $signed(hi)) y_o <= hi_i;
    else y_o <= sum[7:0];
  end

endmodule
