#include "tools/issue_model/decode_step.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>

namespace unimed::issue_model {
namespace {

constexpr int Hidden = 4096;
constexpr int Intermediate = 11008;
constexpr int Layers = 32;
constexpr int Heads = 32;
constexpr int HeadDim = 128;
constexpr int Vocabulary = 32000;
constexpr int Positions = 501;
// Of a narrow linear kernel: a block is a tile of 16 rows, each of its 8 warps a slice of whole stages of 64 columns.
constexpr int TileRows = 16;
constexpr int Slices = 8;
constexpr int StageColumns = 64;
constexpr int UnitSlots = 32;

int pieces(int count, int of) {
    return (count + of - 1) / of;
}

const KernelNeeds &find(const std::string &name, const std::vector<KernelNeeds> &kernels) {
    const auto found = std::ranges::find(kernels, name, &KernelNeeds::name);
    if (found == kernels.end())
        throw std::runtime_error("a decode step launches " + name + ", which the fatbin has not");
    return *found;
}

// Bytes of a weight, with its share of the scale of its block.
double weight_bytes(const std::string &format) {
    static const std::map<std::string, double> bytes{{"f16", 2}, {"bf16", 2}, {"int8", 1.0625}, {"int4", 0.5625}};
    const auto found = bytes.find(format);
    if (found == bytes.end())
        throw std::runtime_error("weights are f16, bf16, int8 or int4, not " + format);
    return found->second;
}

} // namespace

std::vector<StepLaunch> decode_step(const std::string &format, const std::vector<KernelNeeds> &kernels) {
    const double of_weight = weight_bytes(format);
    const std::string linear = "linear_" + format + "_n8";
    const double iteration_bytes = find(linear, kernels).loop.value().streamed_bytes * 32;
    const auto product = [&](const char *what, int times, int rows, int columns, int round_trips) {
        const double slice_bytes = pieces(columns, Slices * StageColumns) * StageColumns * TileRows * of_weight;
        return StepLaunch{what,
                          linear,
                          times,
                          pieces(rows, TileRows),
                          static_cast<double>(rows) * columns * of_weight,
                          static_cast<int>(std::ceil(slice_bytes / iteration_bytes)),
                          round_trips};
    };
    const std::string embed = format == "bf16" ? "embed_bf16" : "embed_f16";
    const int units = static_cast<int>(std::exp2(std::ceil(std::log2(pieces(Positions, UnitSlots)))));
    return {
        // The id, then its row.
        {"embedding", embed, 1, pieces(Hidden, 1024), 2.0 * Hidden, 0, 2},
        // The row, whose 4096 columns its threads keep without the loop; then the weights.
        {"norm before attention", "rms_norm", Layers, 1, 4.0 * Hidden, 0, 2},
        // The activations; weights are asked for before them and ahead.
        product("q, k, v", Layers, 3 * Hidden, Hidden, 1),
        // Rows of the batch, the sequence, its position, then its table and the angles.
        {"rotary, cache write", "qkv_rotary", Layers, pieces(2 * Heads * HeadDim / 8, 128) + pieces(Heads * HeadDim, 128), 0, 1, 4},
        // The position, the table, then keys, values and queries at once.
        {"cached attention", "decode_attention", Layers, pieces(units, 4) * Heads, 4.0 * Hidden * Positions, 1, 3},
        // The rows, the position, then the units, four at a time.
        {"fold of the units", "decode_combine", Layers, pieces(Heads, 4), 0, pieces(pieces(Positions, UnitSlots), 4),
         2 + pieces(pieces(Positions, UnitSlots), 4)},
        // The activations; the residual when the sums are there.
        product("o_proj + residual", Layers, Hidden, Hidden, 2),
        {"norm before the MLP", "rms_norm", Layers, 1, 4.0 * Hidden, 0, 2},
        product("gate, up", Layers, 2 * Intermediate, Hidden, 1),
        product("down_proj + residual", Layers, Hidden, Intermediate, 2),
        {"row choice", "gather_rows", 1, pieces(Hidden, 1024), 0, 0, 2},
        {"last norm", "rms_norm", 1, 1, 4.0 * Hidden, 0, 2},
        product("lm_head", 1, Vocabulary, Hidden, 1),
        // The logits and how to choose at once, all without the loop, which is over the history. Then the parts, a lane each; the sums
        // and the logit of the choice.
        {"choice, scores", "sample_scores", 1, pieces(Vocabulary, 8 * 256), 0, 0, 1},
        {"choice, argmax", "sample_best", 1, 1, 0, 1, 2},
    };
}

LaunchBounds bounds_of(const StepLaunch &launch, const std::vector<KernelNeeds> &kernels, const Card &card) {
    const KernelNeeds &kernel = find(launch.kernel, kernels);
    const int blocks = pieces(launch.blocks, card.multiprocessors);
    const int loop_slots = kernel.loop ? kernel.loop->issue_cycles() : 0;
    const int loop_cycles = kernel.loop ? kernel.loop->cycles : 0;
    const double warps = pieces(kernel.block.threads, 32);
    const double slots = blocks * warps * (kernel.other_slots + static_cast<double>(launch.iterations) * loop_slots);
    const double rounds = pieces(blocks, residency(kernel.block, card).blocks) * static_cast<double>(launch.iterations) * loop_cycles;
    return {launch.bytes / card.bytes_per_second, std::max(slots / Schedulers, rounds) / card.clock_hertz};
}

void print_decode_step(const std::string &format, const std::vector<KernelNeeds> &kernels, const Card &card) {
    std::printf("\nA token of uni-med-7b, %s weights, position %d, on the %.*s; microseconds of one launch, without the launch itself\n",
                format.c_str(), Positions - 1, static_cast<int>(card.name.size()), card.name.data());
    std::printf("%-22s %-18s %5s %7s %9s %8s %8s %6s\n", "what", "kernel", "times", "blocks", "MB", "memory", "issue", "trips");
    int launches = 0, trips = 0;
    double memory = 0, issue = 0, both = 0, layer = 0;
    for (const StepLaunch &launch : decode_step(format, kernels)) {
        const LaunchBounds bounds = bounds_of(launch, kernels, card);
        std::printf("%-22s %-18s %5d %7d %9.3f %8.2f %8.2f %6d\n", launch.what.c_str(), launch.kernel.c_str(), launch.times, launch.blocks,
                    launch.bytes / 1e6, 1e6 * bounds.memory, 1e6 * bounds.issue, launch.round_trips);
        launches += launch.times;
        trips += launch.times * launch.round_trips;
        memory += launch.times * bounds.memory;
        issue += launch.times * bounds.issue;
        both += launch.times * std::max(bounds.memory, bounds.issue);
        if (launch.times == Layers)
            layer += std::max(bounds.memory, bounds.issue);
    }
    std::printf("memory alone %.3f ms, %.0f tokens/s; issue alone %.3f ms, %.0f tokens/s; the larger of both, launch after launch: %.3f "
                "ms, %.0f tokens/s, "
                "%.1f us a layer\n",
                1e3 * memory, 1 / memory, 1e3 * issue, 1 / issue, 1e3 * both, 1 / both, 1e6 * layer);
    std::printf(
        "not in it: %d launches, %.3f ms for each microsecond of one; %d round trips one after the other, %.3f ms for each 100 ns of one\n",
        launches, launches * 1e-3, trips, trips * 1e-4);
}

} // namespace unimed::issue_model
