#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "sampling/philox.h"
#include "sampling/sampling_row.h"

namespace unimed {

/// What sampling means, written down plainly: the logits processors and warpers of Hugging Face with sorted scores and sums in order.
class PlainSampler {
public:
    PlainSampler(std::vector<float> logits, sampling::SamplingRow how, std::vector<int> history)
        : scores_(std::move(logits)), how_(how), history_(std::move(history)) {}

    /// Largest of the logits, and the logarithm of the sum of exponentials, as log-softmax wants them.
    [[nodiscard]] double log_probability(int id) const {
        double largest = -std::numeric_limits<double>::infinity(), sum = 0;
        for (const float logit : scores_)
            largest = std::isnan(logit) || std::isnan(largest) ? std::nan("") : std::max(largest, static_cast<double>(logit));
        for (const float logit : scores_)
            sum += std::exp(static_cast<double>(logit) - largest);
        return static_cast<double>(scores_[static_cast<std::size_t>(id)]) - largest - std::log(sum);
    }

    [[nodiscard]] int token() const {
        std::vector<float> scores = scores_;
        for (const int id : std::set<int>(history_.begin(), history_.end())) {
            float &score = scores[static_cast<std::size_t>(id)];
            if (how_.repetition_penalty != 1)
                score = score < 0 ? score * how_.repetition_penalty : score / how_.repetition_penalty;
        }
        if (static_cast<int>(history_.size()) < how_.min_length)
            scores[static_cast<std::size_t>(how_.eos_token_id)] = Nothing;
        return how_.do_sample != 0 ? draw(scores) : largest(scores);
    }

private:
    static constexpr float Nothing = -std::numeric_limits<float>::infinity();

    std::vector<float> scores_;
    sampling::SamplingRow how_;
    std::vector<int> history_;

    static int largest(const std::vector<float> &scores) {
        std::size_t best = 0;
        for (std::size_t i = 0; i < scores.size(); i++) {
            if (std::isnan(scores[i]))
                return static_cast<int>(i);
            if (scores[i] > scores[best])
                best = i;
        }
        return static_cast<int>(best);
    }

    // NaN is the lowest.
    static bool lower(float a, float b) { return std::isnan(a) ? !std::isnan(b) : a < b; }

    static std::vector<double> probabilities(const std::vector<float> &scores) {
        double largest = -std::numeric_limits<double>::infinity(), sum = 0;
        for (const float score : scores)
            largest = std::isnan(score) || std::isnan(largest) ? std::nan("") : std::max(largest, static_cast<double>(score));
        std::vector<double> result;
        for (const float score : scores) {
            result.push_back(std::exp(static_cast<double>(score) - largest));
            sum += result.back();
        }
        for (double &value : result)
            value /= sum;
        return result;
    }

    [[nodiscard]] int draw(std::vector<float> scores) const {
        for (float &score : scores)
            score /= how_.temperature;
        if (how_.top_k > 0 && how_.top_k < static_cast<int>(scores.size())) {
            std::vector<float> sorted = scores;
            std::sort(sorted.begin(), sorted.end(), lower);
            const float least = sorted[sorted.size() - static_cast<std::size_t>(how_.top_k)];
            for (float &score : scores)
                score = score < least ? Nothing : score;
        }
        if (how_.drop_units != 0) {
            std::vector<std::size_t> order(scores.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lower(scores[a], scores[b]); });
            std::vector<float> sorted;
            for (const std::size_t id : order)
                sorted.push_back(scores[id]);
            const std::vector<double> share = probabilities(sorted);
            double cumulative = 0;
            for (std::size_t rank = 0; rank + 1 < order.size(); rank++) {
                cumulative += share[rank];
                if (cumulative > how_.drop_units * 0x1p-24)
                    break;
                scores[order[rank]] = Nothing;
            }
        }
        const std::uint64_t seed = std::uint64_t{how_.seed_high} << 32 | how_.seed_low;
        const double uniform = static_cast<double>(sampling::philox_bits(seed, history_.size())) * 0x1p-53;
        const std::vector<double> share = probabilities(scores);
        double cumulative = 0;
        int last = 0;
        for (std::size_t i = 0; i < share.size(); i++) {
            if (share[i] == 0)
                continue;
            cumulative += share[i];
            last = static_cast<int>(i);
            if (uniform < cumulative)
                break;
        }
        return last;
    }
};

} // namespace unimed
