#include <array>
#include <bit>
#include <cstring>

#include "host/block.h"
#include "host/device.h"
#include "primitives/fragment_maps.h"

// One build of a function for AVX2 next to the portable one; the arithmetic is the same, element by element.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define UNIMED_CLONES [[gnu::target_clones("avx2", "default")]]
#else
#define UNIMED_CLONES
#endif

namespace unimed::host {
namespace {

struct MmaOperands {
    float *d;
    const std::uint32_t *a;
    const std::uint32_t *b;
};

struct LdMatrixOperands {
    std::uint32_t *registers;
    std::uint32_t matrices;
    bool transposed;
    const std::byte *row;
};

// Exact, as to_float(Float16), but free of branches, so that loops over it become vector code.
[[gnu::always_inline]] inline float widen_float16(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
    const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7FFFu) << 13;
    // The exponent's bias grows by 112; as a product this is right for subnormal numbers too.
    const std::uint32_t scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
    const std::uint32_t special = magnitude >= 0x0F800000u ? 0x7F800000u : 0u;
    return std::bit_cast<float>(sign | scaled | special);
}

[[gnu::always_inline]] inline float widen_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Pairs of halves as registers hold them: neighbours along K, the lower one in the low half.
struct Operands {
    std::uint32_t a[16][8];
    // Transposed: [column][pair].
    std::uint32_t b[8][8];
    float c[16][8];
};

// A row of C as one vector register, or as many as the processor needs for it.
using Row [[gnu::vector_size(8 * sizeof(float))]] = float;

template <class Widen>
[[gnu::always_inline]] inline void multiply(Operands &operands, Widen widen) {
    float a[16][16], b[16][8];
    for (int r = 0; r < 16; r++)
        for (int pair = 0; pair < 8; pair++) {
            a[r][2 * pair] = widen(static_cast<std::uint16_t>(operands.a[r][pair]));
            a[r][2 * pair + 1] = widen(static_cast<std::uint16_t>(operands.a[r][pair] >> 16));
        }
    for (int pair = 0; pair < 8; pair++)
        for (int n = 0; n < 8; n++) {
            b[2 * pair][n] = widen(static_cast<std::uint16_t>(operands.b[n][pair]));
            b[2 * pair + 1][n] = widen(static_cast<std::uint16_t>(operands.b[n][pair] >> 16));
        }
    // Products of two halves are exact in fp32; sums are rounded one after another along K. A card adds in another order and may keep
    // fewer bits, which the PTX manual leaves open.
    for (int r = 0; r < 16; r++) {
        Row sum;
        std::memcpy(&sum, operands.c[r], sizeof sum);
        for (int k = 0; k < 16; k++) {
            Row row;
            std::memcpy(&row, b[k], sizeof row);
            sum += a[r][k] * row;
        }
        std::memcpy(operands.c[r], &sum, sizeof sum);
    }
}

UNIMED_CLONES void multiply_float16(Operands &operands) {
    multiply(operands, [](std::uint16_t bits) { return widen_float16(bits); });
}

UNIMED_CLONES void multiply_bfloat16(Operands &operands) {
    multiply(operands, [](std::uint16_t bits) { return widen_bfloat16(bits); });
}

template <auto Multiply>
void resolve_mma(const std::array<MmaOperands *, 32> &lanes) {
    Operands operands;
    for (std::uint32_t lane = 0; lane < 32; lane++) {
        for (std::uint32_t reg = 0; reg < 4; reg++) {
            const MatrixPosition at = mma_a_position(lane, reg, 0);
            operands.a[at.row][at.column / 2] = lanes[lane]->a[reg];
        }
        for (std::uint32_t reg = 0; reg < 2; reg++) {
            const MatrixPosition at = mma_b_position(lane, reg, 0);
            operands.b[at.column][at.row / 2] = lanes[lane]->b[reg];
        }
        for (std::uint32_t reg = 0; reg < 4; reg++) {
            const MatrixPosition at = mma_c_position(lane, reg);
            operands.c[at.row][at.column] = lanes[lane]->d[reg];
        }
    }
    Multiply(operands);
    for (std::uint32_t lane = 0; lane < 32; lane++)
        for (std::uint32_t reg = 0; reg < 4; reg++) {
            const MatrixPosition at = mma_c_position(lane, reg);
            lanes[lane]->d[reg] = operands.c[at.row][at.column];
        }
}

void resolve_ldmatrix(const std::array<LdMatrixOperands *, 32> &lanes) {
    for (std::uint32_t lane = 0; lane < 32; lane++)
        for (std::uint32_t matrix = 0; matrix < lanes[lane]->matrices; matrix++) {
            std::uint32_t word = 0;
            for (std::uint32_t half = 0; half < 2; half++) {
                const MatrixPosition at = ldmatrix_position(lane, half);
                const std::uint32_t row = lanes[lane]->transposed ? at.column : at.row;
                const std::uint32_t column = lanes[lane]->transposed ? at.row : at.column;
                std::uint16_t element;
                std::memcpy(&element, lanes[matrix * 8 + row]->row + column * sizeof element, sizeof element);
                word |= static_cast<std::uint32_t>(element) << (16 * half);
            }
            lanes[lane]->registers[matrix] = word;
        }
}

} // namespace

void mma_m16n8k16(HalfType type, float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    Lane &lane = Block::this_lane();
    MmaOperands operands{d, a, b};
    if (lane.lane_index() == 0)
        lane.block->counters().mma++;
    lane.block->collective(lane, Collective::Mma, operands,
                           type == HalfType::Float16 ? &resolve_mma<multiply_float16> : &resolve_mma<multiply_bfloat16>);
}

[[gnu::noinline]] void ldmatrix(std::uint32_t *registers, std::uint32_t matrices, bool transposed, const void *row) {
    Lane &lane = Block::this_lane();
    LdMatrixOperands operands{registers, matrices, transposed, static_cast<const std::byte *>(row)};
    if (lane.lane_index() < matrices * 8)
        lane.block->shared_access(lane, AccessKind::SharedLoad, row, 16, __builtin_return_address(0));
    if (lane.lane_index() == 0)
        lane.block->counters().ldmatrix++;
    lane.block->collective(lane, Collective::LdMatrix, operands, &resolve_ldmatrix);
}

} // namespace unimed::host
