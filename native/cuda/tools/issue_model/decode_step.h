#pragma once

#include <string>
#include <vector>

#include "tools/issue_model/kernel_needs.h"

namespace unimed::issue_model {

/// One token of uni-med-7b's language model as CudaDevice launches it (CudaDevice.Language.cs, CudaDevice.Linear.cs, CudaDevice.Sample.cs;
/// LanguageModel and DecoderLayer decide the order): hidden size 4096, intermediate 11008, 32 layers, 32 heads of 128, vocabulary 32000,
/// one sequence, 501 positions cached.
struct StepLaunch {
    std::string what;
    std::string kernel;
    /// How often in a token; 32 is once a layer.
    int times;
    int blocks;
    /// Bytes that memory must bring or take, for all blocks.
    double bytes;
    /// Rounds of the main loop that a warp goes.
    int iterations;
    /// Answers of memory or L2 that a block waits for one after the other, from the wait for the kernels before to its last store; a loop
    /// that asks ahead counts none. Read off the kernels by hand.
    int round_trips;
};

/// `format`: f16, bf16, int8 or int4. `kernels` are those of one architecture. Throws std::runtime_error where one is missing.
[[nodiscard]] std::vector<StepLaunch> decode_step(const std::string &format, const std::vector<KernelNeeds> &kernels);

/// What bounds a launch on a card, in seconds; the larger one does.
struct LaunchBounds {
    /// Its bytes over what memory brings.
    double memory;
    /// The instructions of the SM that has most blocks, four a cycle and of those for the ALU two, or what its warps take for their rounds
    /// one after the other.
    double issue;
};

[[nodiscard]] LaunchBounds bounds_of(const StepLaunch &launch, const std::vector<KernelNeeds> &kernels, const Card &card);

/// A table of a step's launches on a card, and what they come to.
void print_decode_step(const std::string &format, const std::vector<KernelNeeds> &kernels, const Card &card);

} // namespace unimed::issue_model
