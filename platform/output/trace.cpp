// The tracks of trace.json.
#include "platform/output/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ip/accelerator/accelerator_regs.h"
#include "ip/host/host_regs.h"
#include "platform/output/timeline.h"
#include "platform/output/trace_events.h"

namespace msd::platform {

using accelerator::kUnits;
using accelerator::Unit;

namespace {

const char* dma_of(Unit unit) {
    switch (unit) {
        case Unit::kFetch:
        case Unit::kLoadAct:
        case Unit::kLoadRes:
            return "dma_a: ";
        case Unit::kLoadWgt:
            return "dma_w: ";
        case Unit::kStore:
            return "dma_s: ";
        default:
            return "";
    }
}

std::string scope(Unit unit) {
    return std::string("soc.accelerator.") + to_string(unit);
}

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string register_name(uint32_t address) {
    const char* name = nullptr;
    if (address - MSD_REGS_BASE < MSD_REGS_SIZE) name = msd_register_name(address - MSD_REGS_BASE);
    if (address - HOST_REGS_BASE < HOST_REGS_SIZE)
        name = host_register_name(address - HOST_REGS_BASE);
    return name ? name : fmt::format("{:#x}", address);
}

// Which arrows touch a span: phase and number of the tile's arrow.
using Arrows = std::vector<std::vector<std::pair<char, uint64_t>>>;

class Writer {
public:
    Writer(const TraceInput& input, uint32_t stride) : in_(input), stride_(stride) {
        for (const auto& l : input.recorder.program().layers) {
            names_.push_back(quoted(l.name));
            layer_shown_.push_back(input.selection.shows_layer(l.name));
        }
    }

    std::string write() {
        layers();
        processor();
        units();
        cores();
        banks();
        write_counters(events_, in_, stride_);
        return events_.file(
            fmt::format("\"clock_mhz\":{},\"period_ps\":{},\"tile_stride\":{},\"complete\":{}",
                        in_.device.clock_mhz, in_.period_ps, stride_,
                        in_.recorder.truncated_at() == ~uint64_t{0} ? "true" : "false"));
    }
    std::size_t slices() const { return events_.slices(); }

private:
    uint64_t ps(uint64_t cycle) const { return in_.cycle_ps(cycle); }
    bool shows(uint64_t start, uint64_t end) const {
        return in_.selection.shows_cycles(start, end);
    }
    bool shows(const Span& s) const {
        return s.tile % stride_ == 0 && layer_shown_[s.layer] && shows(s.start, s.end);
    }

    // Images, in them firmware and layers without a gap: they sum to the report's cycles.
    void layers() {
        const Track track{kNetworkTracks, 1};
        events_.process(kNetworkTracks, "network");
        events_.thread(track, "layers");
        const Recorder& r = in_.recorder;
        std::vector<ImageRun> images = in_.run.images;
        if (in_.run.unfinished) images.push_back({*in_.run.unfinished, in_.run.cycles, {}});
        for (uint32_t image = 0; image < images.size() && image < r.images(); ++image) {
            const ImageRun& run = images[image];
            if (!shows(run.start_cycle, run.end_cycle)) continue;
            events_.begin(
                track, ps(run.start_cycle), fmt::format("\"image {}\"", image),
                fmt::format("\"image\":{},\"cycles\":{}", image, run.end_cycle - run.start_cycle));
            uint64_t from = run.start_cycle;
            for (std::size_t l = 0; l < names_.size(); ++l) {
                const LayerStats& s = r.layer_stats(image)[l];
                if (s.end <= from) continue;
                const auto& layer = r.program().layers[l];
                const std::string args = fmt::format(
                    "\"image\":{},\"cycles\":{},\"start_cycle\":{},\"end_cycle\":{},\"first_load_"
                    "cycle\":{},\"predicted_cycles\":{},\"tiles\":{},\"kind\":\"{}\",\"bound\":\"{}"
                    "\",\"EB\":{},\"macs\":{},\"read_bytes\":{},\"write_bytes\":{}",
                    image, s.end - from, from, s.end, s.start, layer.predicted_cycles,
                    layer.tile_count, layer.kind, layer.bound, layer.effective_bits, layer.macs,
                    s.read_bytes, s.write_bytes);
                if (shows(from, s.end)) {
                    events_.begin(track, ps(from), names_[l], args);
                    events_.end(track, ps(s.end));
                }
                from = s.end;
            }
            if (shows(from, run.end_cycle)) {
                events_.begin(
                    track, ps(from), "\"firmware: result\"",
                    fmt::format("\"image\":{},\"cycles\":{}", image, run.end_cycle - from));
                events_.end(track, ps(run.end_cycle));
            }
            events_.end(track, ps(run.end_cycle));
        }
    }

    void processor() {
        const Track track{kCpuTracks, 1};
        if (!in_.selection.shows_signal("soc.cpu")) return;
        events_.process(kCpuTracks, "soc.cpu");
        events_.thread(track, "cpu");
        const auto& accesses = in_.recorder.accesses();
        std::size_t next = 0;
        uint64_t from = 0, periods = 0;
        bool asleep = false;
        const auto period = [&](uint64_t until) {
            while (next < accesses.size() && accesses[next].start < from) ++next;
            if (from < until && shows(from, until) && periods++ % stride_ == 0) {
                events_.begin(track, ps(from), asleep ? "\"sleep\"" : "\"run\"",
                              fmt::format("\"cycles\":{}", until - from));
                for (; next < accesses.size() && accesses[next].end <= until; ++next) {
                    const CpuAccess& a = accesses[next];
                    events_.begin(
                        track, ps(a.start),
                        quoted((a.write ? "write " : "read ") + register_name(a.address)),
                        fmt::format("\"address\":\"{:#x}\",\"value\":\"{:#x}\",\"cycles\":"
                                    "{},\"error\":{}",
                                    a.address, a.value, a.end - a.start, a.error));
                    events_.end(track, ps(a.end));
                }
                events_.end(track, ps(until));
            }
            from = until;
        };
        for (const SleepEdge& e : in_.recorder.sleeps()) {
            period(e.cycle);
            asleep = e.asleep;
        }
        period(in_.run.cycles);
    }

    std::string tile_args(const Span& s) const {
        const msd_tile& t = in_.recorder.tile(s);
        std::string args = fmt::format(
            "\"image\":{},\"tile\":{},\"start_cycle\":{},\"cycles\":{},\"stall_cycles\":{},"
            "\"bytes\":{},\"shape\":\"{} channels x {} x {} from {} x {} x {}\",\"EB\":{},"
            "\"split\":\"{} LUT + {} DSP\"",
            s.image, s.tile, s.start, s.end - s.start, s.stall, s.bytes, t.k_lut + t.k_dsp, t.th,
            t.tw, t.c_blocks == 0 ? 0 : (t.c_blocks - 1) * 16 + t.c_last, t.in_rows, t.in_cols,
            t.effective_bits, t.k_lut, t.k_dsp);
        if (s.unit == Unit::kExec)
            args += fmt::format(
                ",\"lut_busy_cycles\":{},\"dsp_busy_cycles\":{},\"waited_for_activations\":{},"
                "\"waited_for_weights\":{},\"waited_for_store\":{}",
                s.lut_busy, s.dsp_busy, s.wait_act, s.wait_wgt, s.wait_acc);
        return args;
    }

    // Spans of one unit with what is nested: a slice for each layer, in it its tiles.
    template <class Item, class Get>
    void nested(Track track, const std::vector<Item>& items, Get get, const Arrows* arrows) {
        for (std::size_t i = 0; i < items.size();) {
            const Span& first = *get(items[i]).span;
            std::size_t end = i;
            while (end < items.size() && get(items[end]).span->layer == first.layer &&
                   get(items[end]).span->image == first.image)
                ++end;
            const uint64_t from = get(items[i]).start, until = get(items[end - 1]).end;
            if (layer_shown_[first.layer] && shows(from, until)) {
                events_.begin(track, ps(from), names_[first.layer],
                              fmt::format("\"image\":{},\"tiles\":{},\"cycles\":{}", first.image,
                                          end - i, until - from));
                for (std::size_t n = i; n < end; ++n) {
                    const CoreSpan c = get(items[n]);
                    if (!shows(*c.span)) continue;
                    std::string args = tile_args(*c.span);
                    if (c.start != c.span->start || c.end != c.span->end ||
                        c.bytes != c.span->bytes)
                        args += fmt::format(",\"core_cycles\":{},\"core_bytes\":{}",
                                            c.end - c.start, c.bytes);
                    events_.begin(track, ps(c.start), fmt::format("\"tile {}\"", c.span->tile),
                                  args);
                    if (arrows)
                        for (const auto& [phase, id] :
                             (*arrows)[c.span - in_.recorder.spans().data()])
                            events_.flow(phase, track, ps(c.start), id);
                    events_.end(track, ps(c.end));
                }
                events_.end(track, ps(until));
            }
            i = end;
        }
    }

    bool on_track(const Span* s) const {
        return s && shows(*s) && in_.selection.shows_signal(scope(s->unit));
    }

    // load -> exec -> store of each tile, for its activations and for its weights.
    Arrows arrows() const {
        const auto& spans = in_.recorder.spans();
        Arrows result(spans.size());
        struct Parts {
            const Span *act = nullptr, *wgt = nullptr, *exec = nullptr, *store = nullptr;
        };
        std::vector<Parts> parts;
        uint64_t next_id = 1;
        const auto draw = [&](std::initializer_list<const Span*> points) {
            std::vector<const Span*> shown;
            for (const Span* s : points)
                if (on_track(s)) shown.push_back(s);
            if (shown.size() < 2) return;
            for (std::size_t i = 0; i < shown.size(); ++i)
                result[shown[i] - spans.data()].emplace_back(i == 0                  ? 's'
                                                             : i + 1 == shown.size() ? 'f'
                                                                                     : 't',
                                                             next_id);
            ++next_id;
        };
        const auto finish = [&] {
            for (std::size_t i = 0; i < parts.size(); ++i) {
                Parts& p = parts[i];
                const auto flags = in_.recorder.tile(i).flags;
                // A half that was kept came with an earlier tile.
                if (i > 0 && !(flags & MSD_TILE_LOAD_ACT)) p.act = parts[i - 1].act;
                if (i > 0 && !(flags & MSD_TILE_LOAD_WGT)) p.wgt = parts[i - 1].wgt;
                draw({p.act, p.exec, p.store});
                draw({p.wgt, p.exec});
            }
        };
        for (std::size_t i = 0; i < spans.size(); ++i) {
            const Span& s = spans[i];
            if (i == 0 || s.image != spans[i - 1].image) {
                finish();
                parts.assign(in_.recorder.tile_count(), {});
            }
            Parts& p = parts[in_.recorder.tile_index(s)];
            if (s.unit == Unit::kLoadAct) p.act = &s;
            if (s.unit == Unit::kLoadRes && !p.act) p.act = &s;  // a pool's input
            if (s.unit == Unit::kLoadWgt) p.wgt = &s;
            if (s.unit == Unit::kExec) p.exec = &s;
            if (s.unit == Unit::kStore) p.store = &s;
        }
        finish();
        return result;
    }

    void units() {
        events_.process(kAcceleratorTracks, "soc.accelerator");
        const Arrows flows = arrows();
        for (unsigned u = 0; u < kUnits; ++u) {
            const Unit unit = static_cast<Unit>(u);
            if (!in_.selection.shows_signal(scope(unit))) continue;
            const Track track{kAcceleratorTracks, u + 1};
            events_.thread(track, std::string(dma_of(unit)) + to_string(unit));
            std::vector<const Span*> spans;
            for (const Span& s : in_.recorder.spans())
                if (s.unit == unit) spans.push_back(&s);
            nested(
                track, spans,
                [](const Span* s) {
                    return CoreSpan{s, s->start, s->end, s->bytes};
                },
                &flows);
        }
    }

    void cores() {
        for (const Core core : {Core::kLut, Core::kDsp}) {
            const bool lut = core == Core::kLut;
            if (!in_.selection.shows_signal(lut ? "soc.accelerator.lut" : "soc.accelerator.dsp"))
                continue;
            const unsigned pid = lut ? kLutTracks : kDspTracks;
            events_.process(pid, lut ? "LUT core" : "DSP core");
            const CoreSpans spans = core_spans(in_.recorder, in_.device, core);
            const auto same = [](const CoreSpan& s) { return s; };
            const std::pair<const char*, const std::vector<CoreSpan>*> tracks[] = {
                {"load", &spans.load}, {"execute", &spans.execute}, {"store", &spans.store}};
            for (unsigned i = 0; i < 3; ++i) {
                events_.thread({pid, i + 1}, tracks[i].first);
                nested({pid, i + 1}, *tracks[i].second, same, nullptr);
            }
        }
    }

    void banks() {
        if (in_.banks() == 0 || !in_.selection.shows_signal("soc.dram")) return;
        events_.process(kDramTracks, "soc.dram");
        for (unsigned b = 0; b < in_.banks(); ++b)
            events_.thread({kDramTracks, b + 1}, fmt::format("bank {}", b));
        std::size_t n = 0;
        std::string name, args;
        for (const RowSpan& row : in_.recorder.rows()) {
            const uint64_t start = in_.dram_ps(row.open), end = in_.dram_ps(row.close);
            if (!shows(start / in_.period_ps, end / in_.period_ps) || n++ % stride_ != 0) continue;
            name.assign("\"row ").append(fmt::format_int(row.row).c_str()).append("\"");
            args.assign("\"columns\":").append(fmt::format_int(row.columns).c_str());
            events_.begin({kDramTracks, row.bank + 1}, start, name, args);
            events_.end({kDramTracks, row.bank + 1}, end);
        }
    }

    const TraceInput& in_;
    uint32_t stride_;
    std::vector<std::string> names_;
    std::vector<bool> layer_shown_;
    TraceEvents events_;
};

}  // namespace

std::vector<std::string> trace_scopes(unsigned banks) {
    std::vector<std::string> scopes{"soc.irq", "soc.cpu"};
    for (unsigned u = 0; u < kUnits; ++u) scopes.push_back(scope(static_cast<Unit>(u)));
    for (const char* part : {"lut", "dsp", "buffers", "lists", "dma_a", "dma_w", "dma_s"})
        scopes.push_back(std::string("soc.accelerator.") + part);
    scopes.push_back("soc.dram");
    for (unsigned b = 0; b < banks; ++b) scopes.push_back(fmt::format("soc.dram.bank{}", b));
    return scopes;
}

std::string perfetto_json(const TraceInput& input, std::size_t max_bytes) {
    constexpr uint32_t kLargestStride = 1u << 20;
    for (uint32_t stride = 1;; stride *= 2) {
        Writer writer(input, stride);
        std::string text = writer.write();
        if (writer.slices() == 0)
            throw EmptyTrace(fmt::format(
                "nothing happened in cycles {} to {}; the run took {} cycles",
                input.selection.from_cycle, input.selection.to_cycle, input.run.cycles));
        if (text.size() <= max_bytes || stride == kLargestStride) return text;
    }
}

}  // namespace msd::platform
