// An independent checker of the JEDEC rules watches the command pins under random traffic.
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "tests/dram/timing_bench.h"

using namespace msd::test;

namespace {

// Keeps every command and checks each pair it can be wrong against; knows nothing of the
// controller's bookkeeping.
class JedecChecker {
public:
    explicit JedecChecker(const DramTimingConfig& config) : c_(config) {}

    void add(const DramCommand& command) { commands_.push_back(command); }

    // Rules broken, by name.
    std::map<std::string, unsigned> check() {
        std::stable_sort(commands_.begin(), commands_.end(), [](const auto& a, const auto& b) {
            return a.clock != b.clock ? a.clock < b.clock : rank(a.kind) < rank(b.kind);
        });
        for (const DramCommand& command : commands_) step(command);
        return broken_;
    }
    size_t commands() const { return commands_.size(); }

private:
    using Kind = DramCommand::Kind;
    struct State {
        bool open = false;
        uint32_t row = 0;
        int64_t activate = kLongAgo, precharge = kLongAgo, read = kLongAgo, write = kLongAgo;
    };
    static constexpr int64_t kLongAgo = -1'000'000;

    static int rank(Kind kind) {
        return kind == Kind::kPrecharge || kind == Kind::kPrechargeAll ? 0 : 1;
    }
    int64_t clocks(const JedecTime& t) const {
        const double exact = t.ps * 1000.0 / static_cast<double>(c_.clock_fs);
        auto whole = static_cast<int64_t>(exact);
        if (static_cast<double>(whole) < exact - 1e-9) ++whole;
        return std::max<int64_t>(whole, t.clocks);
    }
    void need(const char* rule, int64_t now, int64_t since, int64_t distance) {
        if (now < since + distance) ++broken_[rule];
    }
    void step(const DramCommand& command) {
        const auto now = static_cast<int64_t>(command.clock);
        State& bank = banks_[{command.bank, command.group}];
        const int64_t burst = c_.burst_length / 2;
        need("tRFC", now, refresh_, clocks(c_.tRFC));
        switch (command.kind) {
            case Kind::kActivate: {
                if (bank.open) ++broken_["ACT on an open bank"];
                need("tRC", now, bank.activate, clocks(c_.tRC));
                need("tRP", now, bank.precharge, clocks(c_.tRP));
                need("tRRD", now, last_activate_, clocks(c_.tRRD));
                need("tRRD_L", now, group_activate_[command.group], clocks(c_.tRRD_L));
                window_.push_back(now);
                if (window_.size() > 4) {
                    need("tFAW", now, window_.front(), clocks(c_.tFAW));
                    window_.pop_front();
                }
                bank.open = true;
                bank.row = command.row;
                bank.activate = last_activate_ = now;
                group_activate_[command.group] = now;
                break;
            }
            case Kind::kPrecharge:
                precharge(bank, now);
                break;
            case Kind::kPrechargeAll:
                for (auto& [key, b] : banks_)
                    if (b.open) precharge(b, now);
                last_precharge_all_ = now;
                break;
            case Kind::kRead:
            case Kind::kWrite: {
                const bool write = command.kind == Kind::kWrite;
                if (!bank.open || bank.row != command.row) ++broken_["column in a closed row"];
                need("tRCD", now, bank.activate, clocks(c_.tRCD));
                need("tCCD", now, last_column_, c_.tCCD);
                need("tCCD_L", now, group_column_[command.group], clocks(c_.tCCD_L));
                const int64_t delay = write ? c_.CWL : c_.CL + clocks({c_.tDQSCK_ps, 0});
                if (now + delay < bus_free_) ++broken_["data bus"];
                if (write && !last_write_)
                    need("turnaround", now + delay, bus_free_, c_.turnaround_clocks);
                if (!write) need("tWTR", now, write_data_end_, clocks(c_.tWTR));
                bus_free_ = now + delay + burst;
                if (write) write_data_end_ = bus_free_;
                (write ? bank.write : bank.read) = now;
                last_write_ = write;
                last_column_ = group_column_[command.group] = now;
                break;
            }
            case Kind::kRefresh:
                for (auto& [key, b] : banks_) {
                    if (b.open) ++broken_["REF with an open row"];
                    need("tRP before REF", now, b.precharge, clocks(c_.tRP));
                }
                need("tRPab", now, last_precharge_all_, clocks(c_.tRPab));
                if (refresh_ != kLongAgo) longest_ = std::max(longest_, now - refresh_);
                refresh_ = now;
                break;
        }
        if (longest_ > 9 * clocks(c_.tREFI)) ++broken_["tREFI"];
    }
    void precharge(State& bank, int64_t now) {
        need("tRAS", now, bank.activate, clocks(c_.tRAS));
        need("tRTP", now, bank.read, clocks(c_.tRTP));
        need("tWR", now, bank.write + c_.CWL + c_.burst_length / 2, clocks(c_.tWR));
        bank.open = false;
        bank.precharge = now;
    }

    const DramTimingConfig c_;
    std::vector<DramCommand> commands_;
    std::map<std::pair<unsigned, unsigned>, State> banks_;
    std::map<unsigned, int64_t> group_activate_{{0, kLongAgo}, {1, kLongAgo}};
    std::map<unsigned, int64_t> group_column_{{0, kLongAgo}, {1, kLongAgo}};
    std::deque<int64_t> window_;
    int64_t last_activate_ = kLongAgo, last_column_ = kLongAgo, last_precharge_all_ = kLongAgo;
    int64_t refresh_ = kLongAgo, bus_free_ = 0, write_data_end_ = kLongAgo, longest_ = 0;
    bool last_write_ = false;
    std::map<std::string, unsigned> broken_;
};

// Traffic with hits, conflicts, row crossings, idle times and both directions; checked against
// `rules`.
std::map<std::string, unsigned> watch(const DramTimingConfig& config, const DramTimingConfig& rules,
                                      uint64_t seed) {
    DramTiming dram(config);
    JedecChecker checker(rules);
    dram.on_command = [&](const DramCommand& command) { checker.add(command); };
    Random random(seed);
    uint64_t now = 0;
    uint64_t stream[4] = {0, 1 << 20, 2 << 20, 3 << 20};
    for (unsigned i = 0; i < 20000; ++i) {
        const unsigned phase = i / 2500;  // busy and quiet phases
        now += random(phase % 2 ? 400'000 : 30'000);
        const auto m = static_cast<unsigned>(random(4));
        if (random(8) == 0) stream[m] = random(1 << 16) * 512ull;
        const uint32_t bytes = random(4) == 0 ? 16 * (1 + random(16)) : 256;
        dram.submit({i, m, stream[m], bytes, m == kMasterS || (m == kMasterCpu && random(2)), now});
        stream[m] += bytes;
        dram.advance(now, [](const DramRequest&, const DramCompletion&) {});
    }
    dram.advance(kNever - 1, [](const DramRequest&, const DramCompletion&) {});
    REQUIRE(checker.commands() > 50'000);
    REQUIRE(dram.stats().row_conflicts > 500);
    REQUIRE(dram.stats().refreshes > 100);
    return checker.check();
}

const std::vector<AddressMapping> kMappings{AddressMapping::kRowBankColumn,
                                            AddressMapping::kRowBankColumnXor,
                                            AddressMapping::kRowColumnBank};

}  // namespace

TEST_CASE("dram: random traffic breaks no JEDEC rule") {
    for (const char* preset : {"ddr3_1050_x16", "lpddr4_x32", "ddr4_2133_x64"}) {
        for (AddressMapping mapping : kMappings) {
            DramTimingConfig config = dram_preset(preset);
            config.mapping = mapping;
            for (const auto& [rule, count] : watch(config, config, 1 + static_cast<int>(mapping)))
                FAIL_CHECK(preset << ": " << rule << " broken " << count << " times");
        }
    }
}

TEST_CASE(
    "dram: the JEDEC checker sees each timing that the controller takes one clock too short") {
    const DramTimingConfig right = dram_preset("ddr4_2133_x64");
    const auto longer = [&](JedecTime& t) {
        t = {t.ps + static_cast<uint32_t>(right.clock_fs / 1000) + 1, t.clocks + 1};
    };
    const std::vector<std::pair<const char*, JedecTime DramTimingConfig::*>> timings{
        {"tRCD", &DramTimingConfig::tRCD},   {"tRP", &DramTimingConfig::tRP},
        {"tRPab", &DramTimingConfig::tRPab}, {"tRAS", &DramTimingConfig::tRAS},
        {"tRC", &DramTimingConfig::tRC},     {"tRRD", &DramTimingConfig::tRRD},
        {"tFAW", &DramTimingConfig::tFAW},   {"tWR", &DramTimingConfig::tWR},
        {"tWTR", &DramTimingConfig::tWTR},   {"tRTP", &DramTimingConfig::tRTP},
        {"tRFC", &DramTimingConfig::tRFC},
    };
    for (const auto& [name, member] : timings) {
        DramTimingConfig strict = right;
        longer(strict.*member);
        const auto broken = watch(right, strict, 7);
        INFO(name);
        CHECK(broken.count(name) == 1);
    }
    DramTimingConfig strict = right;
    strict.tCCD = 5;
    CHECK(watch(right, strict, 7).count("tCCD") == 1);
    strict = right;
    strict.turnaround_clocks = 3;
    CHECK(watch(right, strict, 7).count("turnaround") == 1);
}
