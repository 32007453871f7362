// ORs `Inputs` words of which at most one is not zero: up to 6 to 1 a level, as many levels as told, each registered.
module or_tree #(
  parameter int unsigned Inputs = 4,
  parameter int unsigned Width  = 32,
  parameter int unsigned Levels = 1   // 6 ** Levels >= Inputs
) (
  input  logic                    clk_i,
  input  logic [Inputs*Width-1:0] in_i,
  output logic [Width-1:0]        out_o
);

  if (Levels == 0) begin : gen_wire
    logic unused_clk;
    assign unused_clk = clk_i;
    assign out_o = in_i;
  end else begin : gen_tree
    for (genvar l = 0; l < Levels; l++) begin : gen_level
      localparam int unsigned From  = (Inputs + 6 ** l - 1) / 6 ** l;
      localparam int unsigned Count = (From + 5) / 6;
      logic [From*Width-1:0]  in;
      logic [Count*Width-1:0] q;

      if (l == 0) begin : gen_first
        assign in = in_i;
      end else begin : gen_next
        assign in = gen_level[l-1].q;
      end

      for (genvar n = 0; n < Count; n++) begin : gen_or
        logic [Width-1:0] any;
        always_comb begin
          any = in[6*n*Width+:Width];
          for (int unsigned i = 6 * n + 1; i < From && i < 6 * n + 6; i++) any |= in[i*Width+:Width];
        end
        always_ff @(posedge clk_i) q[n*Width+:Width] <= any;
      end
    end

    assign out_o = gen_level[Levels-1].q;
  end

endmodule
