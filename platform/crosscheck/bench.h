// An accelerator of either level with its memory, driven by a program's steps instead of a CPU.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <memory>
#include <string>
#include <systemc>

#include "platform/crosscheck/program.h"
#include "platform/crosscheck/recording.h"
#include "platform/rtl_accelerator/rtl_accelerator.h"

namespace msd::crosscheck {

// To be made before the simulation begins; runs any number of programs. Every program begins with
// power-up at a clock edge, so its recording does not depend on what ran before.
class Bench : public sc_core::sc_module {
public:
    Bench(const sc_core::sc_module_name& name, platform::Level level);
    ~Bench() override;
    SC_HAS_PROCESS(Bench);

    // Runs to the end, or to the first event for which `event` is false.
    Recording run(const Program& program, const std::function<bool(const Event&)>& event = {});

    platform::RtlAccelerator* rtl() { return rtl_; }  // nullptr at TLM
    // CPU time of the last run's simulation, without power-up and filling the memory.
    double simulation_cpu_s() const { return simulation_cpu_s_; }

private:
    void thread();
    void irq_changed();
    void add(Event event);
    void stop(const std::string& why);
    uint64_t now() const;
    void idle(uint64_t cycles);
    void go_on() const;
    uint32_t access(bool write, uint32_t offset, uint32_t value);
    void step(const Step& step);
    void await_lists(uint32_t lists);
    bool poll(uint32_t mask, uint32_t wanted, uint32_t every);

    sc_core::sc_time period_;
    std::unique_ptr<platform::AcceleratorModel> accelerator_;
    platform::RtlAccelerator* rtl_ = nullptr;
    platform::Dram dram_;
    tlm_utils::simple_initiator_socket<Bench> software_{"software"}, cpu_{"cpu"};
    sc_core::sc_signal<bool> irq_{"irq"};
    sc_core::sc_event go_;

    // of the present run
    const Program* program_ = nullptr;
    const std::function<bool(const Event&)>* listener_ = nullptr;
    Recording recording_;
    uint64_t start_ = 0;
    uint64_t run_ = 0, taken_ = 0;  // programs given to the thread; taken up by it
    bool stopped_ = true;
    double simulation_cpu_s_ = 0;
};

}  // namespace msd::crosscheck
