// One kernel for each primitive, for tests/primitives_test.cpp and tests/fragments_test.cpp.

#include "primitives/async_copy.h"
#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/kernel.h"
#include "primitives/mma.h"
#include "primitives/shared.h"
#include "primitives/small_integers.h"
#include "primitives/threads.h"
#include "primitives/warp.h"

namespace unimed {

// a: 32 lanes x 4 registers, b: 32 x 2, d: 32 x 4, in and out.
UNIMED_KERNEL(test_mma_f16, 32, (Global<const Words4> a, Global<const Words2> b, Global<Floats4> d)) {
    const int lane = lane_index();
    Floats4 c = load(d + lane);
    const Words4 left = load(a + lane);
    const Words2 right = load(b + lane);
    mma_m16n8k16<Float16>(c.value, left.word, right.word);
    store(d + lane, c);
}

UNIMED_KERNEL(test_mma_bf16, 32, (Global<const Words4> a, Global<const Words2> b, Global<Floats4> d)) {
    const int lane = lane_index();
    Floats4 c = load(d + lane);
    const Words4 left = load(a + lane);
    const Words2 right = load(b + lane);
    mma_m16n8k16<BFloat16>(c.value, left.word, right.word);
    store(d + lane, c);
}

namespace {

// matrices: 32 rows of 8 halves; lane i names row i. out: 32 lanes x Matrices registers.
template <int Matrices, bool Transposed>
UNIMED_DEVICE void copy_through_ldmatrix(Global<const Words4> matrices, Global<std::uint32_t> out) {
    UNIMED_SHARED(rows, Words4, 32);
    store(rows + lane_index(), load(matrices + lane_index()));
    warp_barrier();
    std::uint32_t registers[Matrices];
    ldmatrix<Matrices, Transposed>(registers, rows + lane_index());
    for (int i = 0; i < Matrices; i++)
        store(out + lane_index() * Matrices + i, registers[i]);
}

} // namespace

UNIMED_KERNEL(test_ldmatrix_x1, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<1, false>(matrices, out);
}

UNIMED_KERNEL(test_ldmatrix_x2, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<2, false>(matrices, out);
}

UNIMED_KERNEL(test_ldmatrix_x4, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<4, false>(matrices, out);
}

UNIMED_KERNEL(test_ldmatrix_x1_trans, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<1, true>(matrices, out);
}

UNIMED_KERNEL(test_ldmatrix_x2_trans, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<2, true>(matrices, out);
}

UNIMED_KERNEL(test_ldmatrix_x4_trans, 32, (Global<const Words4> matrices, Global<std::uint32_t> out)) {
    copy_through_ldmatrix<4, true>(matrices, out);
}

// out: 6 x 32.
UNIMED_KERNEL(test_warp, 32, (Global<const float> in, Global<float> out)) {
    const int lane = lane_index();
    const float value = load(in + lane);
    store(out + lane, shuffle_xor(value, 5));
    store(out + 32 + lane, shuffle_down(value, 3));
    store(out + 64 + lane, shuffle_index(value, lane * 7 + 2));
    store(out + 96 + lane, warp_sum(value));
    store(out + 128 + lane, warp_max(value));
    const std::uint32_t votes = ballot(value > 0.0f);
    store(out + 160 + lane, (votes >> lane & 1) != 0 ? 1.0f : 0.0f);
}

// out[0]: all, out[1]: any, of in > 0.
UNIMED_KERNEL(test_votes, 32, (Global<const float> in, Global<int> out)) {
    const float value = load(in + lane_index());
    const bool every = all(value > 0.0f);
    const bool some = any(value > 0.0f);
    if (lane_index() == 0) {
        store(out, every ? 1 : 0);
        store(out + 1, some ? 1 : 0);
    }
}

// Where each thread is: block x, y, blocks along x, thread, threads, warp, lane.
UNIMED_KERNEL(test_places, 96, (Global<int> out)) {
    const Global<int> mine = out + ((block_y() * block_count_x() + block_x()) * thread_count() + thread_index()) * 7;
    const int places[7] = {block_x(), block_y(), block_count_x(), thread_index(), thread_count(), warp_index(), lane_index()};
    for (int i = 0; i < 7; i++)
        store(mine + i, places[i]);
}

// Copies 32 x 16 bytes in two groups of 16 lanes' worth. `waits` 0: none, 1: for the older group, 2: for both. The last `cut` bytes of each
// piece are not read. Every thread then shows what it sees in its own place of both.
UNIMED_KERNEL(test_async_copy, 32, (Global<const Words4> in, Global<Words4> out, int waits, int cut)) {
    UNIMED_SHARED(pieces, Words4, 64);
    const int lane = lane_index();
    copy_async_16(pieces + lane, in + lane, 16 - cut);
    copy_async_commit();
    copy_async_16(pieces + 32 + lane, in + 32 + lane, 16 - cut);
    copy_async_commit();
    if (waits == 1)
        copy_async_wait<1>();
    else if (waits == 2)
        copy_async_wait<0>();
    warp_barrier();
    store(out + lane, load(pieces + lane));
    store(out + 32 + lane, load(pieces + 32 + lane));
}

// Shared memory before anything was written: fixed and dynamic.
UNIMED_KERNEL(test_poison, 32, (Global<float> out)) {
    UNIMED_SHARED(first, float, 32);
    UNIMED_SHARED(second, float, 32);
    store(out + lane_index(), load(first + lane_index()));
    store(out + 32 + lane_index(), load(second + lane_index()));
    store(out + 64 + lane_index(), load(dynamic_shared<float>() + lane_index()));
    // Were the two the same place, the second store would change the first.
    store(first + lane_index(), 1.0f);
    store(second + lane_index(), 2.0f);
    store(out + 96 + lane_index(), load(first + lane_index()));
}

// pairs[i] of in[2 i], in[2 i + 1], and the pair widened again.
UNIMED_KERNEL(test_half_pairs, 32, (Global<const Floats2> in, Global<Words2> pairs, Global<Floats4> widened)) {
    const int i = thread_index();
    const Floats2 value = load(in + i);
    const Words2 both{{pack_pair<Float16>(value.value[0], value.value[1]), pack_pair<BFloat16>(value.value[0], value.value[1])}};
    store(pairs + i, both);
    store(widened + i, Floats4{{widen_half<Float16>(both.word[0], 0), widen_half<Float16>(both.word[0], 1),
                                widen_half<BFloat16>(both.word[1], 0), widen_half<BFloat16>(both.word[1], 1)}});
}

UNIMED_KERNEL(test_bytes_to_halves, 256, (Global<const std::uint32_t> bytes, Global<Words2> halves)) {
    Words2 pairs;
    bytes_to_halves(pairs.word, load(bytes + thread_index()));
    store(halves + thread_index(), pairs);
}

UNIMED_KERNEL(test_half_bytes_to_halves, 256, (Global<const std::uint32_t> half_bytes, Global<Words4> halves)) {
    Words4 pairs;
    half_bytes_to_halves(pairs.word, load(half_bytes + thread_index()));
    store(halves + thread_index(), pairs);
}

} // namespace unimed
