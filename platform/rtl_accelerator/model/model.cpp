// Verilator's class of accelerator_top.sv behind the C interface of pins.h.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include "Vaccelerator_top.h"
#include "platform/rtl_accelerator/pins.h"
#include "verilated.h"
#if MSD_RTL_TRACE == 1
#include "verilated_vcd_c.h"
#elif MSD_RTL_TRACE == 2
#include "verilated_fst_c.h"
#endif

namespace {

constexpr MsdRtlParameters kParameters{
    MSD_RTL_ABI,         MSD_RTL_LutRows,        MSD_RTL_LutCols,
    MSD_RTL_DspRows,     MSD_RTL_DspCols,        MSD_RTL_BeatBytes,
    MSD_RTL_ActWords,    MSD_RTL_LutWeightWords, MSD_RTL_DspWeightWords,
    MSD_RTL_AccEntries,  MSD_RTL_OutWords,       MSD_RTL_TileChannels,
    MSD_RTL_Outstanding, MSD_RTL_FAULTS,         MSD_RTL_TRACE,
    MSD_RTL_COVERAGE};

struct Model {
    VerilatedContext context;
    std::unique_ptr<Vaccelerator_top> top;
    uint64_t cycle = 0, period_ps = 1;
    std::string power_up;  // coverage until the first reset was over
#if MSD_RTL_TRACE == 1
    std::unique_ptr<VerilatedVcdC> wave;
#elif MSD_RTL_TRACE == 2
    std::unique_ptr<VerilatedFstC> wave;
#endif

    explicit Model(int fault) {
        const std::string plus = "+fault=" + std::to_string(fault);
        const char* arguments[] = {"rtl", plus.c_str()};
        context.commandArgs(2, arguments);
        context.randReset(2);  // registers start with noise: a missing reset shows
        context.randSeed(1);
#if MSD_RTL_TRACE
        context.traceEverOn(true);
#endif
        // Scopes of a waveform, as the platform names them: Verilator parts them by spaces.
        top = std::make_unique<Vaccelerator_top>(&context, "soc accelerator");
        top->clk_i = 0;
        top->rst_i = 1;
    }
    ~Model() {
#if MSD_RTL_TRACE
        if (wave) wave->close();
#endif
        top->final();
    }
    void dump(uint64_t time_ps) {
#if MSD_RTL_TRACE
        if (wave) wave->dump(time_ps);
#else
        (void)time_ps;
#endif
    }
};

void set(Vaccelerator_top& top, const MsdRtlInputs& in) {
    top.rst_i = in.reset;
    top.act_words_i = in.act_words;
    top.lut_weight_words_i = in.lut_weight_words;
    top.dsp_weight_words_i = in.dsp_weight_words;
    top.acc_entries_i = in.acc_entries;
    top.out_words_i = in.out_words;
    top.tile_channels_i = in.tile_channels;
    top.outstanding_i = in.outstanding;

    top.s_axil_awaddr_i = in.regs.awaddr;
    top.s_axil_awvalid_i = in.regs.awvalid;
    top.s_axil_wdata_i = in.regs.wdata;
    top.s_axil_wstrb_i = in.regs.wstrb;
    top.s_axil_wvalid_i = in.regs.wvalid;
    top.s_axil_bready_i = in.regs.bready;
    top.s_axil_araddr_i = in.regs.araddr;
    top.s_axil_arvalid_i = in.regs.arvalid;
    top.s_axil_rready_i = in.regs.rready;

    top.m_axi_a_arready_i = in.a.arready;
    top.m_axi_a_rvalid_i = in.a.rvalid;
    top.m_axi_a_rlast_i = in.a.rlast;
    top.m_axi_a_rresp_i = in.a.rresp;
    std::memcpy(&top.m_axi_a_rdata_i, in.a.rdata, MSD_RTL_BeatBytes);
    top.m_axi_w_arready_i = in.w.arready;
    top.m_axi_w_rvalid_i = in.w.rvalid;
    top.m_axi_w_rlast_i = in.w.rlast;
    top.m_axi_w_rresp_i = in.w.rresp;
    std::memcpy(&top.m_axi_w_rdata_i, in.w.rdata, MSD_RTL_BeatBytes);
    top.m_axi_s_awready_i = in.s.awready;
    top.m_axi_s_wready_i = in.s.wready;
    top.m_axi_s_bvalid_i = in.s.bvalid;
    top.m_axi_s_bresp_i = in.s.bresp;
}

void get(const Vaccelerator_top& top, MsdRtlOutputs& out) {
    out.irq = top.irq_o;
    out.token = top.token_o;
    out.regs = {top.s_axil_rdata_o, top.s_axil_awready_o, top.s_axil_wready_o, top.s_axil_bvalid_o,
                top.s_axil_bresp_o, top.s_axil_arready_o, top.s_axil_rvalid_o, top.s_axil_rresp_o};
    out.a = {top.m_axi_a_araddr_o, top.m_axi_a_arvalid_o, top.m_axi_a_arlen_o,
             top.m_axi_a_arsize_o, top.m_axi_a_arburst_o, top.m_axi_a_rready_o};
    out.w = {top.m_axi_w_araddr_o, top.m_axi_w_arvalid_o, top.m_axi_w_arlen_o,
             top.m_axi_w_arsize_o, top.m_axi_w_arburst_o, top.m_axi_w_rready_o};
    out.s.awaddr = top.m_axi_s_awaddr_o;
    out.s.awvalid = top.m_axi_s_awvalid_o;
    out.s.awlen = top.m_axi_s_awlen_o;
    out.s.awsize = top.m_axi_s_awsize_o;
    out.s.awburst = top.m_axi_s_awburst_o;
    out.s.wvalid = top.m_axi_s_wvalid_o;
    out.s.wlast = top.m_axi_s_wlast_o;
    out.s.bready = top.m_axi_s_bready_o;
    out.s.wstrb = top.m_axi_s_wstrb_o;
    std::memcpy(out.s.wdata, &top.m_axi_s_wdata_o, MSD_RTL_BeatBytes);
}

Model& of(void* model) {
    return *static_cast<Model*>(model);
}

void* create(int fault) {
    return new Model(fault);
}

void destroy(void* model) {
    delete &of(model);
}

#if MSD_RTL_COVERAGE
// And begins anew: a bit that takes its value at power-up and never changes it is not covered.
std::string coverage_so_far(Model& m) {
    const auto file =
        std::filesystem::temp_directory_path() / ("msd_rtl_coverage." + std::to_string(getpid()));
    m.context.coveragep()->write(file.c_str());
    m.context.coveragep()->zero();
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::filesystem::remove(file);
    return text;
}
#endif

void settle(void* model, const MsdRtlInputs* in, MsdRtlOutputs* out) {
    Model& m = of(model);
    set(*m.top, *in);
    m.top->clk_i = 0;
    m.top->eval();
#if MSD_RTL_COVERAGE
    if (m.power_up.empty() && !in->reset) m.power_up = coverage_so_far(m);
#endif
    m.dump(m.cycle * m.period_ps + m.period_ps / 2);
    get(*m.top, *out);
}

void edge(void* model, MsdRtlOutputs* out) {
    Model& m = of(model);
    m.top->clk_i = 1;
    m.top->eval();
    m.dump(++m.cycle * m.period_ps);
    get(*m.top, *out);
}

int trace_open(void* model, const char* file, uint64_t first_cycle, uint64_t period_ps) {
#if MSD_RTL_TRACE
    Model& m = of(model);
    m.cycle = first_cycle;
    m.period_ps = period_ps;
#if MSD_RTL_TRACE == 1
    m.wave = std::make_unique<VerilatedVcdC>();
#else
    m.wave = std::make_unique<VerilatedFstC>();
#endif
    m.wave->set_time_unit("1ps");
    m.wave->set_time_resolution("1ps");
    m.top->trace(m.wave.get(), 99);
    m.wave->open(file);
    return m.wave->isOpen() ? 0 : 1;
#else
    (void)model, (void)file, (void)first_cycle, (void)period_ps;
    return 1;
#endif
}

void trace_close(void* model) {
#if MSD_RTL_TRACE
    of(model).wave.reset();
#else
    (void)model;
#endif
}

int write_coverage(void* model, const char* file) {
#if MSD_RTL_COVERAGE
    Model& m = of(model);
    m.context.coveragep()->write(file);
    // Blocks that depend on no signal run once, at power-up.
    std::istringstream in(m.power_up);
    std::ofstream out(file, std::ios::app);
    for (std::string line; std::getline(in, line);)
        if (line.find("v_toggle/") == std::string::npos && line.compare(0, 2, "C ") == 0)
            out << line << '\n';
    return 0;
#else
    (void)model, (void)file;
    return 1;
#endif
}

constexpr MsdRtlApi kApi{&kParameters, create,     destroy,     settle,
                         edge,         trace_open, trace_close, write_coverage};

}  // namespace

extern "C" __attribute__((visibility("default"))) const MsdRtlApi* msd_rtl_model() {
    return &kApi;
}
