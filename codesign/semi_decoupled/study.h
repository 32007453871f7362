// The networks and the hardware points of a study, and what each network costs on each point.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "codesign/explore/store.h"
#include "codesign/maestro/batch.h"
#include "codesign/semi_decoupled/platform_cost.h"

namespace msd::semi_decoupled {

struct MaestroPoint {  // the cost model's array under one dataflow
    maestro::Template dataflow;
    maestro::Hardware hardware;
};

struct Point {
    std::string name;
    std::variant<MaestroPoint, Device> hardware;
    bool platform() const { return hardware.index() == 1; }
};

struct NetworkEntry {
    std::string name;
    int64_t macs = 0, weights = 0;
    double entropy = 0;  // sum of log(fan-in) over the layers on maps of more than one pixel
    double score = 0;    // what is maximised: an accuracy, or its proxy
};

class Study {
public:
    // mode: of the cost model. with_platform: points of the project's own accelerator will come.
    Study(maestro::Mode mode, bool with_platform);

    // Throws maestro::InputError for a layer that its file's reader refused.
    void add(const maestro::Network& network);
    void add(Point point) { points_.push_back(std::move(point)); }

    const std::vector<NetworkEntry>& networks() const { return networks_; }
    std::vector<NetworkEntry>& networks() { return networks_; }
    const std::vector<Point>& points() const { return points_; }
    std::size_t distinct_shapes() const { return sweep_.shapes(); }
    uint64_t layers() const { return sweep_.layers(); }

    // Depends on all that decides a cost: names, layers, hardware, mode; not on scores.
    std::string fingerprint() const;

    // Of some networks on one point; from any thread.
    std::vector<explore::Row> costs(uint32_t point, const std::vector<uint32_t>& networks) const;

    // The same as bytes, for explore::Pool: a task names a point and networks.
    static std::string task(uint32_t point, const std::vector<uint32_t>& networks);
    static void parse(const std::string& task, uint32_t& point, std::vector<uint32_t>& networks);
    std::string compute(const std::string& task) const;
    static std::vector<explore::Row> rows(const std::string& result);

private:
    std::vector<explore::Row> platform_costs(uint32_t point,
                                             const std::vector<uint32_t>& networks) const;

    maestro::Mode mode_;
    maestro::Sweep sweep_;
    std::unique_ptr<maestro::Sweep> padded_;  // shapes with padding and dilation, whatever the mode
    std::vector<NetworkEntry> networks_;
    std::vector<Point> points_;
    mutable std::mutex mutex_;
    mutable std::map<uint32_t, std::unordered_map<uint32_t, LayerCycles>>
        known_;  // by point and shape
};

// Weights of a layer, as a framework counts them, without biases.
int64_t weights_of(const maestro::Shape& shape);

}  // namespace msd::semi_decoupled
