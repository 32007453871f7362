// What the AXI bridges share: pooled payloads that own their data, and AXI's rules of addresses.
#pragma once

#include <tlm>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "ip/dma/burst_info.h"

namespace msd::platform {

constexpr uint8_t kAxiOkay = 0, kAxiSlvErr = 2, kAxiDecErr = 3;
// DECERR: nobody lives at the address; SLVERR: any other refusal.
uint8_t axi_response(tlm::tlm_response_status status);
tlm::tlm_response_status tlm_response(uint8_t axi);

struct BurstPayload : tlm::tlm_generic_payload {
    explicit BurstPayload(tlm::tlm_mm_interface* manager)
        : tlm::tlm_generic_payload(manager), info(new dma::BurstInfo) {
        set_extension(info);
    }
    dma::BurstInfo* info;  // owned by the payload
    uint64_t epoch = 0;    // of the pool when it was taken
    std::vector<uint8_t> data, enables;
};

class BurstPool : private tlm::tlm_mm_interface {
public:
    // A payload of `bytes` zeros, acquired once.
    BurstPayload* take(tlm::tlm_command command, uint64_t address, unsigned bytes, unsigned beats);
    // From now on payloads taken before are not current().
    void forget() { ++epoch_; }
    bool current(const BurstPayload& payload) const { return payload.epoch == epoch_; }

private:
    void free(tlm::tlm_generic_payload* trans) override;

    std::vector<std::unique_ptr<BurstPayload>> all_;
    std::vector<BurstPayload*> free_;
    uint64_t epoch_ = 0;
};

// An address channel as the rules want it: INCR, full beats, aligned, within 4 KiB, stable until
// taken.
class AddressChecker {
public:
    struct Address {
        bool valid;
        uint32_t address;
        uint8_t len, size, burst;
    };
    void reset() { waiting_ = false; }
    // Returns what is wrong, or an empty string. `ready`: it is taken in this cycle.
    std::string check(const Address& a, bool ready, unsigned beat_bytes);

private:
    bool waiting_ = false;
    Address last_{};
};

}  // namespace msd::platform
