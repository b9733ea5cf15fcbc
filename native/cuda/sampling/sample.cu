// The next token of each row: repetition penalty, least length, then the largest score or a draw after temperature, top-k and top-p.
//
//   sample_tokens    logits [rows, vocabulary] -> ids [rows], log-probabilities [rows]                  grid: (rows), block: 512 threads
//       dynamic shared memory: 4 * ceil(vocabulary / 32) bytes
//       parameters [rows]: sampling_row.h; history: token ids, those of row r from history_offsets[r] to history_offsets[r + 1]
//       keys [rows, vocabulary] of 32 bits and weights [rows, vocabulary] of 64: scratch, touched for rows that draw, null if none does
//       the log-probability is that of log-softmax over the logits as they came
//
// Work: for argmax two passes over a row, a few FLOPs and one exponential a token; a draw adds up to 45 passes over the row's keys and one
// exponential in double precision a token. Bytes: 4 * vocabulary a row from memory, 128 KB for 32000, read again from L1 and L2. A row of
// argmax takes microseconds, the step that made its logits milliseconds.
// Trick: nothing is sorted. Scores become unsigned keys of the same order, and a threshold is found two bits at a time: that of top-k by
// counting lower keys, that of top-p by adding their probabilities, the first of its equals that stays by counting ids. The history is a
// set of bits, so a token counts once. Probabilities are double, and sums have one order (a thread's own, then as BlockReduction adds), so
// a row draws the same token in any batch.

#include "primitives/arithmetic.h"
#include "primitives/block_reduction.h"
#include "primitives/dependency.h"
#include "primitives/double_arithmetic.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "sampling/philox.h"
#include "sampling/row_search.h"
#include "sampling/sampling_row.h"
#include "sampling/score_key.h"

namespace unimed::sampling {

using Counts = BlockReduction<std::uint32_t, Digits, SampleThreads>;
using Sums = BlockReduction<double, Digits, SampleThreads>;
using Best = BlockReduction<Candidate, 1, SampleThreads>;

UNIMED_DEVICE SamplingRow load_row(Global<const SamplingRow> from) {
    const auto at = [&](const auto &field) { return load(Global<std::remove_reference_t<decltype(field)>>{&field}); };
    const SamplingRow &row = *from.at;
    return {at(row.do_sample),  at(row.temperature),  at(row.top_k),    at(row.top_p),    at(row.repetition_penalty),
            at(row.min_length), at(row.eos_token_id), at(row.seed_low), at(row.seed_high)};
}

/// The scores of a row as the logits processors leave them.
struct Scores {
    SamplingRow how;
    int history_length;
    /// Bit i: token i is in the history.
    Shared<std::uint32_t> in_history;

    UNIMED_DEVICE float operator()(int id, float logit) const {
        float score = logit;
        if (how.repetition_penalty != 1.0f && (load(in_history + id / 32) >> id % 32 & 1u) != 0)
            score = score < 0.0f ? score * how.repetition_penalty : score / how.repetition_penalty;
        if (history_length < how.min_length && id == how.eos_token_id)
            score = float_of(0xFF800000u); // minus infinity
        return how.do_sample != 0 && how.temperature != 1.0f ? score / how.temperature : score;
    }
};

/// A row that draws its token.
struct Draw {
    Global<std::uint32_t> keys;
    Global<double> weights;
    int vocabulary;
    Counts counts;
    Sums sums;
    Best best;
    Shared<double> group_sums;
    Shared<int> answer;

    UNIMED_DEVICE std::uint32_t key(int id) const { return load(keys + id); }
    UNIMED_DEVICE double weight(int id) const { return load(weights + id); }

    UNIMED_DEVICE std::uint32_t count(std::uint32_t of_key) const {
        std::uint32_t values[Digits] = {};
        each_of_row(
            vocabulary, [&](int id) { return key(id); }, [&](int, std::uint32_t other) { values[0] += other == of_key ? 1 : 0; });
        counts(values, [](std::uint32_t a, std::uint32_t b) { return a + b; });
        return values[0];
    }

    UNIMED_DEVICE double block_sum(double value) const {
        double values[Digits] = {value};
        sums(values, [](double a, double b) { return a + b; });
        return values[0];
    }

    // Without a distribution (NaN, or an infinite score): what sorting and cumulative sums that are NaN come to. The last token stays in
    // the draw; top-p drops all but the largest number first.
    UNIMED_DEVICE int without_distribution(const SamplingRow &how) const {
        Candidate values[1] = {{LowestKey, -1}};
        each_of_row(
            vocabulary, [&](int id) { return key(id); },
            [&](int id, std::uint32_t of) {
                values[0] = last_best(values[0], {of, id});
            });
        best(values, last_best);
        return how.top_p < 1.0f && is_finite_key(values[0].key) ? values[0].id : vocabulary - 1;
    }

    // Weights are exponentials of scores, over `largest`; those that top-k drops become 0. Returns their sum.
    UNIMED_DEVICE double weigh(const SamplingRow &how, std::uint32_t largest) const {
        std::uint32_t least = LowestKey;
        if (how.top_k > 0 && how.top_k < vocabulary)
            least = find_bound(
                        vocabulary, 32, static_cast<std::uint32_t>(vocabulary - how.top_k), counts, [&](int id) { return key(id); },
                        [](int) { return std::uint32_t{1}; })
                        .at;
        const double shift = static_cast<double>(score_of_key(largest));
        double sum = 0;
        each_of_row(
            vocabulary, [&](int id) { return key(id); },
            [&](int id, std::uint32_t of) {
                const double w = of >= least ? exponential(static_cast<double>(score_of_key(of)) - shift) : 0.0;
                store(weights + id, w);
                sum += w;
            });
        return block_sum(sum);
    }

    // In ascending order, of equals the lowest id first, tokens go while the probability of all up to and with them is at most 1 - p; the
    // last one stays. Returns the sum of the weights that are left.
    UNIMED_DEVICE double keep_top_p(const SamplingRow &how, std::uint32_t largest, double total) const {
        const double limit = static_cast<double>(1.0f - how.top_p);
        const auto key_of = [&](int id) { return key(id); };
        const Bound<double> found = find_bound(vocabulary, 32, limit, sums, key_of, [&](int id) { return weight(id) / total; });
        const bool all_go = found.at > largest;
        const std::uint32_t cut = all_go ? largest : found.at;
        const std::uint32_t equals = count(cut);
        const std::uint32_t most = cut == largest ? equals - 1 : equals;
        if (thread_index() == 0) {
            std::uint32_t dropped = all_go ? most : 0;
            if (!all_go && most > 0) {
                const double probability =
                    exponential(static_cast<double>(score_of_key(cut)) - static_cast<double>(score_of_key(largest))) / total;
                for (double cumulative = found.below + probability; dropped < most && cumulative <= limit; cumulative += probability)
                    dropped++;
            }
            store(answer, static_cast<int>(dropped));
        }
        block_barrier();
        const auto dropped = static_cast<std::uint32_t>(load(answer));
        block_barrier();
        int first_kept = 0;
        if (dropped > 0) {
            int bits = 2;
            while (bits < 32 && vocabulary >> bits != 0)
                bits += 2;
            first_kept = static_cast<int>(find_bound(
                                              vocabulary, bits, dropped, counts, [](int id) { return static_cast<std::uint32_t>(id); },
                                              [&](int id) { return key(id) == cut ? std::uint32_t{1} : std::uint32_t{0}; })
                                              .at);
        }
        double sum = 0;
        each_of_row(vocabulary, key_of, [&](int id, std::uint32_t of) {
            if (of > cut || (of == cut && id >= first_kept))
                sum += weight(id);
            else
                store(weights + id, 0.0);
        });
        return block_sum(sum);
    }

    // The first token, in order of ids, at which the cumulative probability exceeds the number; the last possible one where rounding leaves
    // none.
    UNIMED_DEVICE int draw(double uniform, double total) const {
        double cumulative = 0;
        for (int begin = 0; begin < vocabulary; begin += Digits * SampleThreads) {
            double values[Digits];
            UNIMED_UNROLL
            for (int i = 0; i < Digits; i++) {
                const int id = begin + i * SampleThreads + thread_index();
                values[i] = id < vocabulary ? weight(id) / total : 0.0;
            }
            sums(values, [](double a, double b) { return a + b; });
            UNIMED_UNROLL
            for (int i = 0; i < Digits; i++) {
                if (uniform < cumulative + values[i])
                    return begin + i * SampleThreads + draw_within(uniform, cumulative, sums.values_of(i));
                cumulative += values[i];
            }
        }
        Candidate values[1] = {{LowestKey, 0}};
        each_of_row(
            vocabulary, [&](int id) { return weight(id); },
            [&](int id, double w) {
                values[0] = last_best(values[0], {w != 0.0 ? HighestKey : LowestKey, id});
            });
        best(values, last_best);
        return values[0].id;
    }

    // The same among one probability of each thread, whose sum passes the number.
    UNIMED_DEVICE int draw_within(double uniform, double cumulative, Shared<double> probabilities) const {
        constexpr int Group = SampleThreads / 32;
        // Leaves in `cumulative` what comes before the result.
        const auto walk = [&](Shared<double> from, int count) {
            int last = 0;
            double next = cumulative;
            for (int i = 0; i < count; i++) {
                const double value = load(from + i);
                if (value == 0.0)
                    continue;
                last = i;
                cumulative = next;
                next += value;
                if (uniform < next)
                    break;
            }
            return last;
        };
        if (warp_index() == 0) {
            double sum = 0;
            for (int i = 0; i < Group; i++)
                sum += load(probabilities + lane_index() * Group + i);
            store(group_sums + lane_index(), sum);
            warp_barrier();
            if (lane_index() == 0) {
                const int group = walk(group_sums, 32);
                store(answer, group * Group + walk(probabilities + group * Group, Group));
            }
        }
        block_barrier();
        return load(answer);
    }
};

} // namespace unimed::sampling

namespace unimed {

UNIMED_KERNEL(sample_tokens, 512,
              (Global<const float> logits, Global<const sampling::SamplingRow> parameters, Global<const int> history,
               Global<const int> history_offsets, Global<std::uint32_t> keys, Global<double> weights, Global<int> ids,
               Global<float> log_probabilities, int vocabulary)) {
    using namespace sampling;
    UNIMED_SHARED(count_scratch, std::uint32_t, Counts::Scratch);
    UNIMED_SHARED(sum_scratch, double, Sums::Scratch);
    UNIMED_SHARED(best_scratch, Candidate, Best::Scratch);
    UNIMED_SHARED(group_sums, double, 32);
    UNIMED_SHARED(answer, int, 1);
    const Shared<std::uint32_t> in_history = dynamic_shared<std::uint32_t>();
    let_next_kernel_start();
    wait_for_previous_kernels();

    const int row = block_x();
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(row) * vocabulary;
    const Global<const float> own = logits + begin;
    const int history_begin = load(history_offsets + row);
    const Scores scores{load_row(parameters + row), load(history_offsets + row + 1) - history_begin, in_history};
    const SamplingRow &how = scores.how;
    const std::ptrdiff_t scratch = how.do_sample != 0 ? begin : 0;
    const Draw row_draw{keys + scratch,    weights + scratch,  vocabulary, Counts{count_scratch},
                        Sums{sum_scratch}, Best{best_scratch}, group_sums, answer};

    if (how.repetition_penalty != 1.0f) {
        // Each thread reads all of the history and marks what falls into its own words.
        for (int word = thread_index(); word < (vocabulary + 31) / 32; word += SampleThreads)
            store(in_history + word, 0u);
        for (int i = 0; i < scores.history_length; i++) {
            const int id = load(history + history_begin + i);
            if (id >= 0 && id < vocabulary && id / 32 % SampleThreads == thread_index())
                store(in_history + id / 32, load(in_history + id / 32) | 1u << id % 32);
        }
        block_barrier();
    }

    const auto logit_of = [&](int id) { return load(own + id); };
    Candidate best[1] = {{LowestKey, vocabulary}};
    std::uint32_t largest[Digits] = {};
    each_of_row(vocabulary, logit_of, [&](int id, float logit) {
        const float score = scores(id, logit);
        const std::uint32_t key = score_key(logit, HighestKey);
        largest[0] = key > largest[0] ? key : largest[0];
        best[0] = better(best[0], {score_key(score, HighestKey), id});
        if (how.do_sample != 0)
            store(row_draw.keys + id, score_key(score, LowestKey));
    });
    row_draw.counts(largest, [](std::uint32_t a, std::uint32_t b) { return a > b ? a : b; });
    row_draw.best(best, better);

    // As the scores may have changed, the largest logit is another number than the best score.
    const float shift = largest[0] == HighestKey ? float_of(0x7FC00000u) : score_of_key(largest[0]);
    double sum = 0;
    each_of_row(vocabulary, logit_of, [&](int, float logit) { sum += static_cast<double>(exponential(logit - shift)); });
    sum = row_draw.block_sum(sum);

    int id = best[0].id;
    if (how.do_sample != 0) {
        if (is_finite_key(best[0].key)) {
            double total = row_draw.weigh(how, best[0].key);
            if (how.top_p < 1.0f)
                total = row_draw.keep_top_p(how, best[0].key, total);
            const std::uint64_t seed = std::uint64_t{how.seed_high} << 32 | how.seed_low;
            id = row_draw.draw(philox_uniform(seed, static_cast<std::uint64_t>(scores.history_length)), total);
        } else {
            id = row_draw.without_distribution(how);
        }
    }
    if (thread_index() == 0) {
        store(ids + row, id);
        store(log_probabilities + row, load(own + id) - shift - static_cast<float>(natural_logarithm(sum)));
    }
}

} // namespace unimed
