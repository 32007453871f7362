// RAM, UART and exit device at transaction level.
#include "platform/bus/devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "platform/iss/halt.h"

namespace msd::platform {
namespace {

// Registers of the 16550, by offset; some change with the direction or with LCR.DLAB.
enum : unsigned { kData, kIer, kIirFcr, kLcr, kMcr, kLsr, kMsr, kScr, kUartRegisters };
constexpr uint8_t kDlab = 0x80;
constexpr uint8_t kLsrIdle = 0x60;  // THRE and TEMT: everything written has left
constexpr uint8_t kIirNone = 0x01;  // no interrupt pending
constexpr uint8_t kIirFifos = 0xc0;
constexpr uint8_t kMsrConnected = 0xb0;  // DCD, DSR, CTS, as QEMU's

constexpr uint32_t kExitPass = 0x5555, kExitFail = 0x3333;

void refuse(tlm::tlm_generic_payload& trans, const std::function<void(const std::string&)>& warn,
            const char* right) {
    if (warn) {
        warn(fmt::format("{} of {} bytes at register {:#x}; {}",
                         trans.is_write() ? "write" : "read", trans.get_data_length(),
                         trans.get_address(), right));
    }
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace

Ram::Ram(const sc_core::sc_module_name& name, uint64_t bytes) : sc_module(name), bytes_(bytes) {
    socket.register_b_transport(this, &Ram::transport);
    socket.register_transport_dbg(this, &Ram::debug);
    socket.register_get_direct_mem_ptr(this, &Ram::direct);
}

void Ram::clear() {
    std::fill(bytes_.begin(), bytes_.end(), uint8_t{0});
}

bool Ram::copy(tlm::tlm_generic_payload& trans) {
    const uint64_t offset = trans.get_address(), length = trans.get_data_length();
    if (offset > bytes_.size() || length > bytes_.size() - offset) return false;
    if (trans.is_write()) {
        std::memcpy(bytes_.data() + offset, trans.get_data_ptr(), length);
    } else if (trans.is_read()) {
        std::memcpy(trans.get_data_ptr(), bytes_.data() + offset, length);
    }
    return true;
}

void Ram::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
    const bool plain = trans.get_byte_enable_ptr() == nullptr &&
                       trans.get_streaming_width() >= trans.get_data_length();
    trans.set_response_status(!plain        ? tlm::TLM_GENERIC_ERROR_RESPONSE
                              : copy(trans) ? tlm::TLM_OK_RESPONSE
                                            : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned Ram::debug(tlm::tlm_generic_payload& trans) {
    return copy(trans) ? trans.get_data_length() : 0;
}

bool Ram::direct(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(bytes_.data());
    dmi.set_start_address(0);
    dmi.set_end_address(bytes_.size() - 1);
    dmi.allow_read_write();
    return true;
}

Uart::Uart(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Uart::transport);
}

void Uart::reset() {
    ier_ = lcr_ = mcr_ = scr_ = fcr_ = dll_ = dlm_ = 0;
}

// clang-format off
uint8_t Uart::read(unsigned index) const {
    const bool divisor = (lcr_ & kDlab) != 0;
    switch (index) {
        case kData: return divisor ? dll_ : 0;
        case kIer: return divisor ? dlm_ : ier_;
        case kIirFcr: return kIirNone | ((fcr_ & 1) ? kIirFifos : 0);
        case kLcr: return lcr_;
        case kMcr: return mcr_;
        case kLsr: return kLsrIdle;
        case kMsr: return kMsrConnected;
        default: return scr_;
    }
}

void Uart::write(unsigned index, uint8_t value) {
    const bool divisor = (lcr_ & kDlab) != 0;
    switch (index) {
        case kData:
            if (divisor) dll_ = value;
            else if (on_char) on_char(static_cast<char>(value));
            break;
        case kIer: (divisor ? dlm_ : ier_) = divisor ? value : value & 0x0f; break;
        case kIirFcr: fcr_ = value; break;
        case kLcr: lcr_ = value; break;
        case kMcr: mcr_ = value & 0x1f; break;
        case kScr: scr_ = value; break;
        default: break;  // LSR and MSR are read only
    }
}

// clang-format on

void Uart::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
    const uint64_t index = trans.get_address();
    if (index >= kUartRegisters || trans.get_data_length() != 1) {
        return refuse(trans, on_warning, "there are 8 registers of one byte each");
    }
    uint8_t* data = trans.get_data_ptr();
    if (trans.is_write()) write(static_cast<unsigned>(index), *data);
    if (trans.is_read()) *data = read(static_cast<unsigned>(index));
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

ExitDevice::ExitDevice(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &ExitDevice::transport);
}

void ExitDevice::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&) {
    if (trans.get_address() != 0 || trans.get_data_length() != 4) {
        return refuse(trans, on_warning, "there is one register of 4 bytes at 0");
    }
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    uint32_t value = 0;
    if (trans.is_read()) {
        std::memcpy(trans.get_data_ptr(), &value, 4);
        return;
    }
    std::memcpy(&value, trans.get_data_ptr(), 4);
    const uint32_t status = value & 0xffffu;
    if (status != kExitPass && status != kExitFail) {
        if (on_warning) {
            on_warning(fmt::format(
                "{:#x} written; 0x5555 ends, code << 16 | 0x3333 ends with a code", value));
        }
        return;
    }
    // A failure without a code is still a failure.
    const uint32_t code = status == kExitPass ? 0 : std::max(value >> 16, 1u);
    HaltExtension* halt = nullptr;
    trans.get_extension(halt);
    if (halt) halt->halt = true;
    if (on_exit) on_exit(code);
}

}  // namespace msd::platform
