// Layer tables: what is read, what is put back, what is refused.
#include <catch2/catch.hpp>

#include "network/random_weights.h"
#include "network/reference.h"
#include "tests/network/files.h"
#include "tests/support.h"

using namespace msd;
using namespace msd::network;

namespace {

const std::string kHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n";
const std::string kPadHeader =
    "name,ifh,ifw,fh,fw,C,K,stride,pad_top,pad_left,pad_bottom,pad_right\n";

Graph read(const std::string& text, uint64_t seed = 1, bool same_padding = true) {
    const test::Folder folder;
    CsvOptions options;
    options.seed = seed;
    options.same_padding = same_padding;
    return read_topology_csv(folder.write("net.csv", text), options);
}

// The message behind "…/net.csv:".
std::string complaint(const std::string& text, bool same_padding = true) {
    try {
        read(text, 1, same_padding);
    } catch (const ImportError& error) {
        const std::string what = error.what();
        const std::size_t at = what.find("net.csv:");
        return at == std::string::npos ? "no file name: " + what : what.substr(at + 8);
    }
    return "accepted";
}

LayerId find(const Graph& g, const std::string& name) {
    for (const LayerId id : g.order()) {
        if (g[id].name == name) return id;
    }
    FAIL("no layer " << name);
    return 0;
}

int64_t macs(const Graph& g) {
    int64_t sum = 0;
    for (const LayerId id : g.order()) sum += g.macs(id);
    return sum;
}

int count(const Graph& g, Op op) {
    int n = 0;
    for (const LayerId id : g.order()) n += g[id].op == op;
    return n;
}

// Every tensor uses its grid: neither nearly constant nor nearly all at its ends. A Relu's zeros
// are its own business.
void check_lively(const Graph& g) {
    Tensor8 input(g[g.input()].shape.elements());
    SplitMix random(3);
    for (int8_t& q : input) q = static_cast<int8_t>(random.next());
    const std::vector<Tensor8> v = evaluate(g, input);
    for (const LayerId id : g.order()) {
        int extreme = 0, lowest = 127, highest = -128;
        for (const int8_t q : v[id]) {
            extreme += q == 127 || (q == -128 && g[id].real_lo < 0);
            lowest = std::min<int>(lowest, q);
            highest = std::max<int>(highest, q);
        }
        INFO(g[id].name);
        CHECK(extreme < static_cast<int>(v[id].size()) / 5);
        CHECK(highest - lowest > 100);
    }
}

}  // namespace

TEST_CASE("ResNet-18's table becomes the real network of 1814 million MACs") {
    if (!test::have_data("msd/models/resnet18.csv")) return;
    const Graph g = read_network(test::data_path("msd/models/resnet18.csv"), 1);
    CHECK(macs(g) == 1814073344);
    CHECK(count(g, Op::kConv) == 21);
    CHECK(count(g, Op::kAdd) == 8);
    const Layer& stem = g[find(g, "Conv1")];
    CHECK(stem.shape == Shape{64, 112, 112});
    CHECK(stem.window.pad_top == 3);
    CHECK(stem.window.pad_bottom == 2);  // the third row would be read by no window
    const Layer& pool = g[find(g, "Conv1_pool")];
    CHECK(pool.window.kernel_h == 3);
    CHECK(pool.window.pad_top == 1);
    CHECK(g.inputs(find(g, "Conv2_1b_add")) ==
          std::vector<LayerId>{find(g, "Conv2_1b"), find(g, "Conv1_pool")});
    CHECK(g.inputs(find(g, "Conv3_s")) == std::vector<LayerId>{find(g, "Conv2_2b_add")});
    CHECK(g.inputs(find(g, "Conv3_1a")) == std::vector<LayerId>{find(g, "Conv2_2b_add")});
    CHECK(g.inputs(find(g, "Conv3_s_add")) ==
          std::vector<LayerId>{find(g, "Conv3_1b"), find(g, "Conv3_s")});
    CHECK(g[g.output()].shape == Shape{1000, 1, 1});
}

TEST_CASE("MobileNet-V2's table becomes 301 million MACs with ten residual sums") {
    if (!test::have_data("msd/models/mobilenetv2.csv")) return;
    const Graph g = read_network(test::data_path("msd/models/mobilenetv2.csv"), 1);
    CHECK(macs(g) == 300774272);
    CHECK(count(g, Op::kAdd) == 10);
    CHECK(g[find(g, "Conv2")].groups == 32);
    CHECK(g[find(g, "Conv9")].real_lo < 0);  // a linear bottleneck
    CHECK(g.inputs(find(g, "Conv9_add")) ==
          std::vector<LayerId>{find(g, "Conv9"), find(g, "Conv6")});
}

TEST_CASE("VGG-16's table gets its pools and a classifier over the flattened map") {
    if (!test::have_data("msd/models/vgg16.csv")) return;
    const Graph g = read_network(test::data_path("msd/models/vgg16.csv"), 1);
    CHECK(macs(g) == 15470264320);
    CHECK(count(g, Op::kMaxPool) == 5);
    CHECK(g[find(g, "Conv14")].window.kernel_h == 7);
}

TEST_CASE("ResNet-50's table gets its sixteen sums, and pools where its strides are missing") {
    if (!test::have_data("msd/models/resnet50.csv")) return;
    const Graph g = read_network(test::data_path("msd/models/resnet50.csv"), 1);
    CHECK(count(g, Op::kAdd) == 16);
    CHECK(g.inputs(find(g, "layer_64_1_conv3_add")) ==
          std::vector<LayerId>{find(g, "layer_64_1_conv3"), find(g, "layer_64_1_conv4")});
    CHECK(g.inputs(find(g, "layer_64_2_conv3_add")) ==
          std::vector<LayerId>{find(g, "layer_64_2_conv3"), find(g, "layer_64_1_conv3_add")});
}

TEST_CASE("drawn networks keep their activations lively to the last layer") {
    check_lively(read(
        kHeader +
        "c1,32,32,3,3,3,16,1,\nb_1a,32,32,3,3,16,16,1,\nb_1b,32,32,3,3,16,16,1,\n"
        "c2,32,32,3,3,16,32,2,\nd,16,16,3,3,1,32,1,\np,16,16,1,1,32,64,1,\nfc,1,1,1,1,64,10,1,\n"));
    if (test::have_data("msd/models/resnet18.csv")) {
        check_lively(read_network(test::data_path("msd/models/resnet18.csv"), 1));
    }
    if (test::have_data("msd/models/mobilenetv2.csv")) {
        check_lively(read_network(test::data_path("msd/models/mobilenetv2.csv"), 2));
    }
}

TEST_CASE("the seed decides the weights and nothing else does") {
    const std::string table = kHeader + "a,8,8,3,3,3,4,1,\nb,8,8,3,3,4,4,1\n";
    const Graph one = read(table, 5), two = read(table, 5), other = read(table, 6);
    CHECK(one[1].weights.q == two[1].weights.q);
    CHECK(one[2].weights.bias_q == two[2].weights.bias_q);
    CHECK(one[1].weights.q != other[1].weights.q);
    SplitMix random(1234567);  // the generator's published test vector
    CHECK(random.next() == 6457827717110365317u);
    CHECK(random.next() == 3203168211198807973u);
    CHECK(int{one[1].weights.q[0]} ==
          -120);  // computed apart: drawn as -125, its filter sums to -112 of 27
}

TEST_CASE("padding is what the next row needs, and same padding otherwise") {
    const Graph valid = read(kHeader + "a,8,8,3,3,3,4,1,\nb,6,6,1,1,4,4,1,\n");
    CHECK(valid[1].window.pad_top == 0);
    CHECK(valid[1].shape == Shape{4, 6, 6});
    const Graph same = read(kHeader + "a,8,8,3,3,3,4,1,\nb,8,8,1,1,4,4,1,\n");
    CHECK(same[1].window.pad_top == 1);
    CHECK(same[1].window.pad_bottom == 1);
    const Graph last = read(kHeader + "a,8,10,5,5,3,4,2,\n");
    CHECK(last[1].shape == Shape{4, 4, 5});
}

TEST_CASE("explicit padding is taken as it stands") {
    const Graph g = read(kPadHeader + "a,8,8,3,3,3,4,1,1,0,0,2\n");
    CHECK(g[1].window.pad_top == 1);
    CHECK(g[1].window.pad_right == 2);
    CHECK(g[1].shape == Shape{4, 7, 8});
    CHECK(macs(g) == 4 * 56 * 27);
}

TEST_CASE("without same padding rows must fit each other as they stand") {
    CHECK(read(kHeader + "a,8,8,3,3,3,4,1,\nb,6,6,3,3,4,4,1,\n", 1, false)[2].shape ==
          Shape{4, 4, 4});
    CHECK(complaint(kHeader + "a,8,8,3,3,3,4,1,\nb,8,8,3,3,4,4,1,\n", false) ==
          "3: layer 'b': reads 4x8x8, but the layers before it give 4x6x6; a row must read the "
          "output of an earlier one, or "
          "what a pool makes of the previous one's");
}

TEST_CASE("a table's mistakes are named with file and line") {
    CHECK(complaint("") == " holds no layers; a header and a line a layer are expected");
    CHECK(complaint("a,8,8,3,3,3,4,1\n")
              .find("1: the first line holds numbers; it must be a header") == 0);
    CHECK(complaint("name,a,b\n").find("1: the header has 3 columns; it must have 8") == 0);
    CHECK(complaint("n,h,w,fh,fw,C,K,s,pad_top,pad_left,pad_right,pad_bottom\n") ==
          "1: column 11 is called 'pad_right'; it must be 'pad_bottom'");
    CHECK(complaint(kHeader + "a,8,8,3,3,3,4\n") == "2: has 7 columns; the header has 8");
    CHECK(complaint(kHeader + "a,8,8,3,3,3,4,1,2,2\n") == "2: has 10 columns; the header has 8");
    CHECK(complaint(kHeader + "a,8,8,3,3,-3,4,1\n") ==
          "2: channels is '-3'; it must be a whole number of 1..65535");
    CHECK(complaint(kHeader + "a,8,8,3,3,0,4,1\n") ==
          "2: channels is '0'; it must be a whole number of 1..65535");
    CHECK(complaint(kHeader + "\n\na,8,8,3,3,3,4,1e9\n") ==
          "4: stride is '1e9'; it must be a whole number of 1..65535");
    CHECK(complaint(kHeader + "a,8,8,3,3,99999999999,4,1\n").find("2: channels is '99999999999'") ==
          0);
    CHECK(complaint(kHeader + ",8,8,3,3,3,4,1\n") ==
          "2: the layer has no name; the first column must name it");
    CHECK(complaint(kHeader + "a,60000,60000,3,3,3,4,1\n") ==
          "2: layer 'a': its input has more than 2^28 elements");
    CHECK(complaint(kHeader + "a,100,100,100,100,60000,60000,1\n")
              .find("2: layer 'a': its input has more") == 0);
    CHECK(complaint(kHeader + "a,1,1,1,1,60000,60000,1\n")
              .find("2: layer 'a': has more than 2^28 weights") == 0);
    CHECK(complaint(kPadHeader + "a,4,4,9,3,3,4,1,0,0,0,0\n") ==
          "2: layer 'a': its 9x3 filter is larger than its 4x4 input");
    // b's shape fits nothing; c reads the input again and leaves b's output unread
    CHECK(complaint(kHeader + "a,8,8,1,1,3,4,1,\nb,8,8,1,1,5,4,1,\n")
              .find("3: layer 'b': reads 5x8x8") == 0);
    CHECK(complaint(kHeader + "a,8,8,1,1,3,4,1,\nb,8,8,1,1,3,5,1,\n")
              .find("2: layer 'a': no row reads its output 4x8x8") == 0);
    CHECK_THROWS_AS(read_topology_csv("/nonexistent.csv", {}), ImportError);
    CHECK_THROWS_AS(read_network("net.txt", 1), ImportError);
}

TEST_CASE("mutated tables load or are refused") {
    const std::string good = kHeader +
                             "a_1,16,16,3,3,3,8,1,\nb_1a,16,16,3,3,8,8,1,\nb_1b,16,16,3,3,8,8,1,\n"
                             "b_s,16,16,1,1,8,8,1,\nd,8,8,3,3,1,8,1,\nfc,1,1,1,1,8,10,1,\n";
    const test::Folder folder;
    SplitMix random(9);
    int loaded = 0, refused = 0;
    for (int n = 0; n < 400; ++n) {
        std::string text = good;
        for (int i = 1 + static_cast<int>(random.next() % 3); i > 0; --i) {
            const std::size_t at = random.next() % text.size();
            const char letters[] = "0123456789,\n -_a\r\xff";
            if (random.next() % 4 == 0)
                text.resize(at + 1);
            else
                text[at] = letters[random.next() % (sizeof letters - 1)];
        }
        try {
            read_topology_csv(folder.write("net.csv", text), {});
            ++loaded;
        } catch (const ImportError&) {
            ++refused;
        }
    }
    CHECK(loaded > 20);
    CHECK(refused > 100);
}
