// The number of carries that a state of lut_row.sv's counter stands for: its three shift registers are digits of base 32,
// 32 and 64, each passing through all its states from 0 on in de Bruijn order.
module carry_order (
  input  logic [15:0] count_i,
  output logic [15:0] carries_o
);

  // Position of each state in the order, 6 bits a state.
  function automatic logic [64*6-1:0] positions(input int unsigned width);
    logic [5:0] state;
    state     = 6'd0;
    positions = '0;
    for (int unsigned n = 0; n < 64; n++) begin
      if (n < 32 || width == 6) begin
        positions[state*6+:6] = 6'(n);
        if (width == 6) state = {state[4:0], state[5] ^ state[4] ^ (state[4:0] == 5'd0)};
        else state = {1'b0, state[3:0], state[4] ^ state[2] ^ (state[3:0] == 4'd0)};
      end
    end
  endfunction

  localparam logic [64*6-1:0] Order5 = positions(5);
  localparam logic [64*6-1:0] Order6 = positions(6);

  assign carries_o[4:0]   = Order5[count_i[4:0]*6+:5];
  assign carries_o[9:5]   = Order5[count_i[9:5]*6+:5];
  assign carries_o[15:10] = Order6[count_i[15:10]*6+:6];

endmodule
