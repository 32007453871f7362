// What a DMA may rely on of block_cursor.sv: proven in block_cursor_proof.sv, assumed in any_cursor.sv. A burst of 1 to 16
// beats, whole words, within its page.
`define CURSOR_BURST(address, beats) \
  ((address[3:0] == 4'd0) && (beats != 5'd0) && (beats <= 5'd16) && (BeatBytes == 16 || !beats[0]) && \
   (13'({1'b0, address[11:0]} + 13'(beats) * BeatBytes) <= 13'h1000))
