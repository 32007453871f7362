// Real networks through schedule, encoding, program and interpreter.
#include <catch2/catch.hpp>

#include "network/images.h"
#include "scheduler/schedule.h"
#include "tests/scheduler/interpreter.h"
#include "tests/scheduler/random_network.h"
#include "tests/support.h"

using namespace msd;

TEST_CASE("the programs of ResNet-8 compute what the reference computes, whatever the split") {
    if (!test::have_data("onnx/resnet8_int8.onnx") || !test::have_data("cifar10/test_500.bin"))
        return;
    const auto original = network::read_onnx(test::data_path("onnx/resnet8_int8.onnx"));
    const auto& input = original[original.input()];
    const auto images = network::read_images("cifar10:" + test::data_path("cifar10/test_500.bin"),
                                             input.shape, 1, 0, 2);
    int seed = 0;
    for (const char* device : {"ultra96", "xc7z020", "zcu102", "tiny"}) {
        for (const double share : {-1.0, 0.0, 0.5, 1.0}) {
            auto graph = original;
            const auto config = pe::preset(device);
            scheduler::Options options;
            options.effective_bits = 1 + seed % 3;
            if (share >= 0) options.lut_share = share;
            const auto schedule = scheduler::make_schedule(graph, config, options);
            scheduler::encode_weights(graph, schedule);
            if (share == 0)
                CHECK(graph[original.order()[1]].weights.q ==
                      original[original.order()[1]].weights.q);
            const auto program = scheduler::make_program(graph, schedule, config);
            INFO(device << ", share " << share << ", effective bits " << options.effective_bits);
            CHECK(test::compare_with_reference(
                      graph, program, config,
                      network::quantise_image(images[seed++ % 2], input.quant)) == "");
        }
    }
}

TEST_CASE("the program of ResNet-18 computes what the reference computes") {
    if (!test::have_data("msd/models/resnet18.csv")) return;
    auto graph = network::read_network(test::data_path("msd/models/resnet18.csv"), 1);
    const auto config = pe::preset("ultra96");
    const auto schedule = scheduler::make_schedule(graph, config, {});
    scheduler::encode_weights(graph, schedule);
    const auto program = scheduler::make_program(graph, schedule, config);
    CHECK(test::compare_with_reference(graph, program, config,
                                       test::random_tensor(graph[graph.input()].shape, 1)) == "");
}

TEST_CASE("every network of the published tables is scheduled and written for every device",
          "[.long]") {
    for (const char* file :
         {"resnet18.csv", "resnet50.csv", "vgg16.csv", "mobilenetv2.csv", "vitbase.csv"}) {
        if (!test::have_data("msd/models/" + std::string(file))) return;
        for (const char* device : {"xc7z020", "ultra96", "zcu102"}) {
            auto graph =
                network::read_network(test::data_path("msd/models/" + std::string(file)), 1);
            const auto config = pe::preset(device);
            const auto schedule = scheduler::make_schedule(graph, config, {});
            scheduler::encode_weights(graph, schedule);
            INFO(file << " on " << device);
            const auto program = scheduler::make_program(graph, schedule, config);
            CHECK(program.tiles().size() >= schedule.layers.size());
        }
    }
}
