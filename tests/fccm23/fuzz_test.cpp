// Damaged tables, schedules, hardware descriptions and cost tables: read or refused with a place,
// never anything else.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "codesign/array_size/size.h"
#include "codesign/msd_fccm23/instructions.h"
#include "codesign/msd_fccm23/schedule.h"
#include "codesign/schedule_view/view.h"
#include "network/graph.h"
#include "network/random.h"

namespace {

using namespace msd;

class Fuzzer {
public:
    Fuzzer(const std::string& ending, uint64_t seed)
        : path_((std::filesystem::temp_directory_path() /
                 ("fccm23_fuzz_" + std::to_string(getpid()) + ending))
                    .string()),
          random_(seed) {}
    ~Fuzzer() { std::filesystem::remove(path_); }

    // Reads `rounds` damaged versions of the text; a refusal must name the file.
    void run(const std::string& good, int rounds,
             const std::function<void(const std::string&)>& read) {
        for (int n = 0; n < rounds; ++n) {
            std::string text = good;
            for (int i = 1 + static_cast<int>(random_.next() % 3); i > 0; --i) damage(text);
            std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
            INFO(text);
            try {
                read(path_);
                ++read_;
            } catch (const fccm23::InputError& error) {
                refused(error.what());
            } catch (const network::ImportError& error) {
                refused(error.what());
            } catch (const array_size::SizeError& error) {
                refused(error.what());
            } catch (const std::invalid_argument& error) {
                refused(error.what());
            }
        }
        CHECK(read_ > rounds / 40);
        CHECK(refused_ > rounds / 4);
    }

private:
    void damage(std::string& text) {
        static const char kLetters[] = "0123456789,|=[]. \n-_a\r\xff";
        static const char* const kNumbers[] = {
            "0", "-1", "99999999999999999999", "1e9", "2147483648", "65536", "nan", ""};
        if (text.empty()) return;
        const std::size_t at = random_.next() % text.size();
        switch (random_.next() % 8) {
            case 0:
                text.resize(at);
                break;
            case 1:  // a line twice
            {
                const std::size_t from = text.rfind('\n', at) + 1;
                text.insert(from, text.substr(from, text.find('\n', from) - from + 1));
                break;
            }
            case 2:
            case 3: {  // another number
                const std::size_t digit = text.find_first_of("0123456789", at);
                if (digit == std::string::npos) break;
                const std::size_t end = text.find_first_not_of("0123456789", digit);
                text.replace(digit, std::min(end, text.size()) - digit,
                             kNumbers[random_.next() % 8]);
                break;
            }
            default:
                text[at] = kLetters[random_.next() % (sizeof kLetters - 1)];
        }
    }

    void refused(const std::string& message) {
        ++refused_;
        INFO(message);
        CHECK(message.find(path_) == 0);
        CHECK(message.size() > path_.size() + 10);
        CHECK(message.find('\n') == std::string::npos);
    }

    std::string path_;
    network::SplitMix random_;
    int read_ = 0, refused_ = 0;
};

// Errors behind the reader (a field too wide for its instruction word) need not name a file.
void use(const std::vector<fccm23::ScheduleRow>& rows) {
    CHECK(fccm23::to_csv(rows).size() > 10);
    for (const fccm23::ScheduleRow& row : rows) CHECK(row.tile_macs() > 0);
    try {
        const auto list = fccm23::commands(rows, fccm23::published_host_array("ultra96"));
        CHECK(fccm23::run_cycles(list, fccm23::InstructionFormat::k128) > 0);
        for (const auto format : {fccm23::InstructionFormat::k128, fccm23::InstructionFormat::k64})
            CHECK(fccm23::decode(fccm23::encode(list, format), format).size() == rows.size());
    } catch (const fccm23::InputError& error) {
        CHECK(std::string(error.what()).find("do not fit the instruction word") !=
              std::string::npos);
    }
}

}  // namespace

TEST_CASE("fccm23: damaged published schedules are read or refused with their line") {
    Fuzzer fuzzer(".csv", 1);
    fuzzer.run(
        "Conv1, 116817, 64, 1, 3, 1, 16, 7, 7, 2, 0.5,2, memory bound\n"
        "Conv2, 1200.0, 1, 1, 24, 4, 14, 4, 3, 1, 0.25, 2, compute bound\n"
        "FC, 31460, 50, 20, 32, 16, 1, 1, 1, 1, 0.2,3, memory bound\n",
        3000, [](const std::string& path) { use(fccm23::read_schedule(path)); });
}

TEST_CASE("fccm23: damaged hardware descriptions are read or refused with their line") {
    Fuzzer fuzzer(".ini", 2);
    fuzzer.run(
        "[system]\nhardware_bandwidth = 16\nhardware_frequency = 214000000\n\n[array]\nbs_rows = "
        "48\n"
        "bs_cols = 48\nbp_rows = 16\nbp_cols = 16\nbs_ifm_bram18 = 4\nbs_wgt_bram18 = 4\n"
        "bs_ofm_bram18 = 4\nbp_ifm_bram18 = 4\nbp_wgt_bram18 = 4\nbp_ofm_bram18 = 4\n",
        3000, [](const std::string& path) {
            const fccm23::HardwareDescription hw = fccm23::read_hardware(path);
            hw.check();
            CHECK(hw.lut_depths().weights > 0);
        });
}

TEST_CASE("fccm23: damaged layer tables are read or refused with their line") {
    Fuzzer fuzzer(".csv", 3);
    fuzzer.run(
        "name,ifh,ifw,fh,fw,C,K,stride,\na,18,18,3,3,16,32,1,\nb,16,16,3,3,1,32,2,\n"
        "Encoder_0_x,1,1,1,1,64,32,1,\nyDP,9,9,3,3,2,4,1,\n",
        3000, [](const std::string& path) {
            for (const fccm23::LayerShape& layer : fccm23::read_layers(path)) {
                layer.check();
                CHECK(layer.macs() > 0);
            }
        });
}

TEST_CASE("schedule_view: damaged schedules of our style are read or refused with their line") {
    Fuzzer fuzzer(".csv", 4);
    fuzzer.run(
        "layer,kind,k,c,h,w,k_tiles,c_tiles,h_tiles,w_tiles,order,lut_channels,dsp_channels,"
        "effective_bits,bound,predicted_cycles\n"
        "Conv1,conv,64,3,112,112,1,1,23,7,activation,16,48,2,compute,127826\n"
        "Conv1_pool,pool,64,64,56,56,4,1,14,1,activation,0,0,2,compute,76184\n"
        "FC,fc,1000,512,1,1,21,1,1,1,activation,0,1000,2,load,33525\n",
        3000, [](const std::string& path) {
            const schedule_view::View view = schedule_view::read_view(path);
            CHECK(schedule_view::table(view).size() > 100);
            CHECK(schedule_view::comparison(view, view).find("1.00") != std::string::npos);
        });
}

TEST_CASE("array_size: damaged cost tables are read or refused with their line") {
    Fuzzer fuzzer(".md", 5);
    fuzzer.run(
        "# RTL\n\n| module | LUT | FF | DSP48E1 |\n|---|---|---|---|\n| `lut_pe` | 82 | 46 | 0 |\n"
        "| `dsp_pe` | 82 | 44 | 1 |\n| fixed | 9000 | 8000 | 0 |\n\nText.\n",
        3000, [](const std::string& path) {
            const array_size::Costs costs = array_size::read_costs(path);
            CHECK(costs.lut_pe_luts > 0);
            CHECK(costs.dsp_pe_ffs > 0);
        });
}
