// First word of the map a tile is pooled from. Pooled words go to the front of the half, in order; a window that is
// read again after a later row was written would find results. So far behind the front that it does not.
module pool_base (
  input  logic        clk_i,
  input  logic        pooled_i,
  input  logic [15:0] tw_i,
  input  logic [7:0]  pool_stride_y_i,
  input  logic [7:0]  pool_pad_y_i,
  input  logic [15:0] pool_oh_i,
  input  logic [15:0] pool_ow_i,
  output logic [31:0] base_o  // one cycle later
);

  logic [15:0] rows;

  // Row o is written to words o*ow.. when the rows from (o+1)*stride - pad on are still needed, at (..)*tw of the map.
  always_comb begin
    rows = 16'd0;
    if (pooled_i) begin
      if (pool_ow_i > tw_i) rows = pool_oh_i;
      else if (!pool_pad_y_i[7] && pool_pad_y_i >= pool_stride_y_i) rows = {8'b0, pool_pad_y_i};
    end
  end

  always_ff @(posedge clk_i) base_o <= 32'(rows) * 32'(pool_ow_i);

endmodule
