// The left edge of an array: its weight banks and row feeders. Row r is r cycles behind the controller's token, plus two.
module weight_rows #(
  parameter int unsigned Rows     = 4,
  parameter int unsigned BankRows = 32,
  parameter int unsigned DigitW   = 4,
  parameter int unsigned Depth    = 64   // words per bank and half
) (
  input  logic                        clk_i,
  input  logic                        rst_i,
  input  logic [(Rows+BankRows-1)/BankRows-1:0] write_i,  // one bit a bank
  input  logic                        write_half_i,
  input  logic [$clog2(Depth)-1:0]    write_address_i,
  input  logic [127:0]                write_data_i,
  input  core_pkg::row_token_t        token_i,
  output logic [Rows*DigitW-1:0]      digit_o,
  output logic [Rows-1:0]             valid_o,
  output logic [Rows-1:0]             clear_o
);

  localparam int unsigned Banks = (Rows + BankRows - 1) / BankRows;
  localparam int unsigned TokenW = $bits(token_i);

  logic [(Rows+1)*TokenW-1:0] tokens;
  logic [Rows-1:0]            read;
  logic [Banks*128-1:0]       data;

  assign tokens[TokenW-1:0] = token_i;

  logic unused_last;
  assign unused_last = ^tokens[Rows*TokenW+:TokenW];

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    localparam int unsigned First = b * BankRows;
    localparam int unsigned Count = (Rows - First < BankRows) ? Rows - First : BankRows;

    weight_bank #(
      .Depth(Depth)
    ) u_bank (
      .clk_i,
      .write_i(write_i[b]),
      .write_half_i,
      .write_address_i,
      .write_data_i,
      .read_i(|read[First+:Count]),
      .first_i(read[First]),
      .token_i(tokens[First*TokenW+:TokenW]),
      .data_o(data[b*128+:128])
    );
  end

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    row_feeder #(
      .DigitW(DigitW)
    ) u_feeder (
      .clk_i,
      .rst_i,
      .token_i(tokens[r*TokenW+:TokenW]),
      .token_o(tokens[(r+1)*TokenW+:TokenW]),
      .read_o(read[r]),
      .data_i(data[(r/BankRows)*128+:128]),
      .digit_o(digit_o[r*DigitW+:DigitW]),
      .valid_o(valid_o[r]),
      .clear_o(clear_o[r])
    );
  end

endmodule
