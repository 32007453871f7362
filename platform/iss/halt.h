// How a device tells the CPU, in the answer to an access, to stop for good.
#pragma once

#include <tlm>

namespace msd::platform {

// The CPU attaches one to each of its payloads; the exit device sets `halt`.
struct HaltExtension : tlm::tlm_extension<HaltExtension> {
    bool halt = false;

    tlm::tlm_extension_base* clone() const override { return new HaltExtension(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override {
        halt = static_cast<const HaltExtension&>(other).halt;
    }
};

}  // namespace msd::platform
