// Threads that take tasks from one list.
#include "codesign/explore/pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace msd::explore {

void Pool::serve(const Compute&) {
    throw std::logic_error("explore: the only process has nobody to serve");
}

ThreadPool::ThreadPool(unsigned threads)
    : threads_(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency())) {}

void ThreadPool::run(const std::vector<std::string>& tasks, const Compute& compute,
                     const Done& done) {
    constexpr std::size_t kMostWaiting = 64;  // results; bounds memory where writing is the slower
    struct Shared {
        std::mutex mutex;
        std::condition_variable filled, emptied;
        std::deque<std::pair<std::size_t, std::string>> results;
        std::exception_ptr fault;
        unsigned working = 0;
    } shared;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};

    const auto work = [&] {
        try {
            for (std::size_t i; !stop && (i = next++) < tasks.size();) {
                std::string result = compute(tasks[i]);
                std::unique_lock<std::mutex> lock(shared.mutex);
                shared.emptied.wait(lock,
                                    [&] { return stop || shared.results.size() < kMostWaiting; });
                shared.results.emplace_back(i, std::move(result));
                shared.filled.notify_one();
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(shared.mutex);
            if (!shared.fault) shared.fault = std::current_exception();
            stop = true;
        }
        const std::lock_guard<std::mutex> lock(shared.mutex);
        --shared.working;
        shared.filled.notify_one();
    };

    const std::size_t count = std::min<std::size_t>(threads_, tasks.size());
    shared.working = static_cast<unsigned>(count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work);
    std::exception_ptr fault;
    for (;;) {
        std::pair<std::size_t, std::string> result;
        {
            std::unique_lock<std::mutex> lock(shared.mutex);
            shared.filled.wait(lock,
                               [&] { return !shared.results.empty() || shared.working == 0; });
            if (shared.results.empty()) break;
            result = std::move(shared.results.front());
            shared.results.pop_front();
            shared.emptied.notify_one();
        }
        if (fault) continue;
        try {
            done(result.first, result.second);
        } catch (...) {
            fault = std::current_exception();
            const std::lock_guard<std::mutex> lock(shared.mutex);
            stop = true;
            shared.emptied.notify_all();
        }
    }
    for (std::thread& thread : threads) thread.join();
    if (!fault) fault = shared.fault;
    if (fault) std::rethrow_exception(fault);
}

}  // namespace msd::explore
