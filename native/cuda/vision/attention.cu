// Attention of the vision transformer: every token of an image sees all tokens of its image.
//
//   qkv [rows, 3, heads, head_dim] -> output [rows, heads, head_dim], fp32; images are ragged: image i has rows row_offsets[i] to
//   row_offsets[i + 1]; scores are q.k * head_dim^-0.5.
//
//   kernel                 head_dim     threads   grid (x, y, z)
//   vision_attention_96    1 to 96      128       ceil(most tokens of an image / 64), heads, images
//   vision_attention_128   1 to 128     128       the same
//   arguments: qkv, row_offsets [images + 1] (int32), output, heads, head_dim. Blocks past the end of their image leave at once. 32 KiB of
//   shared memory of fixed size.
//
// Work: 4 * tokens^2 * heads * head_dim FLOPs an image, 0.37 GFLOP at 257 tokens, 16 heads of 88. Bytes: queries read and outputs written
// once; keys and values once for each 64 queries, from L2 but for the first time: 4.3 MB from memory and 14.5 MB from L2.
// Tricks:
// - Scores live in the registers of an mma's result and become the left operand of the second product where they are: result and A operand
//   have the same layout. Softmax runs online in fp32, over tiles of 32 keys from the image's first: the order of all sums depends on the
//   number of its tokens only.
// - Keys and values are rounded to f16 on the way from memory to shared memory, once for 64 queries. The next tile's keys are on their way
//   in registers while this tile's scores are computed, its values while this tile's are added up; they are written to the other of two
//   buffers: one barrier a tile.
// - A row of a tile is 16 pieces of 16 bytes, head_dim filled up with zeros; piece p of key k lies at p xor (k mod 8), so that eight keys'
//   same piece (ldmatrix) and four neighbouring pieces of keys k and k + 4 (a half-warp's stores) meet all banks.
//
// Error: q (after scaling), k, v and the unnormalized weights, which are at most 1, are rounded to f16 (u = 2^-11), the rest is fp32. With
// S = the largest sum_i |q_i k_i| * head_dim^-0.5 over the keys of a query: |error| <= (e^(4.1 u S) - 1 + 2.1 u + 2^-24 tokens) * max |v|.
// Numbers below 2^-14 are rounded to multiples of 2^-24 instead, numbers beyond 65504 become infinite.

#include "primitives/arithmetic.h"
#include "primitives/dependency.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/maximum.h"
#include "primitives/mma.h"
#include "primitives/row.h"
#include "primitives/shared.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed::vision_attention {
namespace {

constexpr int Warps = 4;
constexpr int WarpQueries = 16;
constexpr int KeyTile = 32;
// Pieces of 8 halves in a row of a tile.
constexpr int RowPieces = 16;
constexpr float Log2E = 1.44269504088896340736f;

struct Arguments {
    Global<const float> qkv;
    Global<const int> row_offsets;
    Global<float> output;
    int heads;
    int head_dim;
};

// Keys or values of one tile, on their way from global memory through registers to shared memory. A warp takes rows r, r + 4, r + 1 and
// r + 5 at once, 8 lanes each; a lane brings 4 columns of 32.
template <int Width>
struct TileLoader {
    static constexpr int Passes = KeyTile / (Warps * 4);
    static constexpr int Groups = Width / 32;

    // Of the image's first row in this head.
    Global<const float> first;
    std::ptrdiff_t stride;
    int tokens;
    int head_dim;
    bool aligned;
    Floats4 raw[Passes][Groups];

    UNIMED_DEVICE static int row_of(int pass) {
        const int part = lane_index() / 8;
        return pass * Warps * 4 + warp_index() / 2 * 8 + warp_index() % 2 * 2 + part % 2 * 4 + part / 2;
    }

    // Rows from first_row of the image on, `ahead` behind them in memory.
    UNIMED_DEVICE void load_from(int first_row, std::ptrdiff_t ahead) {
        UNIMED_UNROLL
        for (int pass = 0; pass < Passes; pass++) {
            UNIMED_UNROLL
            for (int group = 0; group < Groups; group++) {
                const int row = first_row + row_of(pass);
                raw[pass][group] = row < tokens
                                       ? load_four(first + row * stride + ahead, group * 32 + lane_index() % 8 * 4, head_dim, aligned)
                                       : Floats4{};
            }
        }
    }

    UNIMED_DEVICE void store_to(Shared<Words4> tile) const {
        UNIMED_UNROLL
        for (int pass = 0; pass < Passes; pass++) {
            UNIMED_UNROLL
            for (int group = 0; group < Groups; group++) {
                const Floats4 &four = raw[pass][group];
                const int row = row_of(pass);
                const int piece = (group * 4 + lane_index() % 8 / 2) ^ row % 8;
                store(as<Words2>(tile) + (row * RowPieces + piece) * 2 + lane_index() % 2,
                      Words2{{pack_pair<Float16>(four.value[0], four.value[1]), pack_pair<Float16>(four.value[2], four.value[3])}});
            }
        }
    }
};

UNIMED_DEVICE Floats2 load_two(Global<const float> row, int first, int columns, bool aligned) {
    Floats2 two{};
    if (aligned) {
        if (first < columns)
            two = load(as<Floats2>(row + first));
    } else {
        UNIMED_UNROLL
        for (int j = 0; j < 2; j++)
            if (first + j < columns)
                two.value[j] = load(row + first + j);
    }
    return two;
}

// 16 queries of a warp and what they have gathered so far. A lane has rows lane / 4 and lane / 4 + 8.
template <int Width>
struct QueryTile {
    static constexpr int Steps = Width / 16;

    std::uint32_t query[Steps][4];
    float gathered[2 * Steps][4] = {};
    float largest[2] = {-INFINITY, -INFINITY};
    float sum[2] = {};

    // Scaled so that a weight is 2^score.
    UNIMED_DEVICE void load_queries(const Arguments &a, std::ptrdiff_t first_row, int first_query, int tokens, int head) {
        const float scale = inverse_square_root(static_cast<float>(a.head_dim)) * Log2E;
        const bool aligned = is_aligned(a.qkv, 8) && a.head_dim % 2 == 0;
        UNIMED_UNROLL
        for (int reg = 0; reg < 4; reg++) {
            const int token = first_query + lane_index() / 4 + reg % 2 * 8;
            const Global<const float> row = a.qkv + ((first_row + token) * 3 * a.heads + head) * a.head_dim;
            UNIMED_UNROLL
            for (int step = 0; step < Steps; step++) {
                const int column = step * 16 + lane_index() % 4 * 2 + reg / 2 * 8;
                const Floats2 two = token < tokens ? load_two(row, column, a.head_dim, aligned) : Floats2{};
                query[step][reg] = pack_pair<Float16>(two.value[0] * scale, two.value[1] * scale);
            }
        }
    }

    // Weights of a tile's first `keys` keys, as A operands of 16 keys each.
    UNIMED_DEVICE void see(Shared<Words4> tile, int keys, std::uint32_t (&weights)[KeyTile / 16][4]) {
        float score[KeyTile / 8][4] = {};
        const int matrix = lane_index() / 8;
        const int row = lane_index() % 8;
        UNIMED_UNROLL
        for (int half = 0; half < KeyTile / 16; half++) {
            if (half * 16 >= keys)
                break;
            UNIMED_UNROLL
            for (int step = 0; step < Steps; step++) {
                std::uint32_t b[4];
                const int key = half * 16 + matrix / 2 * 8 + row;
                ldmatrix(b, tile + key * RowPieces + ((step * 2 + matrix % 2) ^ row));
                mma_m16n8k16<Float16>(score[half * 2], query[step], {b[0], b[1]});
                mma_m16n8k16<Float16>(score[half * 2 + 1], query[step], {b[2], b[3]});
            }
        }
        UNIMED_UNROLL
        for (int n = 0; n < KeyTile / 8; n++) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++)
                if (n * 8 + lane_index() % 4 * 2 + reg % 2 >= keys)
                    score[n][reg] = -INFINITY;
        }

        weigh(score);
        UNIMED_UNROLL
        for (int half = 0; half < KeyTile / 16; half++) {
            UNIMED_UNROLL
            for (int reg = 0; reg < 4; reg++)
                weights[half][reg] = pack_pair<Float16>(score[half * 2 + reg / 2][reg % 2 * 2], score[half * 2 + reg / 2][reg % 2 * 2 + 1]);
        }
    }

    // Adds up the values of a tile's first `keys` keys.
    UNIMED_DEVICE void gather(Shared<Words4> tile, int keys, const std::uint32_t (&weights)[KeyTile / 16][4]) {
        const int matrix = lane_index() / 8;
        const int row = lane_index() % 8;
        UNIMED_UNROLL
        for (int half = 0; half < KeyTile / 16; half++) {
            if (half * 16 >= keys)
                break;
            UNIMED_UNROLL
            for (int step = 0; step < Steps; step++) {
                std::uint32_t b[4];
                const int key = half * 16 + matrix % 2 * 8 + row;
                ldmatrix<4, true>(b, tile + key * RowPieces + ((step * 2 + matrix / 2) ^ row));
                mma_m16n8k16<Float16>(gathered[step * 2], weights[half], {b[0], b[1]});
                mma_m16n8k16<Float16>(gathered[step * 2 + 1], weights[half], {b[2], b[3]});
            }
        }
    }

    // Scores become weights relative to the largest score seen so far, and what was gathered before is brought to the same measure.
    UNIMED_DEVICE void weigh(float (&score)[KeyTile / 8][4]) {
        UNIMED_UNROLL
        for (int r = 0; r < 2; r++) {
            float now = largest[r];
            UNIMED_UNROLL
            for (int n = 0; n < KeyTile / 8; n++)
                now = maximum_number(now, maximum_number(score[n][2 * r], score[n][2 * r + 1]));
            now = maximum_number(now, shuffle_xor(now, 1));
            now = maximum_number(now, shuffle_xor(now, 2));
            // Where all scores so far are -infinity, any finite measure gives weight 0.
            const float measure = now == -INFINITY ? 0.0f : now;
            const float correction = exponential2_fast(largest[r] - measure);
            largest[r] = now;
            float added = 0;
            UNIMED_UNROLL
            for (int n = 0; n < KeyTile / 8; n++) {
                UNIMED_UNROLL
                for (int side = 0; side < 2; side++) {
                    score[n][2 * r + side] = exponential2_fast(score[n][2 * r + side] - measure);
                    added += score[n][2 * r + side];
                }
            }
            sum[r] = multiply_add(sum[r], correction, added);
            UNIMED_UNROLL
            for (int n = 0; n < 2 * Steps; n++) {
                UNIMED_UNROLL
                for (int side = 0; side < 2; side++)
                    gathered[n][2 * r + side] *= correction;
            }
        }
    }

    UNIMED_DEVICE void write(const Arguments &a, std::ptrdiff_t first_row, int first_query, int tokens, int head) {
        const bool aligned = is_aligned(a.output, 8) && a.head_dim % 2 == 0;
        UNIMED_UNROLL
        for (int r = 0; r < 2; r++) {
            float total = sum[r];
            total += shuffle_xor(total, 1);
            total += shuffle_xor(total, 2);
            const float scale = 1.0f / total;
            const int token = first_query + lane_index() / 4 + 8 * r;
            const Global<float> row = a.output + ((first_row + token) * a.heads + head) * a.head_dim;
            UNIMED_UNROLL
            for (int n = 0; n < 2 * Steps; n++) {
                const int column = n * 8 + lane_index() % 4 * 2;
                const Floats2 two{{gathered[n][2 * r] * scale, gathered[n][2 * r + 1] * scale}};
                if (token >= tokens || column >= a.head_dim)
                    continue;
                if (aligned) {
                    store(as<Floats2>(row + column), two);
                } else {
                    store(row + column, two.value[0]);
                    if (column + 1 < a.head_dim)
                        store(row + column + 1, two.value[1]);
                }
            }
        }
    }
};

template <int Width>
UNIMED_DEVICE void attend(const Arguments &a) {
    // Two buffers of keys, then values.
    constexpr int TilePieces = KeyTile * RowPieces;
    UNIMED_SHARED(tiles, Words4, (4 * TilePieces));
    let_next_kernel_start();
    wait_for_previous_kernels();
    const std::ptrdiff_t first_row = load(a.row_offsets + block_z());
    const int tokens = static_cast<int>(load(a.row_offsets + block_z() + 1) - first_row);
    const int head = block_y();
    const int first_query = (block_x() * Warps + warp_index()) * WarpQueries;
    if (block_x() * Warps * WarpQueries >= tokens)
        return;

    const std::ptrdiff_t channels = static_cast<std::ptrdiff_t>(a.heads) * a.head_dim;
    TileLoader<Width> loader{a.qkv + first_row * 3 * channels + head * a.head_dim,
                             3 * channels,
                             tokens,
                             a.head_dim,
                             is_aligned(a.qkv, 16) && a.head_dim % 4 == 0,
                             {}};
    loader.load_from(0, channels);
    loader.store_to(tiles);
    loader.load_from(0, 2 * channels);
    QueryTile<Width> queries;
    queries.load_queries(a, first_row, first_query, tokens, head);
    loader.store_to(tiles + TilePieces);
    block_barrier();

    int buffer = 0;
    UNIMED_NO_UNROLL
    for (int first_key = 0; first_key < tokens; first_key += KeyTile) {
        const Shared<Words4> keys = tiles + buffer * 2 * TilePieces;
        const Shared<Words4> next_keys = tiles + (1 - buffer) * 2 * TilePieces;
        const int here = tokens - first_key < KeyTile ? tokens - first_key : KeyTile;
        const bool more = first_key + KeyTile < tokens;
        std::uint32_t weights[KeyTile / 16][4];
        if (more)
            loader.load_from(first_key + KeyTile, channels);
        if (first_query < tokens)
            queries.see(keys, here, weights);
        if (more) {
            loader.store_to(next_keys);
            loader.load_from(first_key + KeyTile, 2 * channels);
        }
        if (first_query < tokens)
            queries.gather(keys + TilePieces, here, weights);
        if (more) {
            loader.store_to(next_keys + TilePieces);
            block_barrier();
        }
        buffer = 1 - buffer;
    }
    if (first_query < tokens)
        queries.write(a, first_row, first_query, tokens, head);
}

} // namespace

#define UNIMED_VISION_ATTENTION_PARAMETERS                                                                                                 \
    (Global<const float> qkv, Global<const int> row_offsets, Global<float> output, int heads, int head_dim)

UNIMED_KERNEL(vision_attention_96, 128, UNIMED_VISION_ATTENTION_PARAMETERS) {
    attend<96>({qkv, row_offsets, output, heads, head_dim});
}

UNIMED_KERNEL(vision_attention_128, 128, UNIMED_VISION_ATTENTION_PARAMETERS) {
    attend<128>({qkv, row_offsets, output, heads, head_dim});
}

} // namespace unimed::vision_attention
