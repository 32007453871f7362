// The DSP block's part of a DSP element: 25 x 8 bit multiply, 48 bit accumulate, synchronous clear. A 7-series block is
// inferred; of an UltraScale+ block Yosys 0.23 uses the multiplier only, so there (MSD_DSP48E2) it is instantiated.
module dsp_mac (
  input  logic               clk_i,
  input  logic               clear_i,
  input  logic signed [24:0] a_i,
  input  logic signed [7:0]  b_i,
  output logic        [47:0] p_o
);

`ifdef MSD_DSP48E2
  // P <= P + A * B (Z = P, X and Y = M); no register but P.
  DSP48E2 #(
    .AREG(0),
    .ACASCREG(0),
    .BREG(0),
    .BCASCREG(0),
    .CREG(0),
    .DREG(0),
    .ADREG(0),
    .MREG(0),
    .PREG(1),
    .ALUMODEREG(0),
    .CARRYINREG(0),
    .CARRYINSELREG(0),
    .INMODEREG(0),
    .OPMODEREG(0)
  ) u_block (
    .CLK(clk_i),
    .A({{5{a_i[24]}}, a_i}),
    .B({{10{b_i[7]}}, b_i}),
    .C(48'd0),
    .D(27'd0),
    .OPMODE(9'b000100101),
    .ALUMODE(4'b0000),
    .INMODE(5'b00000),
    .CARRYIN(1'b0),
    .CARRYINSEL(3'b000),
    .CEP(1'b1),
    .RSTP(clear_i),
    .P(p_o)
  );
`else
  logic signed [47:0] p_q;

  always_ff @(posedge clk_i) begin
    if (clear_i) p_q <= '0;
    else p_q <= p_q + a_i * b_i;
  end

  assign p_o = p_q;
`endif

endmodule
