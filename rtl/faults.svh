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
`define FAULT_TREE_ROW 10
`define FAULT_BORROW 11
`define FAULT_COUNT_CARRY 12
`define FAULT_CORRECTION 13
`define FAULT_FIELDS 14
`define FAULT_BLOCK_SKEW 15
`define FAULT_NIBBLES 16
`define FAULT_DEPTHWISE_ROW 17
`define FAULT_BANK_GAP 18
`define FAULT_REWIND 19
`define FAULT_WEIGHT_HALF 20
`define FAULT_ROWS_WAIT 21
`define FAULT_LAST_CHANNELS 22
`define FAULT_PAD_ROW 23
`define FAULT_RASTER 24
`define FAULT_BUSY 25
`define FAULT_DRAIN_EARLY 26

// The shell's.
`define FAULT_BURST_4K 40
`define FAULT_FETCH_LAST 41
`define FAULT_CREDIT 42
`define FAULT_LOST_BEAT 43
`define FAULT_STORED_AT_DATA 44
`define FAULT_EARLY_IRQ 45
`define FAULT_RING_SLOT 46
`define FAULT_RELEASE_AT_FEED_END 47
`define FAULT_PARAM_SET 48
`define FAULT_GROUP_ROWS 49
`define FAULT_WAIT_STORE 50
`define FAULT_CHECK_CAPACITY 51
`define FAULT_W1C_WINS 52
`define FAULT_BUSY_COUNT 53
`define FAULT_ACC_HALF 54
`define FAULT_HAND_HALF 55
`define FAULT_HAND_STRIDE 56
`define FAULT_HAND_GONE 57
`define FAULT_KEEP_BEATS 58
`define FAULT_FIFO 59

// Post-processing and pooling.
`define FAULT_POST_BIAS 60
`define FAULT_POST_CARRY 61
`define FAULT_POST_ROUND 62
`define FAULT_POST_AWAY 63
`define FAULT_POST_ENTRY 64
`define FAULT_POST_SURPLUS 65
`define FAULT_POST_ROTATE 66
`define FAULT_POST_SET 67
`define FAULT_POST_FILL 68
`define FAULT_POOL_EDGE 69
`define FAULT_POOL_ROW 70
`define FAULT_POOL_ZERO 71
`define FAULT_HAND_FILL 72
`define FAULT_HAND_LIMIT 73

`ifdef MSD_FAULTS
`define MSD_FAULT_DECLARE \
  integer fault; \
  initial if (!$value$plusargs("fault=%d", fault)) fault = 0;
`define MSD_FAULT(number) (fault == (number))
`elsif MSD_FAULT_PLANTED  // a number, for proofs
`define MSD_FAULT_DECLARE
`define MSD_FAULT(number) (`MSD_FAULT_PLANTED == (number))
`else
`define MSD_FAULT_DECLARE
`define MSD_FAULT(number) (1'b0)
`endif

`endif
