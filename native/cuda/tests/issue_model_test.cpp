#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/issue_model_case.h"

namespace unimed::issue_model {
namespace {

std::string failure(const std::string &text) {
    try {
        for (const KernelCode &code : read(text))
            (void)needs_of(code, {});
        return "";
    } catch (const std::runtime_error &error) {
        return error.what();
    }
}

// What nvcc 12.4 made of a product of 16 rows and 8 tokens, whose activations come in 16 bytes where rows are aligned and in 4 elsewhere,
// and of a loop that doubles numbers:
//
//     UNIMED_KERNEL(linear_f16_n8, 32, (Global<const Words4> weights, Global<const float> x, Global<float> y, int steps, int in)) {
//         const int lane = lane_index();
//         const bool aligned = is_aligned(x, 16) && in % 4 == 0;
//         float sum[4] = {};
//         UNIMED_NO_UNROLL
//         for (int step = 0; step < steps; step++) {
//             const Words4 a = load_once(weights + step * 32 + lane);
//             std::uint32_t b[2];
//             to_operand<Float16>(b, load_four(x + lane / 4 * in, step * StepColumns + lane % 4 * 4, in, aligned));
//             mma_m16n8k16<Float16>(sum, a.word, b);
//         }
//         ...
std::vector<KernelCode> sample() {
    std::ifstream file(UNIMED_ISSUE_MODEL_SAMPLE);
    return read_listing(file);
}

int count(const Path &path, const std::string &opcode) {
    int found = 0;
    for (const Instruction &here : path)
        found += here.opcode == opcode ? 1 : 0;
    return found;
}

TEST(IssueModel, reads_kernels_and_what_their_encoding_tells_the_scheduler) {
    const std::vector<KernelCode> kernels = sample();
    ASSERT_EQ(kernels.size(), 2u);
    EXPECT_EQ(kernels[0].name, "doubled");
    EXPECT_EQ(kernels[1].name, "linear_f16_n8");
    EXPECT_EQ(kernels[1].architecture, "sm_90");
    EXPECT_EQ(kernels[1].instructions.size(), 0x600u / 16);

    const Instruction &load = kernels[1].instructions[0x250 / 16];
    EXPECT_EQ(load.address, 0x250);
    EXPECT_EQ(load.opcode, "LDG.E.NA.LTC128B.128");
    EXPECT_EQ(load.lane_bytes(), 16);
    EXPECT_TRUE(load.is_streamed());
    EXPECT_EQ(load.stall, 1);
    EXPECT_EQ(load.result_scoreboard, 5);

    const Instruction &pack = kernels[1].instructions[0x420 / 16];
    EXPECT_EQ(pack.kind, InstructionClass::Conversion);
    EXPECT_EQ(pack.waits_for, 1u << 5);
    EXPECT_FALSE(pack.result_scoreboard);

    const Instruction &branch = kernels[1].instructions[0x480 / 16];
    EXPECT_EQ(branch.guard, "@!P1");
    EXPECT_EQ(branch.target(), 0x200);
    EXPECT_EQ(branch.stall, 15);
}

TEST(IssueModel, knows_the_bytes_of_each_access) {
    for (const auto &[opcode, bytes] : {std::pair{"LDG.E.128", 16},
                                        {"LDG.E.64", 8},
                                        {"LDG.E", 4},
                                        {"LDG.E.U16", 2},
                                        {"LDG.E.U8", 1},
                                        {"LDG.E.LTC128B", 4},
                                        {"LDGSTS.E.BYPASS.LTC128B.128.ZFILL", 16},
                                        {"LDSM.16.M88.4", 16},
                                        {"LDSM.16.MT88.2", 8},
                                        {"STS.64", 8},
                                        {"IMAD.MOV.U32", 0}}) {
        Instruction access;
        access.opcode = opcode;
        access.kind = class_of(opcode);
        EXPECT_EQ(access.lane_bytes(), bytes) << opcode;
        access.guard = "@!PT";
        EXPECT_EQ(access.lane_bytes(), 0) << opcode << " that no lane does";
    }
}

TEST(IssueModel, refuses_text_that_it_does_not_understand) {
    EXPECT_NE(failure(printed("k", {{"FROB R1, R2"}})).find("FROB"), std::string::npos);
    EXPECT_NE(failure("Function : k\n /*0000*/ EXIT ; /* 0x0000000000000000 */\n").find("ends in the middle"), std::string::npos);
    EXPECT_NE(
        failure("Function : k\n /*0000*/ EXIT ; /* 0x0000000000000000 */\n /*0010*/ EXIT ; /* 0x0000000000000000 */\n").find("second half"),
        std::string::npos);
    EXPECT_NE(failure(" /*0000*/ EXIT ; /* 0x0000000000000000 */\n").find("before any function"), std::string::npos);
    EXPECT_NE(failure("Function : k\n exit ;\n").find("not a line of an instruction"), std::string::npos);
    EXPECT_NE(failure(printed("k", {{"BRA 0x50"}, {"EXIT"}})).find("no instruction is"), std::string::npos);
    EXPECT_NE(failure(printed("k", {{"BRX R2 -0x10"}, {"EXIT"}})).find("by a table"), std::string::npos);
    EXPECT_NE(failure(printed("k", {{"BSSY B0, 0x30"}, {"BSYNC B0"}, {"NOP"}, {"EXIT"}})).find("BSYNC"), std::string::npos);
    EXPECT_EQ(failure(printed("k", {{"BSSY B0, 0x20"}, {"BSYNC B0"}, {"EXIT"}})), "");
}

TEST(IssueModel, counts_the_path_of_full_tiles) {
    const KernelNeeds kernel = needs_of(sample()[1], {23, 0, 32});
    ASSERT_TRUE(kernel.loop);
    const LoopNeeds &loop = *kernel.loop;
    EXPECT_EQ(loop.path.front().address, 0x200);
    EXPECT_EQ(loop.path.back().address, 0x480);
    // One load of 16 bytes for the activations, not four of 4.
    EXPECT_EQ(count(loop.path, "LDG.E.128"), 1);
    EXPECT_EQ(count(loop.path, "LDG.E"), 0);
    EXPECT_EQ(loop.slots(), 29);
    EXPECT_EQ(loop.products(), 1);
    EXPECT_EQ(loop.streamed_bytes, 16);
    EXPECT_EQ(loop.other_bytes, 16);
    EXPECT_EQ(loop.slots_for_16_bytes(), 29.0);
    // A product of 16 rows and 16 columns has 512 bytes of weights, 16 for each lane.
    EXPECT_FALSE(loop.unexplained_bytes);
}

TEST(IssueModel, goes_where_a_call_that_is_a_jump_goes) {
    // ptxas writes a far jump as a call that nothing returns from. The loop with the product is reached by it alone.
    const KernelNeeds jump = needs("k", {{"@P0 CALL.REL.NOINC 0x20"},
                                         {"EXIT"},
                                         {"HMMA.16816.F32 R4, R8, R12, R4", 1, 0},
                                         {"@P1 BRA 0x20"},
                                         {"EXIT"}});
    EXPECT_EQ(jump.loop.value().products(), 1);

    // A function that returns is no part of the loop that calls it.
    const KernelNeeds function = needs("k", {{"LDG.E R2, [R4]", 1, 0},
                                             {"CALL.REL.NOINC 0x40"},
                                             {"@P1 BRA 0x0"},
                                             {"EXIT"},
                                             {"MUFU.RCP R2, R2"},
                                             {"RET.REL.NODEC R6 0x20"}});
    EXPECT_EQ(function.loop.value().slots(), 3);
}

TEST(IssueModel, finds_the_loop_with_most_loads_where_no_loop_has_products) {
    const KernelNeeds kernel = needs_of(sample()[0], {14, 0, 64});
    ASSERT_TRUE(kernel.loop);
    EXPECT_EQ(kernel.loop->path.front().address, 0xb0);
    EXPECT_EQ(kernel.loop->slots(), 8);
    EXPECT_EQ(kernel.loop->other_bytes, 4);
    // From the start to the exit there are 20 instructions.
    EXPECT_EQ(kernel.other_slots, 12);

    const KernelNeeds two =
        needs("k", {{"LDG.E R2, [R4]", 1, 0}, {"@P0 BRA 0x0"}, {"LDG.E.64 R2, [R4]", 1, 0}, {"@P0 BRA 0x20"}, {"EXIT"}});
    EXPECT_EQ(two.loop.value().path.front().address, 0x20);
    EXPECT_FALSE(needs("k", {{"LDG.E R2, [R4]", 1, 0}, {"EXIT"}}).loop);
}

TEST(IssueModel, takes_the_innermost_loop_with_the_products) {
    const KernelNeeds kernel =
        needs("k", {{"MOV R1, R2"}, {"MOV R1, R2"}, {"HMMA.16816.F32 R4, R8, R16, R4"}, {"@P0 BRA 0x20"}, {"@P1 BRA 0x10"}, {"EXIT"}});
    EXPECT_EQ(kernel.loop.value().path.front().address, 0x20);
    EXPECT_EQ(kernel.loop->slots(), 2);
    // The rest of the way: two moves, the outer branch, the exit.
    EXPECT_EQ(kernel.other_slots, 4);
}

TEST(IssueModel, leaves_out_what_only_tails_do) {
    // A product that a branch may leave out, a fallback without branches back that is shorter, and a fix of what is past the end.
    const KernelNeeds kernel = needs("k", {{"@P1 BRA 0x40"},
                                           {"LDG.E.128 R8, [R4]", 1, 0},
                                           {"HMMA.16816.F32 R4, R8, R16, R4", 1, 7, 1},
                                           {"BRA 0x60"},
                                           {"LDG.E R8, [R4]", 1, 0},
                                           {"HMMA.16816.F32 R4, R8, R16, R4", 1, 7, 1},
                                           {"@!P2 BRA 0x80"},
                                           {"SEL R4, R4, R5, P3"},
                                           {"@P0 BRA 0x0"},
                                           {"EXIT"}});
    const LoopNeeds &loop = kernel.loop.value();
    EXPECT_EQ(count(loop.path, "LDG.E.128"), 1);
    EXPECT_EQ(count(loop.path, "SEL"), 0);
    EXPECT_EQ(loop.slots(), 6);
}

TEST(IssueModel, leaves_out_results_that_few_iterations_of_a_product_store) {
    const std::vector<Line> lines{{"@P0 BRA 0x20"},
                                  {"STG.E.128 [R2], R4", 1, 0},
                                  {"LDS.128 R8, [R12]", 1, 0},
                                  {"HMMA.16816.F32 R4, R8, R12, R4", 1, 0},
                                  {"@P1 BRA 0x0"},
                                  {"EXIT"}};
    EXPECT_EQ(count(needs("k", lines).loop.value().path, "STG.E.128"), 0);
    // A loop without products may be there to store.
    std::vector<Line> copy = lines;
    copy[3].text = "NOP";
    EXPECT_EQ(count(needs("k", copy).loop.value().path, "STG.E.128"), 1);
}

TEST(IssueModel, counts_a_guarded_instruction) {
    const KernelNeeds kernel =
        needs("k", {{"@!P1 LDG.E.NA.128 R8, [R4]", 1, 0}, {"@P1 MOV R8, RZ"}, {"MOV R9, R8", 1, 7, 1}, {"@P0 BRA 0x0"}, {"EXIT"}});
    EXPECT_EQ(kernel.loop.value().slots(), 4);
    EXPECT_EQ(kernel.loop->streamed_bytes, 16);
}

// Two loads, each used an iteration later, right before the next one goes into its place.
std::vector<Line> pipelined(int first, int second) {
    return {{"MOV R20, R8", 1, 7, 1u << first},
            {"LDG.E.NA.128 R8, [R4]", 1, first},
            {"MOV R24, R12", 1, 7, 1u << second},
            {"LDG.E.NA.128 R12, [R4]", 1, second},
            {"HMMA.16816.F32 R0, R20, R24, R0"},
            {"@P0 BRA 0x0"},
            {"EXIT"}};
}

TEST(IssueModel, a_load_is_under_way_until_its_scoreboard_is_waited_for) {
    EXPECT_EQ(needs("k", pipelined(0, 1)).loop.value().in_flight.streamed, 32);
    // One scoreboard: who waits for the older load waits for the newer one, too.
    EXPECT_EQ(needs("k", pipelined(0, 0)).loop.value().in_flight.streamed, 16);
}

TEST(IssueModel, copies_to_shared_memory_end_with_the_wait_for_their_group) {
    const auto with_pending = [](const std::string &pending) {
        return std::vector<Line>{{"LDGSTS.E.BYPASS.128 [R1], [R4]"},
                                 {"LDGSTS.E.BYPASS.128 [R2], [R4]"},
                                 {"LDGDEPBAR", 1, 0},
                                 {"DEPBAR.LE SB0, " + pending},
                                 {"LDS.128 R8, [R1]", 1, 1},
                                 {"HMMA.16816.F32 R4, R8, R16, R4", 1, 7, 2},
                                 {"@P0 BRA 0x0"},
                                 {"EXIT"}};
    };
    EXPECT_EQ(needs("k", with_pending("0x0")).loop.value().in_flight.others, 32);
    EXPECT_EQ(needs("k", with_pending("0x2")).loop.value().in_flight.others, 96);
    const auto all = [](const Instruction &load) { return static_cast<double>(load.lane_bytes()); };
    // Nothing else is long: a round takes a copy's time, or a third of it where three are under way.
    const Path alone = needs("k", with_pending("0x0")).loop.value().path;
    const Path ahead = needs("k", with_pending("0x2")).loop.value().path;
    EXPECT_NEAR(go_round(alone, 3000, all).cycles, 3000 + ShortCycles, 10);
    EXPECT_NEAR(go_round(ahead, 3000, all).cycles, 1000, 20);
}

TEST(IssueModel, a_warp_stands_where_it_waits) {
    const Path path = needs("k", pipelined(0, 1)).loop.value().path;
    const auto bytes = [](const Instruction &load) { return static_cast<double>(load.lane_bytes()); };
    EXPECT_EQ(go_round(path, 0, bytes).cycles, 6);
    // From a load to its use in the next round are five other instructions.
    EXPECT_NEAR(go_round(path, 1000, bytes).cycles, 1001, 1);
    const Path shared = needs("k", pipelined(0, 0)).loop.value().path;
    EXPECT_NEAR(go_round(shared, 1000, bytes).cycles, 2002, 4);
}

TEST(IssueModel, knows_how_many_blocks_an_sm_holds) {
    const Card &h200 = hardest_card("sm_90");
    const auto held = [&](BlockResources block, const Card &card) {
        const Residency found = residency(block, card);
        return std::to_string(found.blocks) + " by " + found.limit + ", " + std::to_string(found.warps) + " warps";
    };
    // 96 registers a thread are 5 warps a scheduler, 20 in all, and a block has 8.
    EXPECT_EQ(held({90, 4096, 256}, h200), "2 by registers, 16 warps");
    EXPECT_EQ(held({32, 0, 256}, h200), "8 by registers, 64 warps");
    EXPECT_EQ(held({16, 0, 128}, h200), "16 by warps, 64 warps");
    EXPECT_EQ(held({16, 0, 32}, h200), "32 by blocks, 32 warps");
    EXPECT_EQ(held({16, 40960, 128}, hardest_card("sm_89")), "2 by shared memory, 8 warps");
    EXPECT_EQ(hardest_card("sm_89").name, "RTX 4090");
    EXPECT_THROW((void)hardest_card("sm_70"), std::runtime_error);
}

TEST(IssueModel, reads_registers_shared_memory_and_threads) {
    const std::string text =
        " Function a:\n  REG:90 STACK:0 SHARED:5120 LOCAL:0 CONSTANT[0]:1\n Function b:\n  REG:14 STACK:0 SHARED:0 LOCAL:0\n";
    std::istringstream hopper(text), ampere(text);
    // From sm_90 on the system's 1024 bytes are in it.
    const auto on_hopper = read_resources(hopper, "sm_90");
    EXPECT_EQ(on_hopper.at("a").registers, 90);
    EXPECT_EQ(on_hopper.at("a").shared_bytes, 4096);
    EXPECT_EQ(on_hopper.at("b").shared_bytes, 0);
    EXPECT_EQ(read_resources(ampere, "sm_80").at("a").shared_bytes, 5120);

    std::istringstream ptx(
        ".visible .entry a(\n.param .u64 a_param_0\n)\n.maxntid 256, 1, 1\n{\n.visible .entry b(\n)\n.maxntid 64, 1, 1\n");
    const auto threads = read_threads(ptx);
    EXPECT_EQ(threads.at("a"), 256);
    EXPECT_EQ(threads.at("b"), 64);
}

TEST(IssueModel, says_what_memory_asks_of_an_sm) {
    const KernelNeeds kernel = needs("k", pipelined(0, 1), {90, 0, 256});
    const Card &card = hardest_card("sm_90");
    const CardNeeds on = needs_on(kernel, card);
    // 6 instructions for 32 bytes of 32 lanes.
    EXPECT_NEAR(on.instructions_per_cycle, card.bytes_per_cycle() * 6 / 1024, 1e-12);
    EXPECT_EQ(on.bytes_in_flight, 32 * 32 * 16);
    // All is under way but while the next loads are asked for.
    const double alone = on.bytes_in_flight / card.bytes_per_cycle() / card.clock_hertz;
    EXPECT_LT(on.covered_seconds, alone);
    EXPECT_GT(on.covered_seconds, 0.95 * alone);
    EXPECT_LT(needs_on(needs("k", pipelined(0, 0), {90, 0, 256}), card).covered_seconds, 0.55 * alone);
    EXPECT_NEAR(on.tensor_share, 4.0 / 6, 1e-12);
}

TEST(IssueModel, an_sm_that_cannot_issue_enough_covers_no_wait) {
    std::vector<Line> lines{{"LDG.E.NA R8, [R4]", 1, 0}};
    for (int i = 0; i < 40; i++)
        lines.push_back({"IMAD R1, R2, R3, RZ"});
    lines.push_back({"@P0 BRA 0x0", 1, 7, 1});
    lines.push_back({"EXIT"});
    const CardNeeds on = needs_on(needs("k", lines, {32, 0, 256}), hardest_card("sm_90"));
    EXPECT_GT(on.instructions_per_cycle, 4);
    EXPECT_LT(on.covered_seconds, 1e-9);
}

TEST(IssueModel, the_alu_takes_an_instruction_in_two_cycles) {
    const auto reached = [](const char *opcode) {
        std::vector<Line> lines(40, {opcode});
        lines.push_back({"@P0 BRA 0x0"});
        lines.push_back({"EXIT"});
        return needs_on(needs("k", lines, {32, 0, 256}), hardest_card("sm_90")).reachable;
    };
    EXPECT_NEAR(reached("LOP3.LUT R1, R2, R3, RZ, 0xc0, !PT"), 4 * 41 / 80.0, 1e-12);
    EXPECT_EQ(reached("IMAD.MOV.U32 R1, RZ, RZ, R2"), 4);
}

} // namespace
} // namespace unimed::issue_model
