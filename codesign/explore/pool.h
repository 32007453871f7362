// Tasks spread over the threads of one machine, or over ranks (mpi/mpi_pool.h): whoever is free
// takes the next one.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace msd::explore {

// What a task gives; both are bytes that only the caller understands. Runs on any thread of any
// rank, at once with others, and depends on nothing but the task: it may run twice, if a rank seems
// lost.
using Compute = std::function<std::string(const std::string& task)>;
// Once for each task, in any order, on the thread that called run().
using Done = std::function<void(std::size_t task, const std::string& result)>;

class Pool {
public:
    virtual ~Pool() = default;

    // False on ranks other than the first: they serve() what the first one run()s, and write
    // nothing.
    virtual bool leads() const { return true; }
    virtual void serve(const Compute& compute);

    // Returns when all tasks are done; throws what compute threw.
    virtual void run(const std::vector<std::string>& tasks, const Compute& compute,
                     const Done& done) = 0;
};

class ThreadPool : public Pool {
public:
    explicit ThreadPool(unsigned threads);  // 0: one for each processor
    void run(const std::vector<std::string>& tasks, const Compute& compute,
             const Done& done) override;

private:
    unsigned threads_;
};

}  // namespace msd::explore
