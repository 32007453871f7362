// Planted faults: a test sees each of them caught. Without MSD_FAULTS they are constant zero and vanish.
`ifndef MSD_FAULTS_SVH
`define MSD_FAULTS_SVH

`define FAULT_LOST_CARRY 1
`define FAULT_SKEW 2
`define FAULT_NO_CLEAR 3
`define FAULT_SIGN 4
`define FAULT_EB1_ZERO 5
`define FAULT_PAD 6
`define FAULT_EARLY_PASS 7
`define FAULT_OVERWRITE 8
`define FAULT_HIGH_HALF 9

`ifdef MSD_FAULTS
`define MSD_FAULT_DECLARE \
  integer fault; \
  initial if (!$value$plusargs("fault=%d", fault)) fault = 0;
`define MSD_FAULT(number) (fault == (number))
`else
`define MSD_FAULT_DECLARE
`define MSD_FAULT(number) (1'b0)
`endif

`endif
