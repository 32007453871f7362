#include "platform/soc/cpu_work.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "firmware/cpu_ops.h"
#include "network/random.h"

namespace msd::platform {
namespace {

constexpr char kPrefix[] = "msd.cpu:";
constexpr std::size_t kTablesAt = 0x1000, kTableBytes = 0x2000, kMapsAt = 0x8000;

struct Kind {
    const char* name;
    uint32_t op;
};
constexpr Kind kKinds[] = {{"softmax", MSD_CPU_SOFTMAX},
                           {"layer_norm", MSD_CPU_LAYER_NORM},
                           {"gelu", MSD_CPU_LOOKUP},
                           {"keys", MSD_CPU_COPY},
                           {"values", MSD_CPU_TRANSPOSE}};

uint32_t op_of(const std::string& name) {
    for (const Kind& k : kKinds)
        if (name == k.name) return k.op;
    return 0;
}

std::size_t align(std::size_t bytes) {
    return (bytes + 255) / 256 * 256;
}

// Tables of any network: exponentials of a scale of 1/16, gains about 32, GELU of a scale of 1/32.
void write_table(uint32_t op, uint8_t* at) {
    for (int i = 0; i < 256; ++i) {
        if (op == MSD_CPU_SOFTMAX) {
            const auto e = static_cast<uint16_t>(std::lround(32768 * std::exp(-i / 16.0)));
            std::memcpy(at + 2 * i, &e, 2);
        } else if (op == MSD_CPU_LOOKUP) {
            const double x = (i - 128) / 32.0;
            at[i] = static_cast<uint8_t>(std::lround(16 * x * (1 + std::erf(x / std::sqrt(2.0)))));
        }
    }
    if (op == MSD_CPU_LAYER_NORM)
        for (int c = 0; c < 1024; ++c) {
            const msd_cpu_gain gain{c % 7, static_cast<int16_t>(900 + c % 64), 0};
            std::memcpy(at + c * sizeof gain, &gain, sizeof gain);
        }
}

}  // namespace

std::vector<CpuWork> cpu_work_of(const network::Graph& graph) {
    std::vector<CpuWork> all;
    for (const auto& [key, value] : graph.metadata) {
        if (key.compare(0, sizeof kPrefix - 1, kPrefix) != 0) continue;
        CpuWork w;
        w.name = key.substr(sizeof kPrefix - 1);
        char rest = 0;
        const int read =
            std::sscanf(value.c_str(), "%ux%ux%u%c", &w.times, &w.rows, &w.channels, &rest);
        if (op_of(w.name) == 0 || read != 3 || w.times == 0 || w.rows == 0 || w.rows > 65536 ||
            w.channels == 0 || w.channels > MSD_CPU_MOST_CHANNELS)
            throw std::invalid_argument(
                fmt::format("network {}: metadata {} = '{}'; it must be softmax, layer_norm, gelu, "
                            "keys or values, and TIMESxROWSxCHANNELS, at most {} channels",
                            graph.name, key, value.substr(0, 40), MSD_CPU_MOST_CHANNELS));
        all.push_back(std::move(w));
    }
    return all;
}

void measure(Soc& soc, std::vector<CpuWork>& work) {
    if (work.empty()) return;
    scheduler::Program program;
    std::vector<uint8_t>& image = program.image;
    std::size_t end = kMapsAt;
    for (const CpuWork& w : work) {
        const std::size_t rows = (w.rows + 15) / 16 * 16;
        end += 2 * align(rows * ((w.channels + 15) / 16) * 16);
    }
    image.resize(end);
    network::Random random(1, 0x637075);
    for (std::size_t i = kMapsAt; i + 8 <= end; i += 8) {
        const uint64_t bits = random.next();
        std::memcpy(image.data() + i, &bits, 8);
    }
    const uint32_t header[2] = {MSD_CPU_JOBS_MAGIC, static_cast<uint32_t>(work.size())};
    std::memcpy(image.data(), header, sizeof header);
    const auto job_at = [](std::size_t i) { return sizeof header + i * sizeof(msd_cpu_job); };
    std::size_t at = kMapsAt;
    for (std::size_t i = 0; i < work.size(); ++i) {
        const CpuWork& w = work[i];
        const std::size_t rows = (w.rows + 15) / 16 * 16;
        const std::size_t bytes = align(rows * ((w.channels + 15) / 16) * 16);
        const std::size_t table = kTablesAt + std::min<std::size_t>(i, 2) * kTableBytes;
        msd_cpu_job job{};
        job.op = op_of(w.name);
        job.rows = w.rows;
        job.length = w.channels;
        job.in = static_cast<uint32_t>(MSD_PROGRAM_BASE + at);
        job.out = static_cast<uint32_t>(MSD_PROGRAM_BASE + at + bytes);
        job.stride = static_cast<uint32_t>(rows * 16);
        job.table = static_cast<uint32_t>(MSD_PROGRAM_BASE + table);
        write_table(job.op, image.data() + table);
        std::memcpy(image.data() + job_at(i), &job, sizeof job);
        at += 2 * bytes;
    }
    const RunResult result = soc.run(program, {}, 10'000'000'000, {});
    if (result.ending != Ending::kFinished)
        throw std::runtime_error("the CPU's part of the network: " + result.message);
    for (std::size_t i = 0; i < work.size(); ++i) {
        msd_cpu_job job;
        std::memcpy(&job, soc.dram().data(MSD_PROGRAM_BASE + job_at(i), sizeof job), sizeof job);
        work[i].cycles = uint64_t{job.cycles} * work[i].times;
    }
}

}  // namespace msd::platform
