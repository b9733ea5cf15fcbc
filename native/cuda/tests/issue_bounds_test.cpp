#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/issue_model_case.h"
#include "tools/issue_model/decode_step.h"
#include "tools/issue_model/loop_bounds.h"
#include "tools/issue_model/weight_bytes.h"

namespace unimed::issue_model {
namespace {

TEST(IssueBounds, knows_which_lanes_read_a_scale_together) {
    Instruction values, scales, activations;
    values.opcode = "LDG.E.NA.LTC128B.128";
    scales.opcode = "LDG.E.NA.LTC128B.64";
    activations.opcode = "LDG.E.64";
    values.kind = scales.kind = activations.kind = InstructionClass::GlobalLoad;
    EXPECT_EQ(memory_bytes("linear_int4_n8", values), 16);
    EXPECT_EQ(memory_bytes("linear_int4_n8", scales), 2);
    EXPECT_EQ(memory_bytes("linear_int4_n8", activations), 8);
    EXPECT_EQ(memory_bytes("linear_f16_n8", scales), 8);
}

TEST(IssueBounds, knows_the_weights_of_the_products_of_narrow_kernels) {
    Instruction product;
    product.opcode = "HMMA.16816.F32";
    // 16 x 16 weights a product, and every 8 tokens multiply them again.
    EXPECT_EQ(weight_bytes_of_products("linear_f16_n8", product, 4), 4 * 256 * 2.0);
    EXPECT_EQ(weight_bytes_of_products("linear_bf16_n16", product, 8), 4 * 256 * 2.0);
    EXPECT_EQ(weight_bytes_of_products("linear_int4_n32", product, 64), 16 * 256 * 0.5625);
    product.opcode = "IMMA.16832.S8.S8";
    EXPECT_EQ(weight_bytes_of_products("linear_int8_n8", product, 4), 4 * 512 * 1.0625);
    EXPECT_FALSE(weight_bytes_of_products("linear_f16_m64", product, 4));
    EXPECT_FALSE(weight_bytes_of_products("router_f16", product, 4));

    const KernelNeeds half =
        needs("linear_f16_n8", {{"LDG.E.NA.64 R8, [R4]", 1, 0}, {"HMMA.16816.F32 R4, R8, R16, R4", 1, 7, 1}, {"@P0 BRA 0x0"}, {"EXIT"}});
    EXPECT_EQ(half.loop.value().unexplained_bytes, (std::pair<double, double>{512, 256}));
}

// A narrow kernel whose iteration has 16 bytes and as many slots as asked for, and a wide one with one product in so many.
KernelNeeds narrow(int slots) {
    std::vector<Line> lines{{"LDG.E.NA.128 R8, [R4]", 1, 0}, {"HMMA.16816.F32 R4, R8, R16, R4", 1, 7, 1}};
    for (int i = 3; i < slots; i++)
        lines.push_back({"MOV R1, R2"});
    lines.push_back({"@P0 BRA 0x0"});
    lines.push_back({"EXIT"});
    return needs("linear_f16_n8", lines, {90, 0, 256});
}

KernelNeeds wide(int slots) {
    KernelNeeds kernel = narrow(slots);
    kernel.name = "linear_f16_m64";
    return kernel;
}

std::vector<std::string> broken(const std::vector<KernelNeeds> &kernels, const std::string &lines) {
    std::istringstream stream(lines);
    return broken_bounds(kernels, read_bounds(stream, "budgets.json"));
}

TEST(IssueBounds, a_kernel_keeps_the_bounds_that_are_printed_of_it) {
    LoopBounds bounds;
    for (const KernelNeeds &kernel : {narrow(29), wide(29)})
        bounds[kernel.name][kernel.architecture] = bound_of(kernel);
    const std::string lines = "{\n  \"linear_f16_n8\": {\"spilled\": 0, \"shared\": 0, \"sm_90\": 96},\n  " +
                              line_of("linear_f16_n8", bounds["linear_f16_n8"]) + ",\n  " +
                              line_of("linear_f16_m64", bounds["linear_f16_m64"]) + "\n}\n";
    EXPECT_NE(lines.find("\"linear_f16_n8 loop\": {\"sm_90\": {\"slots\": 29, \"ipc\": 1.1}}"), std::string::npos) << lines;
    EXPECT_NE(lines.find("\"linear_f16_m64 loop\": {\"sm_90\": {\"hmma\": 3.4}}"), std::string::npos) << lines;
    EXPECT_EQ(broken({narrow(29), wide(29)}, lines), std::vector<std::string>{});
    EXPECT_EQ(broken({narrow(20), wide(20)}, lines), std::vector<std::string>{});
}

TEST(IssueBounds, names_what_was_expected_and_what_was_found) {
    const std::string slots = "  \"linear_f16_n8 loop\": {\"sm_90\": {\"slots\": 29, \"ipc\": 9}}\n";
    EXPECT_EQ(broken({narrow(30)}, slots),
              std::vector<std::string>{"linear_f16_n8 on sm_90: issue slots for 16 bytes of weights are 30; its bound is at most 29"});
    const std::string ipc = "  \"linear_f16_n8 loop\": {\"sm_90\": {\"slots\": 99, \"ipc\": 1}}\n";
    EXPECT_EQ(broken({narrow(30)}, ipc),
              std::vector<std::string>{"linear_f16_n8 on sm_90: instructions a cycle that an SM needs are 1.076; its bound is at most 1"});
    const std::string hmma = "  \"linear_f16_m64 loop\": {\"sm_90\": {\"hmma\": 3.4}}\n";
    EXPECT_EQ(broken({wide(30)}, hmma),
              std::vector<std::string>{"linear_f16_m64 on sm_90: products are 3.333 % of issue slots; the bound is at least 3.4 %"});
    EXPECT_EQ(broken({wide(29)}, ""),
              std::vector<std::string>{"linear_f16_m64 on sm_90 has no bounds of its loop; issue-model CUOBJDUMP FATBIN "
                                       "--bounds prints the line"});
    EXPECT_EQ(broken({narrow(29)}, slots + hmma),
              std::vector<std::string>{"there is no kernel linear_f16_m64 for sm_90; take its bounds out"});
    KernelNeeds without = narrow(29);
    without.loop.reset();
    EXPECT_EQ(broken({without}, slots), std::vector<std::string>{"linear_f16_n8 on sm_90 has bounds of a loop, and no loop with products"});
    KernelNeeds unexplained = narrow(29);
    unexplained.loop->unexplained_bytes = {512, 256};
    EXPECT_EQ(broken({unexplained}, slots).size(), 1u);
}

TEST(IssueBounds, refuses_bounds_that_are_not_written_as_they_should_be) {
    for (const char *line :
         {"  \"k loop\": {\"sm_90\": {\"slots\": 29}, }", "  \"k loop\": {\"sm_90\": {\"slot\": 29}}",
          "  \"k loop\": {\"sm_90\": {\"slots\": }}", "  \"k loop\": {\"sm_90\": {\"slots\": 29, }}", "  \"k loop\": {\"sm_90\": 29}",
          "  \"k loop\": {}", "  \"k loop\": {\"sm_90\": {\"ipc\": 1}}\n  \"k loop\": {\"sm_90\": {\"ipc\": 1}}"}) {
        std::istringstream stream(line);
        EXPECT_THROW((void)read_bounds(stream, "budgets.json"), std::runtime_error) << line;
    }
    std::ifstream missing("there/is/no/such/file");
    EXPECT_THROW((void)read_bounds(missing, "there/is/no/such/file"), std::runtime_error);
}

// Kernels of a decode step: the names count, and what an iteration of the products reads.
std::vector<KernelNeeds> kernels_of_a_step() {
    std::vector<KernelNeeds> kernels{narrow(29)};
    for (const char *name :
         {"embed_f16", "rms_norm", "qkv_rotary", "decode_attention", "decode_combine", "gather_rows", "sample_scores", "sample_best"}) {
        kernels.push_back(narrow(29));
        kernels.back().name = name;
    }
    return kernels;
}

TEST(IssueBounds, a_decode_step_is_the_launches_of_the_device) {
    int launches = 0;
    double weights = 0;
    for (const StepLaunch &launch : decode_step("f16", kernels_of_a_step())) {
        launches += launch.times;
        if (launch.kernel == "linear_f16_n8")
            weights += launch.times * launch.bytes;
        if (launch.what == "down_proj + residual") {
            EXPECT_EQ(launch.blocks, 256);
            // A slice is 22 stages of 64 columns, 88 steps; an iteration here is one step.
            EXPECT_EQ(launch.iterations, 88);
        }
    }
    EXPECT_EQ(launches, 294);
    EXPECT_EQ(weights, 2.0 * (32.0 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008) + 4096.0 * 32000));
    EXPECT_THROW((void)decode_step("int4", kernels_of_a_step()), std::runtime_error);
    EXPECT_THROW((void)decode_step("int5", kernels_of_a_step()), std::runtime_error);
}

TEST(IssueBounds, a_launch_is_bound_by_memory_or_by_the_busiest_sm) {
    const std::vector<KernelNeeds> kernels = kernels_of_a_step();
    const Card &card = hardest_card("sm_90");
    StepLaunch launch{"", "linear_f16_n8", 1, 132, 4.8e6, 10, 1};
    EXPECT_NEAR(bounds_of(launch, kernels, card).memory, 1e-6, 1e-12);
    // 8 warps: the exit, and 10 rounds of 29.
    const double once = bounds_of(launch, kernels, card).issue;
    EXPECT_NEAR(once, 8 * (1 + 290) / 4.0 / card.clock_hertz, 1e-12);
    launch.blocks = 133;
    EXPECT_NEAR(bounds_of(launch, kernels, card).issue, 2 * once, 1e-12);
    launch.blocks = 1;
    EXPECT_NEAR(bounds_of(launch, kernels, card).issue, once, 1e-12);
}

} // namespace
} // namespace unimed::issue_model
