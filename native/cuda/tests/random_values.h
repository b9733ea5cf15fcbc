#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace unimed {

/// Normal numbers from a fixed seed.
inline std::vector<float> random_values(std::size_t count, std::uint32_t seed, float scale = 1.0f) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0.0f, scale);
    std::vector<float> values(count);
    for (float &value : values)
        value = normal(generator);
    return values;
}

} // namespace unimed
