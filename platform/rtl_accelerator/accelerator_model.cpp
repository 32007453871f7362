// The TLM module as an AcceleratorModel, and the choice between the levels.
#include "platform/rtl_accelerator/accelerator_model.h"

#include <stdexcept>

#include "ip/accelerator/state.h"
#include "platform/checkpoint/archive.h"
#include "platform/rtl_accelerator/rtl_accelerator.h"

namespace msd::platform {
namespace {

class TlmAccelerator : public AcceleratorModel {
public:
    TlmAccelerator(const char* name, const pe::AcceleratorConfig& config, sc_core::sc_time period)
        : module_(name, config, period) {
        module_.on_span = [this](const accelerator::UnitSpan& s) {
            if (on_span) on_span(s);
        };
        module_.on_list_done = [this](uint64_t list) {
            if (on_list_done) on_list_done(list);
        };
        module_.on_kept = [this](uint64_t index, const msd_tile& tile, const int8_t* words) {
            if (on_kept) on_kept(index, tile, words);
        };
        module_.on_warning = [this](const std::string& text) {
            if (on_warning) on_warning(text);
        };
    }
    tlm::tlm_target_socket<>& registers() override { return module_.regs; }
    void bind(Dram& dram, sc_core::sc_signal<bool>& irq) override {
        module_.dma_w.socket.bind(dram.weights);
        module_.dma_a.socket.bind(dram.activations);
        module_.dma_s.socket.bind(dram.stores);
        module_.irq.bind(irq);
    }
    void restart(const pe::AcceleratorConfig& config) override {
        module_.reset();
        module_.configure(config);
    }
    uint64_t cycle() const override { return module_.cycle(); }
    std::string waiting() const override { return module_.waiting(); }
    accelerator::Counters counters() const override { return module_.counters(); }
    void save(StateWriter& writer) override { writer(module_); }
    void load(StateReader& reader) override { reader(module_); }
    Dram::Unanswered unanswered() const override {
        return {module_.dma_w.unanswered(), module_.dma_a.unanswered(), module_.dma_s.unanswered()};
    }

private:
    accelerator::Accelerator module_;
};

}  // namespace

void AcceleratorModel::save(StateWriter&) {
    throw std::runtime_error("checkpoints are of the transaction level; use pe.model = \"tlm\"");
}

void AcceleratorModel::load(StateReader&) {
    throw std::runtime_error("checkpoints are of the transaction level; use pe.model = \"tlm\"");
}

const char* to_string(Level level) {
    return level == Level::kTlm ? "tlm" : "rtl";
}

std::unique_ptr<AcceleratorModel> make_accelerator(Level level, const char* name,
                                                   const pe::AcceleratorConfig& config,
                                                   sc_core::sc_time period) {
    if (level == Level::kTlm) return std::make_unique<TlmAccelerator>(name, config, period);
    return std::make_unique<RtlAccelerator>(name, config, period);
}

}  // namespace msd::platform
