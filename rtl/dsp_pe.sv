// One DSP processing element as a row of one, gated as on its column: what is proven and compared; arrays have dsp_row.
module dsp_pe (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic [16:0] act_i,     // {high - (low < 0) : 9 bits, low : 8 bits}
  input  logic [7:0]  weight_i,  // 0 in empty slots
  input  logic        clear_i,
  output logic [16:0] act_o,
  output logic [7:0]  weight_o,
  output logic        clear_o,
  output logic [47:0] sum_o,     // p, zero unless clear_i
  output logic [15:0] wraps_o    // one cycle later, zero otherwise
);

  logic [47:0] p;
  logic [15:0] wraps;

  dsp_row #(
    .Cols(1)
  ) u_row (
    .clk_i,
    .act_i,
    .weight_i,
    .clear_i(clear_i | rst_i),
    .act_o,
    .p_o(p),
    .wraps_o(wraps)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      weight_o <= '0;
      clear_o  <= 1'b0;
    end else begin
      weight_o <= weight_i;
      clear_o  <= clear_i;
    end
  end

  assign sum_o   = clear_i ? p : '0;
  assign wraps_o = clear_o ? wraps : '0;

endmodule
