// Tasks spread over MPI ranks: rank 0 hands them out and computes on one thread of its own; the
// others compute.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "codesign/explore/pool.h"

namespace msd::explore {

// Between MPI_Init_thread(MPI_THREAD_FUNNELED) and MPI_Finalize, on the main thread. A task without
// an answer for `patience` (and for longer than ten times the slowest answered one) goes to another
// rank as well, once no fresh tasks are left: a rank that died, or a machine that hangs, costs what
// it was computing and no more.
class MpiPool : public Pool {
public:
    explicit MpiPool(std::chrono::duration<double> patience = std::chrono::seconds(5));
    // Whether rank 0 computes as well (default); it always does when it is alone.
    void compute_on_first(bool on) { first_computes_ = on || ranks_ == 1; }
    ~MpiPool() override;

    bool leads() const override { return rank_ == 0; }
    void serve(const Compute& compute) override;
    void run(const std::vector<std::string>& tasks, const Compute& compute,
             const Done& done) override;

    // On rank 0, after the last run(): the others leave serve(). Returns the ranks that did not say
    // good-bye within the patience; if there are any, MPI_Finalize would hang.
    std::vector<int> finish();

    int ranks() const { return ranks_; }
    // CPU seconds of rank 0's main thread in the last run(), waiting left out.
    double busy_seconds() const { return busy_; }

private:
    struct Coordinator;
    struct Pending;

    int rank_ = 0, ranks_ = 1;
    std::chrono::duration<double> patience_;
    bool first_computes_ = true;
    double busy_ = 0;
    uint64_t first_id_ = 0;  // of the next run's tasks: answers to older ones are told apart
    std::unique_ptr<Pending> pending_;
};

}  // namespace msd::explore
