// What the platform needs of the accelerator, at whatever level it is modelled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>

#include "ip/accelerator/accelerator.h"
#include "ip/msd_pe/core/config.h"
#include "platform/dram/dram.h"

namespace msd::platform {

template <bool kLoad>
class StateArchive;  // platform/checkpoint/archive.h
using StateWriter = StateArchive<false>;
using StateReader = StateArchive<true>;

enum class Level { kTlm, kRtl };
const char* to_string(Level level);  // "tlm", "rtl"

class AcceleratorModel {
public:
    // As accelerator::Accelerator's. All optional.
    std::function<void(const accelerator::UnitSpan&)> on_span;
    std::function<void(uint64_t list)> on_list_done;
    std::function<void(uint64_t, const msd_tile&, const int8_t*)> on_kept;  // only Level::kTlm
    std::function<void(const std::string&)> on_warning;

    virtual ~AcceleratorModel() = default;

    virtual tlm::tlm_target_socket<>& registers() = 0;
    virtual void bind(Dram& dram, sc_core::sc_signal<bool>& irq) = 0;
    // Power-up as a device with these sizes, at the present clock edge. Throws
    // std::runtime_error if there is no model of this size and none can be made.
    virtual void restart(const pe::AcceleratorConfig& config) = 0;
    // Stops what it does at every clock edge, if it does; restart() goes on.
    virtual void stop() {}
    virtual uint64_t cycle() const = 0;
    virtual std::string waiting() const = 0;
    virtual accelerator::Counters counters() const = 0;
    // Checkpoints, between two cycles. Throws std::runtime_error at a level that has none.
    virtual void save(StateWriter& writer);
    virtual void load(StateReader& reader);
    // What the memory has still to answer, in order.
    virtual Dram::Unanswered unanswered() const { return {}; }
};

// Before the simulation. The module's name is `name`.
std::unique_ptr<AcceleratorModel> make_accelerator(Level level, const char* name,
                                                   const pe::AcceleratorConfig& config,
                                                   sc_core::sc_time period);

}  // namespace msd::platform
