// ORs `Inputs` words of which at most one is not zero: 4 to 1 a level, each level registered.
module or_tree #(
  parameter int unsigned Inputs = 4,
  parameter int unsigned Width  = 32,
  parameter int unsigned Levels = 1   // ceil(log4 Inputs)
) (
  input  logic                    clk_i,
  input  logic [Inputs*Width-1:0] in_i,
  output logic [Width-1:0]        out_o
);

  localparam int unsigned Padded = 4 ** Levels;

  logic [Padded*Width-1:0] leaves;

  always_comb begin
    leaves = '0;
    leaves[Inputs*Width-1:0] = in_i;
  end

  if (Levels == 0) begin : gen_wire
    logic unused_clk;
    assign unused_clk = clk_i;
    assign out_o = leaves;
  end else begin : gen_tree
    for (genvar l = 0; l < Levels; l++) begin : gen_level
      localparam int unsigned Count = 4 ** (Levels - 1 - l);
      logic [4*Count*Width-1:0] in;
      logic [Count*Width-1:0]   q;

      if (l == 0) begin : gen_first
        assign in = leaves;
      end else begin : gen_next
        assign in = gen_level[l-1].q;
      end

      for (genvar n = 0; n < Count; n++) begin : gen_or
        always_ff @(posedge clk_i) begin
          q[n*Width+:Width] <= in[(4*n+0)*Width+:Width] | in[(4*n+1)*Width+:Width] |
                               in[(4*n+2)*Width+:Width] | in[(4*n+3)*Width+:Width];
        end
      end
    end

    assign out_o = gen_level[Levels-1].q;
  end

endmodule
