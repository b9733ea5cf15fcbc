#pragma once

#include <vector>

#include "tools/issue_model/kernel_needs.h"

namespace unimed::issue_model {

/// A line for each kernel.
void print_table(const std::vector<KernelNeeds> &kernels, const Card &card);

/// The table of docs/kernels.md: a row for each kernel with products, kernels that differ in f16 and bf16 alone in one; three
/// architectures, three numbers in a cell.
void print_markdown(const std::vector<KernelNeeds> &kernels);

/// All that is known of one kernel's main loop.
void print_kernel(const KernelNeeds &kernel);

/// The instructions that an iteration was counted from.
void print_path(const LoopNeeds &loop);

} // namespace unimed::issue_model
