#include "tools/issue_model/card.h"

#include <stdexcept>
#include <string>

namespace unimed::issue_model {

const std::vector<Card> &cards() {
    static const std::vector<Card> all{
        {"H200", "sm_90", 4.8e12, 132, 1.98e9, 64, 32, 228 * 1024, 4},
        {"A100 80GB", "sm_80", 2.04e12, 108, 1.41e9, 64, 32, 164 * 1024, 8},
        {"RTX 4090", "sm_89", 1.008e12, 128, 2.5e9, 48, 24, 100 * 1024, 32},
        {"L40S", "sm_89", 0.864e12, 142, 2.5e9, 48, 24, 100 * 1024, 16},
    };
    return all;
}

const Card &hardest_card(std::string_view architecture) {
    const Card *found = nullptr;
    for (const Card &card : cards())
        if (card.architecture == architecture && (found == nullptr || card.bytes_per_cycle() > found->bytes_per_cycle()))
            found = &card;
    if (found == nullptr) {
        std::string known;
        for (const Card &card : cards())
            known += " " + std::string(card.architecture);
        throw std::runtime_error("no card of " + std::string(architecture) + " is known, only of" + known +
                                 "; add one in tools/issue_model/card.cpp");
    }
    return *found;
}

} // namespace unimed::issue_model
