// Up to four rows of the DSP array with the first level of every column's two trees, as lut_quad.sv.
module dsp_quad #(
  parameter int unsigned Rows       = 4,    // 1..4
  parameter int unsigned Cols       = 4,
  parameter bit          Registered = 1'b1  // the level; else combinational
) (
  input  logic               clk_i,
  input  logic               rst_i /*verilator public_flat_rd*/,
  input  logic [Cols*17-1:0] act_i /*verilator public_flat_rd*/,
  input  logic [Rows*8-1:0]  weight_i /*verilator public_flat_rd*/,
  input  logic [Rows-1:0]    clear_i /*verilator public_flat_rd*/,
  output logic [Cols*17-1:0] act_o,
  output logic [Cols-1:0]    valid_o,
  output logic [Cols*48-1:0] p_o,      // of the row that clears, else 0
  output logic [Cols*16-1:0] wraps_o   // of the row that cleared in the cycle before
);
  // Simulated code is shared by all instances, which is what lets big arrays build: not inlined, and inputs that are
  // not replaced by what drives them.
  /*verilator no_inline_module*/

  logic [5*Cols*17-1:0] act;
  logic [4*Cols*48-1:0] p;
  logic [4*Cols*16-1:0] wraps;
  logic [3:0]           take;
  logic [Cols+1:0]      none, odd, upper;  // the select of column m at m, of its wraps at m + 1
  logic [Cols:0]        none_q, odd_q, upper_q;
  logic [Cols*48-1:0]   p_level;
  logic [Cols*16-1:0]   wraps_level;

  assign act[Cols*17-1:0] = act_i;
  assign act_o            = act[Rows*Cols*17+:Cols*17];
  assign take             = 4'(clear_i);

  for (genvar r = 0; r < 4; r++) begin : gen_row
    if (r < Rows) begin : gen_used
      dsp_row #(
        .Cols(Cols)
      ) u_row (
        .clk_i,
        .act_i(act[r*Cols*17+:Cols*17]),
        .weight_i(weight_i[r*8+:8]),
        .clear_i(clear_i[r] | rst_i),  // a wave from the left clears all elements
        .act_o(act[(r+1)*Cols*17+:Cols*17]),
        .p_o(p[r*Cols*48+:Cols*48]),
        .wraps_o(wraps[r*Cols*16+:Cols*16])
      );
    end else begin : gen_unused
      assign act[(r+1)*Cols*17+:Cols*17] = '0;
      assign p[r*Cols*48+:Cols*48]       = '0;
      assign wraps[r*Cols*16+:Cols*16]   = '0;
    end
  end

  assign none  = {none_q, take == 4'd0};
  assign odd   = {odd_q, take[1] | take[3]};
  assign upper = {upper_q, take[2] | take[3]};

  always_ff @(posedge clk_i) begin
    none_q  <= none[Cols:0];
    odd_q   <= odd[Cols:0];
    upper_q <= upper[Cols:0];
  end

  always_comb begin
    for (int unsigned m = 0; m < Cols; m++) begin
      p_level[m*48+:48] = none[m] ? 48'd0
                          : upper[m] ? (odd[m] ? p[(3*Cols+m)*48+:48] : p[(2*Cols+m)*48+:48])
                                     : (odd[m] ? p[(Cols+m)*48+:48] : p[m*48+:48]);
      wraps_level[m*16+:16] = none[m+1] ? 16'd0
                              : upper[m+1] ? (odd[m+1] ? wraps[(3*Cols+m)*16+:16] : wraps[(2*Cols+m)*16+:16])
                                           : (odd[m+1] ? wraps[(Cols+m)*16+:16] : wraps[m*16+:16]);
    end
  end

  if (Registered) begin : gen_level
    always_ff @(posedge clk_i) begin
      valid_o <= ~none[Cols-1:0];
      p_o     <= p_level;
      wraps_o <= wraps_level;
    end
  end else begin : gen_wire
    assign valid_o = ~none[Cols-1:0];
    assign p_o     = p_level;
    assign wraps_o = wraps_level;
  end

  logic unused_bits;
  assign unused_bits = ^{act, none[Cols+1], odd[Cols+1], upper[Cols+1]};

endmodule
