// Planted faults of the transaction-level accelerator, numbered as in tests/crosscheck: a test
// switches them on one by one to see that the cross-check catches each. Without MSD_FAULTS they are
// constant false and vanish.
#pragma once

#ifdef MSD_FAULTS
namespace msd {
extern int planted_fault;  // 0: none
}
#define MSD_FAULT(number) (::msd::planted_fault == (number))
#else
#define MSD_FAULT(number) false
#endif

// clang-format off
#define MSD_FAULT_PREFETCH 1        // fetch runs three tiles ahead
#define MSD_FAULT_CHECK 2           // the descriptor check is a cycle short
#define MSD_FAULT_WAIT_STORE 3      // waits for one store too few
#define MSD_FAULT_RELEASE 4         // activation half free a cycle early
#define MSD_FAULT_BANK 5            // who adds to sums does not wait for the other half
#define MSD_FAULT_OUT_HALF 6        // post does not wait for its output half
#define MSD_FAULT_IRQ_EARLY 7       // interrupt a cycle before the store is over
#define MSD_FAULT_SUMS_KEPT 8       // sums of the tile before are not cleared
#define MSD_FAULT_PARAMETERS 9      // post takes the other half's parameters
#define MSD_FAULT_WAIT_COUNT 10     // waits for weights count as waits for activations
#define MSD_FAULT_CLEAR_WINS 11     // writing 1 to IRQ_STATUS also clears the event of this cycle
#define MSD_FAULT_LISTS_KEPT 12     // an error leaves the queued lists
#define MSD_FAULT_RESIDUAL 13       // the residual is loaded over an output still being stored
#define MSD_FAULT_CREDIT 14         // a credit is used in the cycle it is freed
#define MSD_FAULT_PRIORITY 15       // data go before a descriptor of the same cycle
#define MSD_FAULT_SECOND_ERROR 16   // a later error replaces the first
#define MSD_FAULT_HAND_HALF 17      // a hand-over reads the other half
#define MSD_FAULT_HAND_EARLY 18     // a hand-over is over a cycle early
#define MSD_FAULT_HAND_ANY 19       // a hand-over from a half that may be gone is accepted
// clang-format on
