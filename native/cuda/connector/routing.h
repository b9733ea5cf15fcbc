#pragma once

#include <cstdint>

#include "primitives/arithmetic.h"
#include "primitives/bits.h"
#include "primitives/shared.h"
#include "primitives/target.h"

/// From the logits of one token to its routing weights, each by one thread on its own, in the order of the experts: few experts, no
/// communication, and the same sums in every thread.
namespace unimed::connector {

/// How logits become weights; the numbers of the C# enum RouterKind.
enum class RouterKind : int {
    /// sigmoid(logit), divided by the sum over the experts.
    Soft = 0,
    /// Softmax over the k largest logits, 0 elsewhere.
    Sparse = 1,
};

/// Logits lie in shared memory.
constexpr int MostExperts = 256;

UNIMED_DEVICE float sigmoid(float x) {
    return 1.0f / (1.0f + exponential(-x));
}

UNIMED_DEVICE float soft_weight(Shared<float> logits, int experts, int expert) {
    float sum = 0;
    for (int e = 0; e < experts; e++)
        sum += sigmoid(load(logits + e));
    return sigmoid(load(logits + expert)) / sum;
}

/// Whether the logit of an expert is among the k largest: the lower expert comes first among equals, and NaN counts as largest, so that it
/// shows.
UNIMED_DEVICE bool is_kept(Shared<float> logits, int experts, int top_k, int expert) {
    const float own = load(logits + expert);
    const bool own_is_none = own != own;
    int before = 0;
    for (int e = 0; e < experts; e++) {
        const float other = load(logits + e);
        const bool other_is_none = other != other;
        const bool equal = own_is_none ? other_is_none : other == own;
        const bool larger = !own_is_none && (other_is_none || other > own);
        before += larger || (equal && e < expert) ? 1 : 0;
    }
    return before < top_k;
}

UNIMED_DEVICE float sparse_weight(Shared<float> logits, int experts, int top_k, int expert) {
    // The largest logit is always kept; NaN is contagious.
    float largest = load(logits);
    for (int e = 1; e < experts; e++) {
        const float other = load(logits + e);
        largest = largest != largest || other <= largest ? largest : other;
    }
    // What is not kept is minus infinity.
    const float nothing = float_of(0xFF800000u);
    float sum = 0;
    float own = 0;
    for (int e = 0; e < experts; e++) {
        const float share = exponential((is_kept(logits, experts, top_k, e) ? load(logits + e) : nothing) - largest);
        sum += share;
        own = e == expert ? share : own;
    }
    return own / sum;
}

} // namespace unimed::connector
