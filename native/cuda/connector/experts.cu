// The connector's experts: output = sum over e of w_e expert_e(token), where an expert is linear -> GELU -> linear (moe_mlp) or linear
// (moe_linear).                                   tokens [rows, in], routing weights [rows, experts] -> [rows, out]; blocks of 256 threads
//
//   kernel                     what                                                          grid (x, y)
//   expert_tokens_{f16,bf16}   tokens to operand rows (operand_rows.h)                       rows, 1
//   expert_hidden_{f16,bf16}   hidden_e = gelu(W1_e token + b1_e), as operand rows           ceil(rows / 64), experts * ceil(hidden / 64)
//   expert_parts_{f16,bf16}    part_e = W2_e hidden_e (moe_mlp) or W_e token (moe_linear)    ceil(rows / 64), experts * ceil(out / 64)
//   expert_sum                 sum over e, in order, of w_e (part_e + b_e)                   rows, ceil(out / 1024)
//
// Work: 2 * rows * hidden * (in + out) FLOPs for each expert. Bytes: the weights of the experts that a token of the batch chose, 2 * hidden
// * (in + out) each, once for every 64 tokens that chose it (the second time from L2, where neighbouring blocks meet): 400 MB for the full
// model's five, against 25 GFLOP for an image. Activations are read again for every 64 weight rows, from L2, in 16 bits:
// as many bytes as the weights. The parts, experts * rows * out fp32 numbers, are written and read once, in L2: 5.2 MB for an image.
// Trick: a block gathers the tokens that chose its expert, so sparse and hard routing cost what was chosen, and an expert without tokens
// not a byte. The product over K = experts * hidden is split at the experts: 320 blocks instead of 64 ask for weights, the parts are added
// in the order of the experts, and the routing weight stays fp32, on the sum, where it does not round an operand.
// A token's sums depend on its numbers alone; which block took it, and beside whom, changes nothing.

#include "connector/expert_layer.h"
#include "primitives/arithmetic.h"
#include "primitives/kernel.h"

namespace unimed::connector {

template <class Element>
UNIMED_DEVICE Words2 to_halves(const Floats4 &four) {
    return {{pack_pair<Element>(four.value[0], four.value[1]), pack_pair<Element>(four.value[2], four.value[3])}};
}

template <class Element>
UNIMED_DEVICE void expert_tokens(Global<const float> tokens, Global<std::uint16_t> operands, int in) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const bool aligned = is_aligned(tokens, 16) && in % 4 == 0;
    const Global<const float> from = tokens + static_cast<std::ptrdiff_t>(block_x()) * in;
    const Global<std::uint16_t> to = operands + static_cast<std::ptrdiff_t>(block_x()) * operand_columns(in);
    for (int column = 4 * thread_index(); column < operand_columns(in); column += 4 * thread_count())
        store(as<Words2>(to + operand_place(column)), to_halves<Element>(load_four(from, column, in, aligned)));
}

template <class Element>
UNIMED_DEVICE void expert_hidden(const ExpertLayer &a, Global<const float> bias, Global<std::uint16_t> hidden) {
    const bool aligned = is_aligned(bias, 16) && a.out % 4 == 0;
    expert_layer<Element>(a, [&](int expert, int token, int row, const Floats4 &sums) {
        const Floats4 shift = load_four(bias + static_cast<std::ptrdiff_t>(expert) * a.out, row, a.out, aligned);
        Floats4 four;
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            four.value[j] = row + j < a.out ? gelu(sums.value[j] + shift.value[j]) : 0.0f;
        const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(expert) * a.rows + token) * operand_columns(a.out);
        store(as<Words2>(hidden + (at + operand_place(row))), to_halves<Element>(four));
    });
}

template <class Element>
UNIMED_DEVICE void expert_parts(const ExpertLayer &a, Global<float> parts) {
    const bool aligned = is_aligned(parts, 16) && a.out % 4 == 0;
    expert_layer<Element>(a, [&](int expert, int token, int row, const Floats4 &sums) {
        store_four(parts + (static_cast<std::ptrdiff_t>(expert) * a.rows + token) * a.out, row, a.out, aligned, sums);
    });
}

} // namespace unimed::connector

namespace unimed {

UNIMED_KERNEL(expert_tokens_f16, 256, (Global<const float> tokens, Global<std::uint16_t> operands, int in)) {
    connector::expert_tokens<Float16>(tokens, operands, in);
}

UNIMED_KERNEL(expert_tokens_bf16, 256, (Global<const float> tokens, Global<std::uint16_t> operands, int in)) {
    connector::expert_tokens<BFloat16>(tokens, operands, in);
}

/// bias [experts, hidden]; hidden [experts, rows, operand_columns(hidden_size)], of which the chosen rows are written.
#define UNIMED_EXPERT_HIDDEN_PARAMETERS                                                                                                    \
    (Global<const Words4> weights, Global<const float> bias, Global<const std::uint16_t> operands, Global<const float> routing,            \
     Global<std::uint16_t> hidden, int rows, int experts, int in, int hidden_size)
#define UNIMED_EXPERT_HIDDEN_ARGUMENTS {weights, operands, 0, routing, rows, experts, in, hidden_size}, bias, hidden

UNIMED_KERNEL(expert_hidden_f16, 256, UNIMED_EXPERT_HIDDEN_PARAMETERS) {
    connector::expert_hidden<Float16>(UNIMED_EXPERT_HIDDEN_ARGUMENTS);
}

UNIMED_KERNEL(expert_hidden_bf16, 256, UNIMED_EXPERT_HIDDEN_PARAMETERS) {
    connector::expert_hidden<BFloat16>(UNIMED_EXPERT_HIDDEN_ARGUMENTS);
}

/// parts [experts, rows, out], of which the chosen rows are written. `shared_input` is 0 after expert_hidden, whose output has rows for
/// each expert, and 1 after expert_tokens.
#define UNIMED_EXPERT_PARTS_PARAMETERS                                                                                                     \
    (Global<const Words4> weights, Global<const std::uint16_t> operands, Global<const float> routing, Global<float> parts, int rows,       \
     int experts, int in, int out, int shared_input)
#define UNIMED_EXPERT_PARTS_ARGUMENTS                                                                                                      \
    {                                                                                                                                      \
        weights, operands, shared_input != 0 ? 0 : static_cast<std::ptrdiff_t>(rows) * connector::operand_columns(in),                     \
        routing, rows,     experts,                                                                                                        \
        in,      out},                                                                                                                     \
        parts

UNIMED_KERNEL(expert_parts_f16, 256, UNIMED_EXPERT_PARTS_PARAMETERS) {
    connector::expert_parts<Float16>(UNIMED_EXPERT_PARTS_ARGUMENTS);
}

UNIMED_KERNEL(expert_parts_bf16, 256, UNIMED_EXPERT_PARTS_PARAMETERS) {
    connector::expert_parts<BFloat16>(UNIMED_EXPERT_PARTS_ARGUMENTS);
}

/// bias [experts, out]. A part whose routing weight is 0 is not read.
UNIMED_KERNEL(expert_sum, 256,
              (Global<const float> parts, Global<const float> bias, Global<const float> routing, Global<float> output, int rows,
               int experts, int out)) {
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int row = block_x();
    const int column = 4 * (block_y() * thread_count() + thread_index());
    if (column >= out)
        return;
    const bool parts_aligned = is_aligned(parts, 16) && out % 4 == 0;
    const bool bias_aligned = is_aligned(bias, 16) && out % 4 == 0;
    const bool output_aligned = is_aligned(output, 16) && out % 4 == 0;
    Floats4 sum{};
    for (int expert = 0; expert < experts; expert++) {
        const float weight = load(routing + static_cast<std::ptrdiff_t>(row) * experts + expert);
        if (weight == 0.0f)
            continue;
        const Floats4 part = load_four(parts + (static_cast<std::ptrdiff_t>(expert) * rows + row) * out, column, out, parts_aligned);
        const Floats4 shift = load_four(bias + static_cast<std::ptrdiff_t>(expert) * out, column, out, bias_aligned);
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            sum.value[j] += (part.value[j] + shift.value[j]) * weight;
    }
    store_four(output + static_cast<std::ptrdiff_t>(row) * out, column, out, output_aligned, sum);
}

} // namespace unimed
