// Pooled payloads and the rules of AXI's address channels (ARM IHI 0022, A3).
#include "platform/rtl_accelerator/burst_pool.h"

#include <fmt/format.h>

namespace msd::platform {

uint8_t axi_response(tlm::tlm_response_status status) {
    if (status == tlm::TLM_OK_RESPONSE) return kAxiOkay;
    return status == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kAxiDecErr : kAxiSlvErr;
}

tlm::tlm_response_status tlm_response(uint8_t axi) {
    if (axi < kAxiSlvErr) return tlm::TLM_OK_RESPONSE;
    return axi == kAxiDecErr ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE;
}

BurstPayload* BurstPool::take(tlm::tlm_command command, uint64_t address, unsigned bytes,
                              unsigned beats) {
    if (free_.empty()) {
        tlm::tlm_mm_interface* manager = this;
        all_.push_back(std::make_unique<BurstPayload>(manager));
        free_.push_back(all_.back().get());
    }
    BurstPayload* p = free_.back();
    free_.pop_back();
    p->acquire();
    p->epoch = epoch_;
    p->data.assign(bytes, 0);
    p->enables.clear();
    p->set_command(command);
    p->set_address(address);
    p->set_data_ptr(p->data.data());
    p->set_data_length(bytes);
    p->set_streaming_width(bytes);
    p->set_byte_enable_ptr(nullptr);
    p->set_byte_enable_length(0);
    p->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    p->info->beats = beats;
    p->info->data_last_cycle = 0;
    p->info->issue_cycle = dma::BurstInfo::kNow;
    return p;
}

void BurstPool::free(tlm::tlm_generic_payload* trans) {
    free_.push_back(static_cast<BurstPayload*>(trans));
}

std::string AddressChecker::check(const Address& a, bool ready, unsigned beat_bytes) {
    const bool kept = a.valid && a.address == last_.address && a.len == last_.len &&
                      a.size == last_.size && a.burst == last_.burst;
    const bool was_waiting = waiting_;
    last_ = a;
    waiting_ = a.valid && !ready;
    if (was_waiting && !kept) return "an address changed before it was taken";
    if (!a.valid) return {};
    if (a.burst != 1) return fmt::format("burst type {}; it must be 1 (INCR)", a.burst);
    if (1u << a.size != beat_bytes)
        return fmt::format("beats of {} bytes; the bus has {}", 1u << a.size, beat_bytes);
    if (a.address % beat_bytes != 0)
        return fmt::format("address {:#x} is not a multiple of {}", a.address, beat_bytes);
    const uint32_t bytes = (a.len + 1u) * beat_bytes;
    if (a.address / 4096 != (a.address + bytes - 1) / 4096)
        return fmt::format("{} bytes from {:#x} cross a boundary of 4 KiB", bytes, a.address);
    return {};
}

}  // namespace msd::platform
