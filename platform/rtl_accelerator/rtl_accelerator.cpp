// The clock, and what happens around each edge of it.
#include "platform/rtl_accelerator/rtl_accelerator.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "ip/accelerator/accelerator_regs.h"

namespace msd::platform {
namespace {

constexpr unsigned kResetCycles = 256;  // longer than the longest delay line (rtl/INTERFACES.md)

}  // namespace

RtlAccelerator::RtlAccelerator(const sc_core::sc_module_name& name,
                               const pe::AcceleratorConfig& config, sc_core::sc_time period)
    : sc_module(name),
      axi_a("axi_a", period, config.beat_bytes),
      axi_w("axi_w", period, config.beat_bytes),
      axi_s("axi_s", period, config.beat_bytes),
      period_(period),
      lite_(period) {
    regs.register_b_transport(this, &RtlAccelerator::transport);
    lite_.run_ahead = [this] { return finish_cycle(); };
    lite_.on_warning = [this](const std::string& text) {
        if (on_warning) on_warning(text);
    };
    const auto violation = [this](const char* port) {
        return [this, port](const std::string& text) {
            if (on_violation) on_violation(fmt::format("{}: {}", port, text));
        };
    };
    axi_a.on_violation = violation("axi_a");
    axi_w.on_violation = violation("axi_w");
    axi_s.on_violation = violation("axi_s");
    tokens_.descriptor = [this](uint64_t cycle, uint32_t& address, msd_tile& tile) {
        return descriptor(cycle, address, tile);
    };
    tokens_.on_span = [this](const accelerator::UnitSpan& s) {
        if (on_span) on_span(s);
    };
    tokens_.on_list_done = [this](uint64_t list) {
        if (on_list_done) on_list_done(list);
    };
    SC_METHOD(edge);
    sensitive << event_;
    dont_initialize();
}

RtlAccelerator::~RtlAccelerator() {
    close();
}

void RtlAccelerator::close() {
    if (tracing_) api_->trace_close(model_);
    tracing_ = false;
    if (model_ && !coverage_file_.empty()) api_->write_coverage(model_, coverage_file_.c_str());
    if (model_) api_->destroy(model_);
    model_ = nullptr;
}

void RtlAccelerator::bind(Dram& dram, sc_core::sc_signal<bool>& line) {
    axi_w.socket.bind(dram.weights);
    axi_a.socket.bind(dram.activations);
    axi_s.socket.bind(dram.stores);
    irq.bind(line);
}

uint64_t RtlAccelerator::cycle() const {
    return sc_core::sc_time_stamp().value() / period_.value();
}

void RtlAccelerator::trace(const std::string& file, uint64_t from, uint64_t to) {
    trace_file_ = file;
    trace_from_ = from;
    trace_to_ = to;
}

void RtlAccelerator::restart(const pe::AcceleratorConfig& config) {
    const MsdRtlApi* api = given_ ? given_ : &rtl_library(config, options_, on_progress);
    // Coverage is counted by one model; any other run begins with noise in its registers.
    if (!model_ || api != api_ || coverage_file_.empty()) {
        close();
        api_ = api;
        model_ = api_->create(fault_);
    }
    axi_a.reset(config.beat_bytes);
    axi_w.reset(config.beat_bytes);
    axi_s.reset(config.beat_bytes);
    lite_.reset();
    tokens_.reset(config);
    list_address_ = 0;

    in_ = {};
    in_.reset = 1;
    in_.outstanding = static_cast<uint8_t>(config.outstanding);
    in_.act_words = static_cast<uint16_t>(config.act_words);
    in_.lut_weight_words = static_cast<uint16_t>(config.lut_weight_words);
    in_.dsp_weight_words = static_cast<uint16_t>(config.dsp_weight_words);
    in_.acc_entries = static_cast<uint16_t>(config.acc_entries);
    in_.out_words = static_cast<uint16_t>(config.out_words);
    in_.tile_channels = static_cast<uint16_t>(config.tile_channels);
    for (unsigned i = 0; i < kResetCycles; ++i) {
        api_->settle(model_, &in_, &out_);
        api_->edge(model_, &out_);
    }
    in_.reset = 0;
    api_->settle(model_, &in_, &out_);  // the first cycle as it begins

    start_cycle_ = now_ = cycle();
    running_ = true;
    ahead_ = false;
    if (!trace_file_.empty() && trace_from_ == 0) {
        tracing_ = api_->trace_open(model_, trace_file_.c_str(), 0, period_.value()) == 0;
        if (!tracing_) throw std::runtime_error(fmt::format("{}: cannot be written", trace_file_));
    }
    event_.cancel();
    event_.notify(sc_core::SC_ZERO_TIME);
}

void RtlAccelerator::stop() {
    running_ = false;
    event_.cancel();
    if (tracing_) api_->trace_close(model_);
    tracing_ = false;
    trace_file_.clear();
}

void RtlAccelerator::edge() {
    if (!running_) return;
    const uint64_t now = cycle();
    if (now != now_) {
        finish_cycle();
        now_ = now;
        ahead_ = false;
    }
    read_outputs();
    event_.notify(period_);
}

// What the registers drive in this cycle.
void RtlAccelerator::read_outputs() {
    irq.write(out_.irq != 0);
    axi_a.outputs(now_, out_.a);
    axi_w.outputs(now_, out_.w);
    axi_s.outputs(now_, out_.s);
}

bool RtlAccelerator::finish_cycle() {
    if (ahead_ || !running_) return false;
    ahead_ = true;
    axi_a.inputs(now_, in_.a);
    axi_w.inputs(now_, in_.w);
    axi_s.inputs(now_, in_.s);
    lite_.inputs(now_, in_.regs);
    api_->settle(model_, &in_, &out_);
    axi_a.finish(now_, out_.a);
    axi_w.finish(now_, out_.w);
    axi_s.finish(now_, out_.s);
    lite_.finish(out_.regs);
    token_ = out_.token;  // only now: tokens may follow from what the bus brought
    if (token_ != 0) tokens_.tokens(now_, token_);
    const uint64_t next = now_ + 1 - start_cycle_;
    if (!tracing_ && !trace_file_.empty() && next >= trace_from_ && next < trace_to_) {
        tracing_ = api_->trace_open(model_, trace_file_.c_str(), next - 1, period_.value()) == 0;
        if (!tracing_) throw std::runtime_error(fmt::format("{}: cannot be written", trace_file_));
    } else if (tracing_ && next >= trace_to_) {
        api_->trace_close(model_);
        tracing_ = false;
        trace_file_.clear();
    }
    api_->edge(model_, &out_);
    lite_.outputs(out_.regs);
    return true;
}

void RtlAccelerator::transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    lite_.transport(trans, delay);
    if (!trans.is_write() || !trans.is_response_ok()) return;
    uint32_t value = 0;
    std::memcpy(&value, trans.get_data_ptr(), 4);
    if (trans.get_address() == MSD_LIST_ADDRESS) list_address_ = value;
    if (trans.get_address() == MSD_LIST_PUSH) tokens_.push(list_address_, value, now_);
    if (trans.get_address() == MSD_CONTROL && (value & MSD_CONTROL_CLEAR) != 0 &&
        (token_ >> kTokenError & 1u) == 0)
        tokens_.clear();
}

// A read burst ended in this cycle; if it was (the end of) a descriptor, its 256 bytes.
bool RtlAccelerator::descriptor(uint64_t cycle, uint32_t& address, msd_tile& tile) {
    if (!axi_a.ended(cycle, address)) return false;
    address &= ~static_cast<uint32_t>(sizeof(msd_tile) - 1);
    tlm::tlm_generic_payload p;
    p.set_command(tlm::TLM_READ_COMMAND);
    p.set_address(address);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(&tile));
    p.set_data_length(sizeof tile);
    p.set_streaming_width(sizeof tile);
    return axi_a.socket->transport_dbg(p) == sizeof tile;
}

std::string RtlAccelerator::waiting() const {
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : ", ") + part;
    };
    if (!axi_a.idle()) add(fmt::format("master A waits for {} bursts", axi_a.in_flight()));
    if (!axi_w.idle()) add(fmt::format("master W waits for {} bursts", axi_w.in_flight()));
    if (!axi_s.idle()) add("master S waits for responses");
    return text.empty() ? "accelerator (RTL) moves nothing" : "accelerator (RTL): " + text;
}

// Reads the registers beside the simulation: nothing else of the model's time is used afterwards.
accelerator::Counters RtlAccelerator::counters() const {
    MsdRtlInputs in = in_;
    MsdRtlOutputs out{};
    in.regs = {};
    in.regs.bready = in.regs.rready = 1;
    in.a.rvalid = in.w.rvalid = in.s.bvalid = 0;
    const auto read = [&](uint32_t offset) -> uint64_t {
        in.regs.araddr = offset;
        in.regs.arvalid = 1;
        api_->settle(model_, &in, &out);
        api_->edge(model_, &out);
        in.regs.arvalid = 0;
        const uint32_t value = out.regs.rdata;
        api_->settle(model_, &in, &out);
        api_->edge(model_, &out);
        return value;
    };
    accelerator::Counters c;
    if (!model_) return c;
    c.lut_busy = read(MSD_LUT_BUSY);
    c.dsp_busy = read(MSD_DSP_BUSY);
    c.wait_act = read(MSD_WAIT_ACT);
    c.wait_wgt = read(MSD_WAIT_WGT);
    c.wait_acc = read(MSD_WAIT_ACC);
    c.wait_out = read(MSD_WAIT_OUT);
    const unsigned beat = api_->parameters->beat_bytes;
    c.read_bytes_a = read(MSD_READ_BEATS_A) * beat;
    c.read_bytes_w = read(MSD_READ_BEATS_W) * beat;
    c.write_bytes = read(MSD_WRITE_BEATS) * beat;
    return c;
}

}  // namespace msd::platform
