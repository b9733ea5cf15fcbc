// The scores of each row's tokens, by several blocks of a row, and the largest of them: repetition penalty and least length, then greedy.
//
//   sample_scores    logits [rows, vocabulary] -> parts [rows, ceil(vocabulary / 2048)]: best score, largest logit, sum of exponentials
//                    grid: (rows, parts), block: 256 threads
//       parameters [rows]: sampling_row.h; history: token ids, those of row r from history_offsets[r] to history_offsets[r + 1]
//       for rows that draw also: keys [rows, vocabulary], and maxima [rows, parts * 256], the largest key of each thread; else null
//   sample_best      parts -> ids [rows], log-probabilities [rows], where no row draws (draw.cu)      grid: (rows), block: 32 threads
//       the log-probability is that of log-softmax over the logits as they came
//
// Work: a few FLOPs and one exponential a token. Bytes: 4 * vocabulary a row, 128 KB for 32000, read once: a thread keeps its 8 logits.
// Trick: a block takes exponentials over the largest logit of its own part, so that it need not wait for the others; sample_best brings
// the 16 sums together. That is a launch of its own and no counter of blocks that have ended: it may start while the first one runs, and
// nothing has to be set back. Parts depend on the vocabulary alone, so a row has the same bits in any batch. The lowest id wins among
// equals, in a thread, in a block and over parts.

#include "primitives/arithmetic.h"
#include "primitives/block_reduction.h"
#include "primitives/dependency.h"
#include "primitives/global.h"
#include "primitives/kernel.h"
#include "sampling/row_parts.h"
#include "sampling/sampling_row.h"
#include "sampling/score_key.h"

namespace unimed::sampling {

/// The scores of a row as the logits processors leave them.
struct Scores {
    SamplingRow how;
    int history_length;

    UNIMED_DEVICE float operator()(int id, float logit, bool in_history) const {
        float score = logit;
        if (in_history)
            score = score < 0.0f ? score * how.repetition_penalty : score / how.repetition_penalty;
        if (history_length < how.min_length && id == how.eos_token_id)
            score = float_of(0xFF800000u); // minus infinity
        return how.do_sample != 0 && how.temperature != 1.0f ? score / how.temperature : score;
    }
};

/// Bit i: the thread's token i is in the history. A token that stands there twice counts once.
UNIMED_DEVICE std::uint32_t own_in_history(Global<const int> history, int length, int first) {
    std::uint32_t own = 0;
    for (int i = 0; i < length; i++) {
        const auto place = static_cast<std::uint32_t>(load(history + i) - first);
        if (place < PartTokens && place % PartThreads == 0)
            own |= 1u << place / PartThreads;
    }
    return own;
}

} // namespace unimed::sampling

namespace unimed {

UNIMED_KERNEL(sample_scores, 256,
              (Global<const float> logits, Global<const sampling::SamplingRow> parameters, Global<const int> history,
               Global<const int> history_offsets, Global<std::uint32_t> keys, Global<std::uint32_t> maxima, Global<sampling::RowPart> parts,
               int vocabulary)) {
    using namespace sampling;
    using Best = BlockReduction<RowBest, 1, PartThreads>;
    using Sum = BlockReduction<float, 1, PartThreads>;
    UNIMED_SHARED(best_scratch, RowBest, Best::Scratch);
    UNIMED_SHARED(sum_scratch, float, Sum::Scratch);
    let_next_kernel_start();
    wait_for_previous_kernels();

    const int row = block_x();
    const int first = block_y() * PartTokens + thread_index();
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(row) * vocabulary;
    float logit[ThreadTokens] = {};
    UNIMED_UNROLL
    for (int i = 0; i < ThreadTokens; i++)
        if (first + i * PartThreads < vocabulary)
            logit[i] = load(logits + begin + first + i * PartThreads);
    const int history_begin = load(history_offsets + row);
    const Scores scores{load_row(parameters + row), load(history_offsets + row + 1) - history_begin};
    const bool draws = scores.how.do_sample != 0;
    std::uint32_t penalized = 0;
    if (scores.how.repetition_penalty != 1.0f)
        penalized = own_in_history(history + history_begin, scores.history_length, first);

    RowBest best[1] = {NothingYet};
    std::uint32_t largest_key = LowestKey;
    UNIMED_UNROLL
    for (int i = 0; i < ThreadTokens; i++) {
        const int id = first + i * PartThreads;
        if (id >= vocabulary)
            continue;
        const float score = scores(id, logit[i], (penalized >> i & 1u) != 0);
        best[0] = join(best[0], {{score_key(score, HighestKey), id}, score_key(logit[i], HighestKey), 0});
        if (draws) {
            const std::uint32_t key = score_key(score, LowestKey);
            store(keys + begin + id, key);
            largest_key = key > largest_key ? key : largest_key;
        }
    }
    if (draws)
        store(maxima + (static_cast<std::ptrdiff_t>(row) * block_count_y() + block_y()) * PartThreads + thread_index(), largest_key);
    Best{best_scratch}(best, join);

    const float shift = logit_of_key(best[0].largest);
    float power[ThreadTokens] = {};
    // Without a number above minus infinity there is no sum: over the largest of the other parts this one's is zero.
    if (shift != float_of(0xFF800000u)) {
        UNIMED_UNROLL
        for (int i = 0; i < ThreadTokens; i++)
            if (first + i * PartThreads < vocabulary)
                power[i] = exponential(logit[i] - shift);
    }
    UNIMED_UNROLL
    for (int half = ThreadTokens / 2; half > 0; half /= 2)
        UNIMED_UNROLL
    for (int i = 0; i < half; i++)
        power[i] += power[i + half];
    const float sum = Sum{sum_scratch}.sum_in_first(power[0]);
    if (thread_index() == 0) {
        RowPart &part = *(parts + static_cast<std::ptrdiff_t>(row) * block_count_y() + block_y()).at;
        store(Global<std::uint32_t>{&part.best_key}, best[0].best.key);
        store(Global<int>{&part.best_id}, best[0].best.id);
        store(Global<std::uint32_t>{&part.largest}, best[0].largest);
        store(Global<float>{&part.sum}, sum);
    }
}

UNIMED_KERNEL(sample_best, 32,
              (Global<const float> logits, Global<const sampling::RowPart> parts, Global<int> ids, Global<float> log_probabilities,
               int vocabulary)) {
    using namespace sampling;
    let_next_kernel_start();
    wait_for_previous_kernels();
    const int row = block_x();
    const int count = part_count(vocabulary);
    const Global<const RowPart> own = parts + static_cast<std::ptrdiff_t>(row) * count;
    const RowBest best = best_of_parts(own, count);
    const float logit = load(logits + static_cast<std::ptrdiff_t>(row) * vocabulary + best.best.id);
    const float log_probability_of_best = log_probability(own, count, best.largest, logit);
    if (lane_index() == 0) {
        store(ids + row, best.best.id);
        store(log_probabilities + row, log_probability_of_best);
    }
}

} // namespace unimed
