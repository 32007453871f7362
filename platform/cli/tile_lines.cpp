// Lines of --verbose.
#include "platform/cli/tile_lines.h"

#include <fmt/format.h>

#include <utility>

namespace msd::platform {

TileLines::TileLines(const scheduler::Program& program) : program_(program) {
    fmt::print("{:>5}  {:<20} {:>5} {:>11} {:>11} {:>11} {:>9} {:>9} {:>9} {:>9}\n", "image",
               "layer", "tile", "load from", "exec from", "done", "wait act", "wait wgt",
               "wait acc", "bytes");
}

void TileLines::add(uint32_t image, const accelerator::UnitSpan& s, bool print) {
    using accelerator::Unit;
    Tile& t = tiles_[s.tile];
    t.bytes += s.bytes;
    const bool loads =
        s.unit == Unit::kLoadAct || s.unit == Unit::kLoadWgt || s.unit == Unit::kLoadRes;
    if (loads && (t.load_start == 0 || s.start < t.load_start)) t.load_start = s.start;
    if (s.unit == Unit::kExec) {
        t.exec_start = s.start;
        t.exec_end = s.end;
        t.wait_act = s.wait_act;
        t.wait_wgt = s.wait_wgt;
        t.wait_acc = s.wait_acc;
    }
    if (s.unit != Unit::kStore) return;
    // Everything up to the stored tile is done: partial sums leave with the last of them.
    while (!tiles_.empty() && tiles_.begin()->first <= s.tile) {
        const auto [index, tile] = *tiles_.begin();
        tiles_.erase(tiles_.begin());
        if (!print) continue;
        std::size_t layer = 0;
        while (layer + 1 < program_.layers.size() && program_.layers[layer + 1].first_tile <= index)
            ++layer;
        const auto& l = program_.layers[layer];
        const uint64_t done = index == s.tile ? s.end : tile.exec_end;
        fmt::print("{:>5}  {:<20.20} {:>5} {:>11} {:>11} {:>11} {:>9} {:>9} {:>9} {:>9}\n", image,
                   l.name, index - l.first_tile, tile.load_start, tile.exec_start, done,
                   tile.wait_act, tile.wait_wgt, tile.wait_acc, tile.bytes);
    }
}

}  // namespace msd::platform
