// The memory as the prediction knows it: rates and latencies instead of banks and rows.
#pragma once

namespace msd::scheduler {

// Every transfer waits `latency_cycles` for its first beat; then the active DMA masters share
// `bytes_per_cycle`, none faster than a beat a cycle or than its bursts in flight allow.
struct MemoryModel {
    double bytes_per_cycle = 16;  // of all masters together, in one direction, refreshes taken off
    double latency_cycles = 40;   // address to first beat of an idle memory
    unsigned access_bytes = 16;   // of a column access: what bursts are rounded to
    // Reads and writes are served in groups of `group_bursts` each; a pair of groups costs
    // `turn_cycles` more.
    double turn_cycles = 0;
    unsigned group_bursts = 16;
    // Every `refresh_interval_cycles` nobody gets data for `refresh_cycles`. What is in flight
    // bridges it, as far as that reaches. 0: none.
    double refresh_cycles = 0, refresh_interval_cycles = 0;
};

}  // namespace msd::scheduler
