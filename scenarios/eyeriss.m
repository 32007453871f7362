// Eyeriss: 168 PEs; NoC and off-chip as in the validation of MAESTRO's authors, elements a cycle.
num_pes: 168
noc_bw_cstr: 14
offchip_bw_cstr: 70000
