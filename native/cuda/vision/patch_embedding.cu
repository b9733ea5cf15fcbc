// Patch embedding: the patches of an image become tokens behind its class token.
//
//   pixels [images, 3, side, side] -> output [images, 1 + grid^2, channels], fp32; side = grid * patch; patches row-major.
//     output[i, 0]     = class_token + positions[0]
//     output[i, 1 + p] = weight . patch p + bias + positions[1 + p]
//
//   kernel                         threads   grid (x, y)
//   patch_embedding_{f16,bf16}     128       ceil(images * grid^2 / 32), ceil(channels / 64)
//   arguments: weights ([channels, 3 * patch^2] in fragment order), bias [channels], class_token [channels], positions [1 + grid^2,
//   channels], pixels, output, images, channels, patch, grid. 40 KiB of shared memory of fixed size.
//
// Work: 2 * images * grid^2 * 3 * patch^2 * channels FLOPs, 0.42 GFLOP for a full-size image. Bytes: pixels (0.6 MB) once from memory and
// once for each 64 channels from L2; weights (1.7 MB) once from memory and once for each 32 patches from L2; output (1.4 MB) once.
// Tricks:
// - The convolution does not overlap itself, so it is the linear family's product with tokens gathered on the way: a block puts the B
//   operands of 32 whole patches into shared memory, then its warps each run through a tile of weights without meeting again.
// - The gather walks along image rows: 8 lanes take one row of one patch, two pixels each, and four patches lie beside each other: whole
//   sectors, and no two lanes' words in one bank.
// - The sum's order is that of linear/: a token gets the bits that its linear kernels would give for the gathered patch.

#include "linear/fragment_order.h"
#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/mma.h"
#include "primitives/shared.h"
#include "primitives/threads.h"

namespace unimed::patch_embedding {
namespace {

constexpr int Warps = 4;
constexpr int TokenTiles = 4;
constexpr int BlockTokens = TokenTiles * 8;
// Steps of 16 columns that shared memory holds: all 37 of a 14 x 14 patch; larger patches take turns.
constexpr int ChunkSteps = 40;

struct Arguments {
    Global<const Words4> weights;
    Global<const float> bias;
    Global<const float> class_token;
    Global<const float> positions;
    Global<const float> pixels;
    Global<float> output;
    int images;
    int channels;
    int patch;
    int grid;

    UNIMED_DEVICE int patches() const { return grid * grid; }
    UNIMED_DEVICE int tokens() const { return images * patches(); }
    UNIMED_DEVICE int columns() const { return 3 * patch * patch; }
    UNIMED_DEVICE std::ptrdiff_t side() const { return static_cast<std::ptrdiff_t>(grid) * patch; }
};

// Place of a pair of neighbouring columns of a token among the 32-bit words of the operands.
UNIMED_DEVICE int operand_word(int token, int column) {
    return (column / StepColumns * TokenTiles + token / 8) * 64 + token % 8 * 8 + column % StepColumns / 2;
}

// The tokens of a block that a thread gathers: 4 beside each other for each warp, 8 lanes each.
struct Gather {
    static constexpr int Share = BlockTokens / (Warps * 4);
    // Image rows under way at once.
    static constexpr int Rows = 7;

    int token[Share];
    // First pixel of the patch; null past the last one.
    Global<const float> corner[Share];

    UNIMED_DEVICE Gather(const Arguments &a, int first_token) {
        UNIMED_UNROLL
        for (int i = 0; i < Share; i++) {
            token[i] = (warp_index() + i * Warps) * 4 + lane_index() / 8;
            const int index = first_token + token[i];
            const int image = index / a.patches();
            const int place = index % a.patches();
            corner[i] = {nullptr};
            if (index < a.tokens())
                corner[i] = a.pixels + image * 3 * a.side() * a.side() + place / a.grid * a.patch * a.side() + place % a.grid * a.patch;
        }
    }

    // Columns first .. end - 1 of the patches (input channel, row, column), and zeros behind the last.
    template <class Element, int Unit>
    UNIMED_DEVICE void columns(const Arguments &a, int first, int end, Shared<std::uint32_t> operands) const {
        UNIMED_NO_UNROLL
        for (int channel = 0; channel < 3; channel++) {
            UNIMED_NO_UNROLL
            for (int first_y = 0; first_y < a.patch; first_y += Rows) {
                UNIMED_NO_UNROLL
                for (int x = lane_index() % 8 * Unit; x < a.patch; x += 8 * Unit)
                    batch<Element, Unit>(a, channel, first_y, x, first, end, operands);
            }
        }

        const int last_step = end / StepColumns;
        UNIMED_UNROLL
        for (int half = 0; half < 2; half++) {
            const int column = last_step * StepColumns + lane_index() % 8 * 2 + half;
            if (end == a.columns() && end % StepColumns != 0 && column >= end) {
                UNIMED_UNROLL
                for (int i = 0; i < Share; i++)
                    store(as<std::uint16_t>(operands) + operand_word(token[i], column - first) * 2 + half, 0);
            }
        }
    }

private:
    template <class Element, int Unit>
    UNIMED_DEVICE void batch(const Arguments &a, int channel, int first_y, int x, int first, int end,
                             Shared<std::uint32_t> operands) const {
        float raw[Rows][Share][Unit];
        const auto column_of = [&](int row) { return (channel * a.patch + first_y + row) * a.patch + x; };
        const auto wanted = [&](int row) { return first_y + row < a.patch && column_of(row) >= first && column_of(row) < end; };
        UNIMED_UNROLL
        for (int row = 0; row < Rows; row++) {
            UNIMED_UNROLL
            for (int i = 0; i < Share; i++) {
                UNIMED_UNROLL
                for (int unit = 0; unit < Unit; unit++)
                    raw[row][i][unit] = 0;
                if (!corner[i] || !wanted(row))
                    continue;
                const Global<const float> from = corner[i] + (channel * a.side() + first_y + row) * a.side() + x;
                if constexpr (Unit == 2) {
                    const Floats2 two = load(as<Floats2>(from));
                    raw[row][i][0] = two.value[0];
                    raw[row][i][1] = two.value[1];
                } else {
                    raw[row][i][0] = load(from);
                }
            }
        }
        UNIMED_UNROLL
        for (int row = 0; row < Rows; row++) {
            UNIMED_UNROLL
            for (int i = 0; i < Share; i++) {
                if (!wanted(row))
                    continue;
                const int column = column_of(row) - first;
                const Shared<std::uint32_t> to = operands + operand_word(token[i], column);
                if constexpr (Unit == 2)
                    store(to, pack_pair<Element>(raw[row][i][0], raw[row][i][1]));
                else
                    store(as<std::uint16_t>(to) + column % 2, static_cast<std::uint16_t>(pack_pair<Element>(raw[row][i][0], 0.0f)));
            }
        }
    }
};

UNIMED_DEVICE void write_class_tokens(const Arguments &a, int first_token) {
    for (int i = warp_index(); i < BlockTokens && first_token + i < a.tokens(); i += Warps) {
        if ((first_token + i) % a.patches() != 0)
            continue;
        const std::ptrdiff_t row = static_cast<std::ptrdiff_t>((first_token + i) / a.patches()) * (1 + a.patches());
        for (int c = lane_index(); c < Warps * TileRows; c += 32) {
            const int channel = block_y() * Warps * TileRows + c;
            if (channel < a.channels)
                store(a.output + row * a.channels + channel, load(a.class_token + channel) + load(a.positions + channel));
        }
    }
}

UNIMED_DEVICE void write_token(const Arguments &a, int token, int channel, float sum) {
    if (token >= a.tokens() || channel >= a.channels)
        return;
    const int image = token / a.patches();
    const int place = 1 + token % a.patches();
    const float value = sum + load(a.bias + channel) + load(a.positions + static_cast<std::ptrdiff_t>(place) * a.channels + channel);
    store(a.output + (static_cast<std::ptrdiff_t>(image) * (1 + a.patches()) + place) * a.channels + channel, value);
}

template <class Element>
UNIMED_DEVICE void embed(const Arguments &a) {
    // Steps whose weights are under way at once.
    constexpr int Ahead = StageSteps;
    static_assert(ChunkSteps % Ahead == 0);
    // The operand of a lane: one for each step and 8 tokens.
    UNIMED_SHARED(operands, Words2, (ChunkSteps * TokenTiles * 32));

    const int lane = lane_index();
    const int first_token = block_x() * BlockTokens;
    const int tile = block_y() * Warps + warp_index();
    const int steps = step_count(a.columns());
    const bool has_tile = tile < tile_count(a.channels);
    const Global<const Words4> weights = a.weights + fragment_index(tile, 0, steps, lane);

    let_next_kernel_start();
    Words4 next[Ahead] = {};
    UNIMED_UNROLL
    for (int s = 0; s < Ahead; s++)
        if (has_tile && s < steps)
            next[s] = load_once(weights + s * 32);
    // Weights depend on nobody; pixels do, and so does the memory behind the output.
    wait_for_previous_kernels();
    write_class_tokens(a, first_token);
    const Gather gather(a, first_token);
    const bool pairs = a.patch % 2 == 0 && is_aligned(a.pixels, 8);

    float total[TokenTiles][4] = {};
    float sum[TokenTiles][4] = {};
    const auto close_slice = [&] {
        UNIMED_UNROLL
        for (int n = 0; n < TokenTiles; n++) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++) {
                total[n][reg] += sum[n][reg];
                sum[n][reg] = 0;
            }
        }
    };

    int slice_end = slice_steps(a.columns());
    UNIMED_NO_UNROLL
    for (int chunk = 0; chunk < steps; chunk += ChunkSteps) {
        const int end = chunk + ChunkSteps < steps ? chunk + ChunkSteps : steps;
        const int first_column = chunk * StepColumns;
        const int end_column = end * StepColumns < a.columns() ? end * StepColumns : a.columns();
        if (chunk != 0)
            block_barrier();
        if (pairs)
            gather.columns<Element, 2>(a, first_column, end_column, as<std::uint32_t>(operands));
        else
            gather.columns<Element, 1>(a, first_column, end_column, as<std::uint32_t>(operands));
        block_barrier();
        if (!has_tile)
            continue;

        UNIMED_NO_UNROLL
        for (int step = chunk; step < end; step += Ahead) {
            if (step == slice_end) {
                close_slice();
                slice_end += slice_steps(a.columns());
            }
            Words4 now[Ahead];
            UNIMED_UNROLL
            for (int s = 0; s < Ahead; s++) {
                now[s] = next[s];
                if (step + Ahead + s < steps)
                    next[s] = load_once(weights + (step + Ahead + s) * 32);
            }
            UNIMED_UNROLL
            for (int s = 0; s < Ahead; s++) {
                if (step + s >= end)
                    break;
                UNIMED_UNROLL
                for (int n = 0; n < TokenTiles; n++) {
                    const Words2 b = load(operands + ((step - chunk + s) * TokenTiles + n) * 32 + lane);
                    mma_m16n8k16<Element>(sum[n], now[s].word, b.word);
                }
            }
        }
    }
    if (!has_tile)
        return;
    close_slice();

    UNIMED_UNROLL
    for (int n = 0; n < TokenTiles; n++) {
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++) {
            const MatrixPosition at = mma_c_position(static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(reg));
            write_token(a, first_token + n * 8 + static_cast<int>(at.column), tile * TileRows + static_cast<int>(at.row), total[n][reg]);
        }
    }
}

} // namespace

#define UNIMED_PATCH_EMBEDDING_PARAMETERS                                                                                                  \
    (Global<const Words4> weights, Global<const float> bias, Global<const float> class_token, Global<const float> positions,               \
     Global<const float> pixels, Global<float> output, int images, int channels, int patch, int grid)
#define UNIMED_PATCH_EMBEDDING_ARGUMENTS                                                                                                   \
    { weights, bias, class_token, positions, pixels, output, images, channels, patch, grid }

UNIMED_KERNEL(patch_embedding_f16, 128, UNIMED_PATCH_EMBEDDING_PARAMETERS) {
    embed<Float16>(UNIMED_PATCH_EMBEDDING_ARGUMENTS);
}

UNIMED_KERNEL(patch_embedding_bf16, 128, UNIMED_PATCH_EMBEDDING_PARAMETERS) {
    embed<BFloat16>(UNIMED_PATCH_EMBEDDING_ARGUMENTS);
}

} // namespace unimed::patch_embedding
