// The router's second layer and the routing weights.
//
//   router_{f16,bf16}       logits = fc2 gelu(first + folded) + bias, then soft or sparse weights       grid: (rows), block: 512 threads
//       first [rows, hidden]: the product of the tokens and the token columns of fc1, without bias (linear_{f16,bf16}_*, Epilogue::None);
//           null for router_task, which has no token columns
//       folded [folded_rows, hidden]: row r takes row (r mod tokens_per_image) mod folded_rows
//       fc2 [experts, hidden] of 16-bit numbers, row-major; bias [experts]
//       weights [rows, experts]
//   routing_weights_fixed   hard and constant routing     grid: (ceil(rows * experts / 256)), block: 256 threads
//   routing_weights_of_any  1 where some task gives a token's expert weight, else 0; grid and block as above
//
// Several tasks about the same tokens share `first`: a launch of router for each, with its folded rows and its weights.
//
//   Folding: linear_{f16,bf16}_n8 with x = task tokens [folded_rows, task columns], W = task columns of fc1, bias = that of fc1. Without
//   task columns in = 0: then the linear kernels read neither x nor W, and every row is the bias.
//
// Work: about (30 + 2 * experts) * rows * hidden FLOPs, most of them GELU. Bytes: 8 * hidden of first and folded a row, and 2 * experts *
// hidden of fc2, from L2. The full model's 64 rows of 45056: 23 and 29 MB, beside the 508 MB from memory that the first layer reads.
// Trick: the first layer stays the plain linear kernel, at the speed of memory; its constant and its GELU are applied here, where each
// number is read once. Nothing is rounded to an operand, and a row is one block, so its sums have one order: along a thread's own columns,
// then as BlockReduction adds.

#include "connector/routing.h"
#include "primitives/block_reduction.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/row.h"

namespace unimed::connector {

constexpr int RouterThreads = 512;
// Experts of one pass over the hidden layer.
constexpr int RouterExperts = 8;

struct RouterArguments {
    Global<const float> first;
    Global<const float> folded;
    Global<const std::uint16_t> fc2;
    Global<const float> bias;
    Global<float> weights;
    int hidden;
    int experts;
    int tokens_per_image;
    int folded_rows;
    RouterKind kind;
    int top_k;
};

template <class Element>
UNIMED_DEVICE void route(const RouterArguments &a) {
    using Sums = BlockReduction<float, RouterExperts, RouterThreads>;
    UNIMED_SHARED(scratch, float, Sums::Scratch);
    UNIMED_SHARED(logits, float, MostExperts);
    let_next_kernel_start();
    wait_for_previous_kernels();

    const int row = block_x();
    const bool has_first = static_cast<bool>(a.first);
    const Global<const float> first = a.first + (has_first ? static_cast<std::ptrdiff_t>(row) * a.hidden : 0);
    const Global<const float> folded = a.folded + static_cast<std::ptrdiff_t>(row % a.tokens_per_image % a.folded_rows) * a.hidden;
    const bool first_aligned = is_aligned(a.first, 16) && a.hidden % 4 == 0;
    const bool folded_aligned = is_aligned(a.folded, 16) && a.hidden % 4 == 0;
    const bool fc2_aligned = is_aligned(a.fc2, 8) && a.hidden % 4 == 0;

    for (int begin = 0; begin < a.experts; begin += RouterExperts) {
        float sums[RouterExperts] = {};
        for (int column = 4 * thread_index(); column < a.hidden; column += 4 * RouterThreads) {
            Floats4 four = load_four(folded, column, a.hidden, folded_aligned);
            if (has_first) {
                const Floats4 product = load_four(first, column, a.hidden, first_aligned);
                UNIMED_UNROLL
                for (int j = 0; j < 4; j++)
                    four.value[j] += product.value[j];
            }
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                four.value[j] = gelu(four.value[j]);
            UNIMED_UNROLL
            for (int e = 0; e < RouterExperts; e++) {
                if (begin + e >= a.experts)
                    break;
                const Floats4 w =
                    load_four(as<Element>(a.fc2) + static_cast<std::ptrdiff_t>(begin + e) * a.hidden, column, a.hidden, fc2_aligned);
                UNIMED_UNROLL
                for (int j = 0; j < 4; j++)
                    sums[e] = multiply_add(four.value[j], w.value[j], sums[e]);
            }
        }
        Sums{scratch}(sums, [](float x, float y) { return x + y; });
        if (thread_index() < RouterExperts && begin + thread_index() < a.experts) {
            float logit = 0;
            UNIMED_UNROLL
            for (int e = 0; e < RouterExperts; e++)
                logit = e == thread_index() ? sums[e] : logit;
            store(logits + begin + thread_index(), logit + load(a.bias + begin + thread_index()));
        }
    }
    block_barrier();
    for (int expert = thread_index(); expert < a.experts; expert += RouterThreads)
        store(a.weights + static_cast<std::ptrdiff_t>(row) * a.experts + expert,
              a.kind == RouterKind::Soft ? soft_weight(logits, a.experts, expert) : sparse_weight(logits, a.experts, a.top_k, expert));
}

} // namespace unimed::connector

namespace unimed {

/// experts is at most connector::MostExperts, kind Soft or Sparse, top_k from 1 to experts for Sparse.
#define UNIMED_ROUTER_PARAMETERS                                                                                                           \
    (Global<const float> first, Global<const float> folded, Global<const std::uint16_t> fc2, Global<const float> bias,                     \
     Global<float> weights, int hidden, int experts, int tokens_per_image, int folded_rows, connector::RouterKind kind, int top_k)
#define UNIMED_ROUTER_ARGUMENTS                                                                                                            \
    { first, folded, fc2, bias, weights, hidden, experts, tokens_per_image, folded_rows, kind, top_k }

UNIMED_KERNEL(router_f16, 512, UNIMED_ROUTER_PARAMETERS) {
    connector::route<Float16>(UNIMED_ROUTER_ARGUMENTS);
}

UNIMED_KERNEL(router_bf16, 512, UNIMED_ROUTER_PARAMETERS) {
    connector::route<BFloat16>(UNIMED_ROUTER_ARGUMENTS);
}

/// Hard routing to an expert, or with expert -1 the same share for each.
UNIMED_KERNEL(routing_weights_fixed, 256, (Global<float> weights, int rows, int experts, int expert)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const std::int64_t at = static_cast<std::int64_t>(block_x()) * thread_count() + thread_index();
    if (at >= static_cast<std::int64_t>(rows) * experts)
        return;
    const float share = expert < 0 ? 1.0f / static_cast<float>(experts) : at % experts == expert ? 1.0f : 0.0f;
    store(weights + static_cast<std::ptrdiff_t>(at), share);
}

/// Which tokens an expert works for when several tasks share its work: routing [tasks, count] -> any [count], count = rows * experts.
/// NaN counts as weight.
UNIMED_KERNEL(routing_weights_of_any, 256, (Global<const float> routing, Global<float> any, int tasks, int count)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int at = block_x() * thread_count() + thread_index();
    if (at >= count)
        return;
    bool chosen = false;
    for (int task = 0; task < tasks; task++)
        chosen = chosen || load(routing + static_cast<std::ptrdiff_t>(task) * count + at) != 0.0f;
    store(any + at, chosen ? 1.0f : 0.0f);
}

} // namespace unimed
