// A draw from each row that wants one: top-k, then top-p, then the token at which the cumulative probability passes the row's number.
//
//   sample_weights   keys [rows, vocabulary], parts (sample.cu) -> weights [rows, vocabulary], totals [rows, parts], both of 64 bits
//                    grid: (rows, parts), block: 256 threads; nothing for rows that take the largest
//   sample_draw      -> ids [rows], log-probabilities [rows], of rows of either kind                  grid: (rows), block: 512 threads
//       maxima [rows, parts * 256]: the largest key of each thread of sample_scores; tokens [rows, vocabulary]: scratch
//       keys and weights are scratch from here on
//
// Work: one integer exponential a token, some 80 instructions without a table or double precision, over all blocks of a row. sample_draw
// reads 4 or 8 bytes a token once, to keep what could be drawn, and goes on with that: with top-k 50 some hundred tokens.
// Trick: nothing is sorted. Scores are unsigned keys of the same order, and a threshold is found two bits at a time: that of top-k by
// counting lower keys, that of top-p by adding their weights, the first of its equals that stays by counting places. Before that what is
// surely dropped leaves: the k-th of the threads' largest keys is no larger than the k-th of all; tokens that weigh no more than the limit
// shared among all tokens come to no more than the limit. Weights are integers (fixed_point.h): sums are exact and have no order.

#include "primitives/block_reduction.h"
#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "sampling/fixed_point.h"
#include "sampling/philox.h"
#include "sampling/row_parts.h"
#include "sampling/row_search.h"
#include "sampling/sampling_row.h"
#include "sampling/score_key.h"

namespace unimed::sampling {

using Counts = BlockReduction<std::uint32_t, Digits, DrawThreads>;
using Sums = BlockReduction<std::uint64_t, Digits, DrawThreads>;

template <class T>
UNIMED_DEVICE T add(T a, T b) {
    return a + b;
}

/// What top-p leaves: keys above the cut, and of those equal to it the ones from a place on.
struct Nucleus {
    std::uint32_t cut;
    int first;
    std::uint64_t total;
};

/// A row that draws its token, of which `count` tokens are left, in the order of their ids.
struct Draw {
    Global<std::uint32_t> keys;
    Global<std::uint64_t> weights;
    Global<int> tokens;
    Counts counts;
    Sums sums;
    Shared<std::uint64_t> group_sums;
    Shared<std::uint64_t> answer;
    Shared<int> warp_counts;
    int count;

    UNIMED_DEVICE std::uint32_t key(int place) const { return load(keys + place); }
    UNIMED_DEVICE std::uint64_t weight(int place) const { return load(weights + place); }

    UNIMED_DEVICE std::uint64_t block_sum(std::uint64_t value) const {
        std::uint64_t values[Digits] = {value};
        sums(values, add<std::uint64_t>);
        return values[0];
    }

    UNIMED_DEVICE std::uint32_t equals(std::uint32_t of_key) const {
        std::uint32_t values[Digits] = {};
        each_of_row(
            count, [&](int place) { return key(place); }, [&](int, std::uint32_t other) { values[0] += other == of_key ? 1 : 0; });
        counts(values, add<std::uint32_t>);
        return values[0];
    }

    // Moves the tokens that stay together, in place and in order, and returns their weight. A warp takes 128 neighbours; what is read of a
    // round is read before the barrier, and what is written behind it stands no further back.
    template <class Stays>
    UNIMED_DEVICE std::uint64_t keep(bool all_tokens, Stays stays) {
        constexpr int Each = 4, Warps = DrawThreads / 32;
        std::uint64_t sum = 0;
        int left = 0, round = 0;
        for (int begin = 0; begin < count; begin += Each * DrawThreads, round ^= 1) {
            const int first = begin + warp_index() * Each * 32 + lane_index();
            std::uint32_t own_keys[Each] = {}, votes[Each] = {};
            std::uint64_t own_weights[Each] = {};
            int own_tokens[Each] = {};
            int of_warp = 0;
            UNIMED_UNROLL
            for (int i = 0; i < Each; i++) {
                const int place = first + i * 32;
                votes[i] = ballot(place < count && stays(place));
                if ((votes[i] >> lane_index() & 1u) != 0) {
                    own_keys[i] = key(place);
                    own_weights[i] = weight(place);
                    own_tokens[i] = all_tokens ? place : load(tokens + place);
                }
                of_warp += count_ones(votes[i]);
            }
            const Shared<int> all_warps = warp_counts + round * Warps;
            if (lane_index() == 0)
                store(all_warps + warp_index(), of_warp);
            block_barrier();
            int to = left;
            for (int w = 0; w < Warps; w++) {
                const int of_other = load(all_warps + w);
                to += w < warp_index() ? of_other : 0;
                left += of_other;
            }
            UNIMED_UNROLL
            for (int i = 0; i < Each; i++) {
                if ((votes[i] >> lane_index() & 1u) != 0) {
                    const int place = to + count_ones(votes[i] & ((1u << lane_index()) - 1));
                    store(keys + place, own_keys[i]);
                    store(weights + place, own_weights[i]);
                    store(tokens + place, own_tokens[i]);
                    sum += own_weights[i];
                }
                to += count_ones(votes[i]);
            }
        }
        count = left;
        return block_sum(sum);
    }

    // Keeps keys from the k-th largest on.
    UNIMED_DEVICE std::uint64_t keep_top_k(int top_k, Global<const std::uint32_t> maxima, int groups) {
        const auto kth = [&](int of, auto key_of) {
            return find_bound(of, 32, static_cast<std::uint32_t>(of - top_k), counts, key_of, [](int) { return std::uint32_t{1}; }).at;
        };
        const std::uint32_t least = top_k <= groups ? kth(groups, [&](int i) { return load(maxima + i); }) : LowestKey;
        keep(true, [&](int place) { return key(place) >= least; });
        const std::uint32_t exact = kth(count, [&](int place) { return key(place); });
        return keep(false, [&](int place) { return key(place) >= exact; });
    }

    // In ascending order, of equals the lowest id first, tokens go while the weight of all up to and with them is at most the limit; the
    // last one stays. `below` is the weight of tokens that have gone already.
    UNIMED_DEVICE Nucleus keep_top_p(std::uint64_t limit, std::uint64_t below, std::uint64_t total, std::uint32_t largest, int bits) const {
        const auto key_of = [&](int place) { return key(place); };
        const Bound<std::uint64_t> found = find_bound(
            count, 32, limit, sums, key_of, [&](int place) { return weight(place); }, below);
        const bool all_go = found.at > largest;
        const std::uint32_t cut = all_go ? largest : found.at;
        const std::uint64_t of_cut = weight_of(score_of_key(largest), score_of_key(cut), bits);
        const std::uint32_t of_equals = equals(cut);
        if (thread_index() == 0)
            store(answer, all_go ? of_equals - 1 : limit > found.below ? (limit - found.below) / of_cut : 0);
        block_barrier();
        const std::uint64_t dropped = load(answer);
        block_barrier();
        int first = 0;
        if (dropped > 0) {
            int place_bits = 2;
            while (place_bits < 32 && count >> place_bits != 0)
                place_bits += 2;
            first = static_cast<int>(find_bound(
                                         count, place_bits, static_cast<std::uint32_t>(dropped), counts,
                                         [](int place) { return static_cast<std::uint32_t>(place); },
                                         [&](int place) { return key(place) == cut ? std::uint32_t{1} : std::uint32_t{0}; })
                                         .at);
        }
        return {cut, first, all_go ? of_cut : total - found.below - dropped * of_cut};
    }

    // The first place from `begin` on at which the cumulative weight passes the target, which is less than all of it.
    UNIMED_DEVICE int draw(int begin, std::uint64_t target, const Nucleus &nucleus) const {
        std::uint64_t cumulative = 0;
        for (; begin < count; begin += Digits * DrawThreads) {
            std::uint64_t values[Digits];
            UNIMED_UNROLL
            for (int i = 0; i < Digits; i++) {
                const int place = begin + i * DrawThreads + thread_index();
                values[i] = 0;
                if (place < count) {
                    const std::uint32_t of = key(place);
                    values[i] = of > nucleus.cut || (of == nucleus.cut && place >= nucleus.first) ? weight(place) : 0;
                }
            }
            sums(values, add<std::uint64_t>);
            UNIMED_UNROLL
            for (int i = 0; i < Digits; i++) {
                if (target < cumulative + values[i])
                    return begin + i * DrawThreads + draw_within(target - cumulative, sums.values_of(i));
                cumulative += values[i];
            }
        }
        return count - 1;
    }

    // The same among one weight of each thread.
    UNIMED_DEVICE int draw_within(std::uint64_t target, Shared<std::uint64_t> of_threads) const {
        constexpr int Group = DrawThreads / 32;
        // Takes from the target what comes before the result.
        const auto walk = [&](Shared<std::uint64_t> from) {
            int i = 0;
            for (std::uint64_t value = load(from); target >= value; value = load(from + i)) {
                target -= value;
                i++;
            }
            return i;
        };
        if (warp_index() == 0) {
            std::uint64_t sum = 0;
            for (int i = 0; i < Group; i++)
                sum += load(of_threads + lane_index() * Group + i);
            store(group_sums + lane_index(), sum);
            warp_barrier();
            if (lane_index() == 0) {
                const int group = walk(group_sums);
                store(answer, static_cast<std::uint64_t>(group * Group + walk(of_threads + group * Group)));
            }
        }
        block_barrier();
        return static_cast<int>(load(answer));
    }
};

} // namespace unimed::sampling

namespace unimed {

UNIMED_KERNEL(sample_weights, 256,
              (Global<const sampling::SamplingRow> parameters, Global<const std::uint32_t> keys, Global<const sampling::RowPart> parts,
               Global<std::uint64_t> weights, Global<std::uint64_t> totals, int vocabulary)) {
    using namespace sampling;
    using Sum = BlockReduction<std::uint64_t, 1, PartThreads>;
    UNIMED_SHARED(sum_scratch, std::uint64_t, Sum::Scratch);
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int row = block_x();
    const int count = block_count_y();
    if (load(Global<const int>{&(parameters + row).at->do_sample}) != 0) {
        const float largest = score_of_key(best_of_parts(parts + static_cast<std::ptrdiff_t>(row) * count, count).best.key);
        const int bits = weight_bits(vocabulary);
        const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(row) * vocabulary;
        std::uint64_t sum = 0;
        UNIMED_UNROLL
        for (int i = 0; i < ThreadTokens; i++) {
            const int id = block_y() * PartTokens + i * PartThreads + thread_index();
            if (id >= vocabulary)
                continue;
            const std::uint64_t weight = weight_of(largest, score_of_key(load(keys + begin + id)), bits);
            store(weights + begin + id, weight);
            sum += weight;
        }
        sum = Sum{sum_scratch}.sum_in_first(sum);
        if (thread_index() == 0)
            store(totals + static_cast<std::ptrdiff_t>(row) * count + block_y(), sum);
    }
}

UNIMED_KERNEL(sample_draw, 512,
              (Global<const float> logits, Global<const sampling::SamplingRow> parameters, Global<const int> history_offsets,
               Global<const sampling::RowPart> parts, Global<std::uint32_t> keys, Global<std::uint64_t> weights, Global<int> tokens,
               Global<const std::uint32_t> maxima, Global<const std::uint64_t> totals, Global<int> ids, Global<float> log_probabilities,
               int vocabulary)) {
    using namespace sampling;
    UNIMED_SHARED(count_scratch, std::uint32_t, Counts::Scratch);
    UNIMED_SHARED(sum_scratch, std::uint64_t, Sums::Scratch);
    UNIMED_SHARED(group_sums, std::uint64_t, 32);
    UNIMED_SHARED(answer, std::uint64_t, 1);
    UNIMED_SHARED(warp_counts, int, 2 * DrawThreads / 32);
    let_next_kernel_start();
    wait_for_previous_kernels();

    const int row = block_x();
    const int count = part_count(vocabulary);
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(row) * vocabulary;
    const Global<const RowPart> own_parts = parts + static_cast<std::ptrdiff_t>(row) * count;
    const SamplingRow how = load_row(parameters + row);
    const RowBest best = best_of_parts(own_parts, count);
    int id = best.best.id;
    if (how.do_sample != 0 && is_finite_key(best.best.key)) {
        Draw draw{keys + begin, weights + begin, tokens + begin, Counts{count_scratch}, Sums{sum_scratch}, group_sums,
                  answer,       warp_counts,     vocabulary};
        const std::uint32_t largest = best.best.key;
        const int bits = weight_bits(vocabulary);
        std::uint64_t total = 0, below = 0;
        const bool by_count = how.top_k > 0 && how.top_k < vocabulary;
        const Global<const std::uint64_t> own_totals = totals + static_cast<std::ptrdiff_t>(row) * count;
        if (by_count)
            total = draw.keep_top_k(how.top_k, maxima + static_cast<std::ptrdiff_t>(row) * count * PartThreads, count * PartThreads);
        else
            for (int i = 0; i < count; i++)
                total += load(own_totals + i);
        Nucleus nucleus{LowestKey, 0, total};
        if (how.drop_units != 0) {
            const std::uint64_t limit = drop_limit(how.drop_units, total);
            if (!by_count) {
                // The limit shared among 2^(62 - bits) tokens, which are no fewer than there are; the most likely weighs more.
                const std::uint64_t shared = limit >> (62 - bits), most = (std::uint64_t{1} << bits) - 1;
                const std::uint64_t light = shared < most ? shared : most;
                below = total - draw.keep(true, [&](int place) { return draw.weight(place) > light; });
            }
            nucleus = draw.keep_top_p(limit, below, total, largest, bits);
        }
        const auto length = static_cast<std::uint64_t>(load(history_offsets + row + 1) - load(history_offsets + row));
        const std::uint64_t seed = std::uint64_t{how.seed_high} << 32 | how.seed_low;
        std::uint64_t target = multiply_high(philox_bits(seed, length) << 11, nucleus.total);
        if (by_count || how.drop_units != 0) {
            id = load(draw.tokens + draw.draw(0, target, nucleus));
        } else {
            int part = 0;
            for (std::uint64_t of_part = load(own_totals); target >= of_part; of_part = load(own_totals + part)) {
                target -= of_part;
                part++;
            }
            id = draw.draw(part * PartTokens, target, nucleus);
        }
    } else if (how.do_sample != 0) {
        // NaN, or an infinite score: what sorting and cumulative sums that are NaN come to. The last token stays in the draw; top-p drops
        // all but the largest number first.
        using Last = BlockReduction<Candidate, 1, DrawThreads>;
        const Last last_of_all{as<Candidate>(sum_scratch)};
        Candidate last[1] = {{LowestKey, -1}};
        each_of_row(
            vocabulary, [&](int i) { return load(keys + begin + i); },
            [&](int i, std::uint32_t of) {
                last[0] = last_best(last[0], {of, i});
            });
        last_of_all(last, last_best);
        id = how.drop_units != 0 && is_finite_key(last[0].key) ? last[0].id : vocabulary - 1;
    }
    if (warp_index() == 0) {
        const float of_token = log_probability(own_parts, count, best.largest, load(logits + begin + id));
        if (thread_index() == 0) {
            store(ids + row, id);
            store(log_probabilities + row, of_token);
        }
    }
}

} // namespace unimed
