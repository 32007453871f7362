// The Verilated accelerator in SystemC: one edge of its clock a cycle, pins bridged to TLM.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <memory>
#include <string>
#include <systemc>

#include "platform/rtl_accelerator/accelerator_model.h"
#include "platform/rtl_accelerator/axi_lite_bridge.h"
#include "platform/rtl_accelerator/axi_read_bridge.h"
#include "platform/rtl_accelerator/axi_write_bridge.h"
#include "platform/rtl_accelerator/library.h"
#include "platform/rtl_accelerator/token_recorder.h"

namespace msd::platform {

// Cycle t lies between the edges t and t + 1. At the time of edge t the model's registers show what
// they drive in cycle t: addresses go to the memory at once. What comes back in cycle t is given to
// the model at the edge that ends it.
class RtlAccelerator : public sc_core::sc_module, public AcceleratorModel {
public:
    // Stack of a thread that accesses the registers: the access may evaluate the whole model, and
    // one of zcu102's functions alone takes 300 KB.
    static constexpr int kCallerStackBytes = 8 << 20;

    tlm_utils::simple_target_socket<RtlAccelerator> regs{"regs"};
    sc_core::sc_out<bool> irq{"irq"};
    AxiReadBridge axi_a, axi_w;
    AxiWriteBridge axi_s;

    RtlAccelerator(const sc_core::sc_module_name& name, const pe::AcceleratorConfig& config,
                   sc_core::sc_time period);
    ~RtlAccelerator() override;
    SC_HAS_PROCESS(RtlAccelerator);

    // For the restarts to come.
    void set_options(const RtlOptions& options, int fault = 0) {
        options_ = options;
        fault_ = fault;
    }
    // Another model than a library's, for tests of this module.
    void set_model(const MsdRtlApi* api) { given_ = api; }
    std::function<void(const std::string&)> on_progress;   // while a library is built
    std::function<void(const std::string&)> on_violation;  // the RTL breaks AXI's rules

    // A waveform of cycles [from, to), counted from restart(). Before restart().
    void trace(const std::string& file, uint64_t from, uint64_t to);
    // Coverage of all runs from now on, written in the end; needs RtlOptions::coverage.
    void collect_coverage(const std::string& file) { coverage_file_ = file; }

    tlm::tlm_target_socket<>& registers() override { return regs; }
    void bind(Dram& dram, sc_core::sc_signal<bool>& line) override;
    void restart(const pe::AcceleratorConfig& config) override;
    void stop() override;
    uint64_t cycle() const override;
    std::string waiting() const override;
    accelerator::Counters counters() const override;

private:
    void edge();
    bool finish_cycle();  // the edge that ends the present cycle; false: it has been already
    void read_outputs();
    void transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    bool descriptor(uint64_t cycle, uint32_t& address, msd_tile& tile);
    void close();

    sc_core::sc_time period_;
    RtlOptions options_;
    int fault_ = 0;
    const MsdRtlApi* given_ = nullptr;
    const MsdRtlApi* api_ = nullptr;
    void* model_ = nullptr;
    bool running_ = false, ahead_ = false;
    uint64_t start_cycle_ = 0, now_ = 0;
    MsdRtlInputs in_{};
    MsdRtlOutputs out_{};
    uint16_t token_ = 0;  // of the cycle that was finished last
    AxiLiteBridge lite_;
    TokenRecorder tokens_;
    uint32_t list_address_ = 0;
    sc_core::sc_event event_;

    std::string coverage_file_;
    std::string trace_file_;
    uint64_t trace_from_ = 0, trace_to_ = 0;
    bool tracing_ = false;
};

}  // namespace msd::platform
