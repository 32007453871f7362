// The coordinator on rank 0 and the loop of the others; see mpi_pool.h.
#define OMPI_SKIP_MPICXX 1
#include "codesign/explore/mpi/mpi_pool.h"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace msd::explore {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

enum Tag { kTask = 1, kResult, kFault, kStop, kBye };
constexpr int kAhead = 2;  // tasks a rank holds, so that it never waits for the next
constexpr std::size_t kMostReceives = 64;  // at once; other results wait where they were made

// A message: the task's number, then bytes.
std::string message(uint64_t id, const std::string& body) {
    std::string bytes(sizeof id, '\0');
    std::memcpy(bytes.data(), &id, sizeof id);
    return bytes + body;
}

uint64_t id_of(const std::string& bytes) {
    uint64_t id = 0;
    std::memcpy(&id, bytes.data(), sizeof id);
    return id;
}

double cpu_seconds() {  // of this thread
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Sleeps longer and longer while nothing happens.
class Backoff {
public:
    void reset() { idle_ = 0; }
    void wait() {
        idle_ = std::min(idle_ + 1, 10);
        std::this_thread::sleep_for(std::chrono::microseconds(20 * idle_));
    }

private:
    int idle_ = 0;
};

struct Transfer {
    MPI_Request request = MPI_REQUEST_NULL;
    std::string bytes;
    int rank = 0, tag = 0;

    bool complete() {
        int flag = 0;
        return MPI_Test(&request, &flag, MPI_STATUS_IGNORE) == MPI_SUCCESS && flag != 0;
    }
};

}  // namespace

// What is under way. A rank that died leaves its transfers so for ever: nobody waits for them, and
// their memory stays.
struct MpiPool::Pending {
    std::list<Transfer> sends, receives;

    void send(int rank, int tag, std::string bytes) {
        sends.remove_if([](Transfer& t) { return t.complete(); });
        sends.push_back({MPI_REQUEST_NULL, std::move(bytes), rank, tag});
        Transfer& t = sends.back();
        MPI_Isend(t.bytes.data(), static_cast<int>(t.bytes.size()), MPI_BYTE, rank, tag,
                  MPI_COMM_WORLD, &t.request);
    }

    // Calls accept(Transfer) for every message that is here.
    template <typename Accept>
    bool receive(const Accept& accept) {
        while (receives.size() < kMostReceives) {
            int waiting = 0, size = 0;
            MPI_Status status;
            const int code =
                MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &waiting, &status);
            if (code != MPI_SUCCESS || waiting == 0) break;
            MPI_Get_count(&status, MPI_BYTE, &size);
            receives.push_back({MPI_REQUEST_NULL, std::string(static_cast<std::size_t>(size), '\0'),
                                status.MPI_SOURCE, status.MPI_TAG});
            Transfer& t = receives.back();
            MPI_Irecv(t.bytes.data(), size, MPI_BYTE, t.rank, t.tag, MPI_COMM_WORLD, &t.request);
        }
        bool moved = false;
        for (auto t = receives.begin(); t != receives.end();) {
            if (!t->complete()) {
                ++t;
                continue;
            }
            const Transfer done = std::move(*t);
            t = receives.erase(t);
            moved = true;
            accept(done);
        }
        return moved;
    }
};

MpiPool::MpiPool(std::chrono::duration<double> patience)
    : patience_(patience), pending_(std::make_unique<Pending>()) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

MpiPool::~MpiPool() = default;

void MpiPool::serve(const Compute& compute) {
    Backoff backoff;
    for (;;) {
        int waiting = 0, size = 0;
        MPI_Status status;
        MPI_Iprobe(0, MPI_ANY_TAG, MPI_COMM_WORLD, &waiting, &status);
        if (waiting == 0) {
            backoff.wait();
            continue;
        }
        backoff.reset();
        MPI_Get_count(&status, MPI_BYTE, &size);
        std::string bytes(static_cast<std::size_t>(size), '\0');
        MPI_Recv(bytes.data(), size, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        if (status.MPI_TAG == kStop) break;
        int tag = kResult;
        std::string answer;
        try {
            answer = message(id_of(bytes), compute(bytes.substr(sizeof(uint64_t))));
        } catch (const std::exception& error) {
            answer = message(id_of(bytes), error.what());
            tag = kFault;
        }
        MPI_Send(answer.data(), static_cast<int>(answer.size()), MPI_BYTE, 0, tag, MPI_COMM_WORLD);
    }
    MPI_Send(nullptr, 0, MPI_BYTE, 0, kBye, MPI_COMM_WORLD);
}

struct MpiPool::Coordinator {
    Coordinator(MpiPool& pool, const std::vector<std::string>& tasks, const Compute& compute,
                const Done& done)
        : pool_(pool),
          tasks_(tasks),
          compute_(compute),
          done_(done),
          answered_(tasks.size()),
          held_(static_cast<std::size_t>(pool.ranks_)) {}

    void run() {
        std::thread local;
        if (pool_.first_computes_) local = std::thread([this] { compute_here(); });
        std::exception_ptr fault;
        try {
            coordinate();
        } catch (...) {
            fault = std::current_exception();
        }
        over_ = true;
        if (local.joinable()) local.join();
        if (fault) std::rethrow_exception(fault);
    }

private:
    struct Issued {
        std::size_t task;
        int rank;
        Clock::time_point since;
        bool again = false;  // given to another rank as well
    };

    // The next task that nobody has, or -1.
    std::ptrdiff_t take() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!again_.empty()) {
            const std::size_t task = again_.front();
            again_.pop_front();
            return static_cast<std::ptrdiff_t>(task);
        }
        return next_ < tasks_.size() ? static_cast<std::ptrdiff_t>(next_++) : -1;
    }

    void compute_here() {
        while (!over_) {
            const std::ptrdiff_t task = take();
            if (task < 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            std::string result;
            std::exception_ptr fault;
            try {
                result = compute_(tasks_[static_cast<std::size_t>(task)]);
            } catch (...) {
                fault = std::current_exception();
            }
            const std::lock_guard<std::mutex> lock(mutex_);
            if (fault) local_fault_ = fault;
            local_results_.emplace_back(static_cast<std::size_t>(task), std::move(result));
        }
    }

    void coordinate() {
        Backoff backoff;
        while (count_ < tasks_.size()) {
            const double start = cpu_seconds();
            bool moved = hand_out();
            moved |= drain_local();
            moved |= pool_.pending_->receive([this](const Transfer& t) { accept(t); });
            if (moved) {
                backoff.reset();
                pool_.busy_ += cpu_seconds() - start;
            } else {
                retry_overdue();
                backoff.wait();
            }
        }
    }

    bool hand_out() {
        bool moved = false;
        for (int ahead = 1; ahead <= kAhead; ++ahead)
            for (int rank = 1; rank < pool_.ranks_; ++rank) {
                int& held = held_[static_cast<std::size_t>(rank)];
                if (held >= ahead) continue;
                const std::ptrdiff_t next = take();
                if (next < 0) return moved;
                const auto task = static_cast<std::size_t>(next);
                pool_.pending_->send(rank, kTask, message(pool_.first_id_ + task, tasks_[task]));
                ++held;
                issued_.push_back({task, rank, Clock::now()});
                moved = true;
            }
        return moved;
    }

    bool drain_local() {
        std::deque<std::pair<std::size_t, std::string>> results;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (local_fault_) std::rethrow_exception(local_fault_);
            results.swap(local_results_);
        }
        for (auto& [task, result] : results) answer(task, result);
        return !results.empty();
    }

    void accept(const Transfer& t) {
        if (t.bytes.size() < sizeof(uint64_t)) return;
        const uint64_t id = id_of(t.bytes);
        const std::string body = t.bytes.substr(sizeof id);
        if (t.tag == kFault) throw std::runtime_error(fmt::format("rank {}: {}", t.rank, body));
        if (int& held = held_[static_cast<std::size_t>(t.rank)]; held > 0) --held;
        if (id < pool_.first_id_) return;  // of an earlier run
        const auto task = static_cast<std::size_t>(id - pool_.first_id_);
        const auto found = std::find_if(issued_.begin(), issued_.end(), [&](const Issued& i) {
            return i.task == task && i.rank == t.rank;
        });
        if (found != issued_.end()) {
            slowest_ = std::max(slowest_, Seconds(Clock::now() - found->since));
            issued_.erase(found);
        }
        answer(task, body);
    }

    void answer(std::size_t task, const std::string& result) {
        if (answered_[task]) return;  // by another rank
        answered_[task] = true;
        ++count_;
        done_(task, result);
    }

    // Tasks that a rank has held for too long go to whoever asks next.
    void retry_overdue() {
        const auto now = Clock::now();
        const Seconds most = std::max(pool_.patience_, 10 * slowest_);
        const std::lock_guard<std::mutex> lock(mutex_);
        if (next_ < tasks_.size()) return;
        for (Issued& i : issued_) {
            if (i.again || answered_[i.task] || now - i.since < most) continue;
            i.again = true;
            again_.push_back(i.task);
        }
    }

    MpiPool& pool_;
    const std::vector<std::string>& tasks_;
    const Compute& compute_;
    const Done& done_;
    std::vector<bool> answered_;
    std::size_t count_ = 0;
    std::vector<int> held_;  // tasks of each rank
    std::list<Issued> issued_;
    Seconds slowest_{0};

    std::mutex mutex_;  // of what follows
    std::size_t next_ = 0;
    std::deque<std::size_t> again_;
    std::deque<std::pair<std::size_t, std::string>> local_results_;
    std::exception_ptr local_fault_;
    std::atomic<bool> over_{false};
};

void MpiPool::run(const std::vector<std::string>& tasks, const Compute& compute, const Done& done) {
    busy_ = 0;
    Coordinator(*this, tasks, compute, done).run();
    first_id_ += tasks.size();
}

std::vector<int> MpiPool::finish() {
    std::set<int> left;
    for (int rank = 1; rank < ranks_; ++rank) {
        left.insert(rank);
        pending_->send(rank, kStop, "");
    }
    Backoff backoff;
    const auto start = Clock::now();
    while (!left.empty() && Clock::now() - start < patience_) {
        pending_->receive([&](const Transfer& t) {
            if (t.tag == kBye) left.erase(t.rank);
        });
        backoff.wait();
    }
    return {left.begin(), left.end()};
}

}  // namespace msd::explore
