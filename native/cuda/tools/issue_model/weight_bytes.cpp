#include "tools/issue_model/weight_bytes.h"

#include <cstdlib>
#include <map>
#include <string>

namespace unimed::issue_model {
namespace {

constexpr std::string_view Linear = "linear_";

bool is_quantized(std::string_view kernel) {
    return kernel.starts_with("linear_int");
}

// The N of linear_int8_nN; 0 for other kernels.
int tokens_of_narrow(std::string_view kernel) {
    const std::size_t mark = kernel.rfind("_n");
    if (!kernel.starts_with(Linear) || mark == std::string_view::npos || mark < Linear.size())
        return 0;
    return std::atoi(std::string(kernel.substr(mark + 2)).c_str());
}

} // namespace

double memory_bytes(std::string_view kernel, const Instruction &load) {
    constexpr int LanesOfScale = 4;
    const int bytes = load.lane_bytes();
    return is_quantized(kernel) && load.is_streamed() && bytes < 16 ? static_cast<double>(bytes) / LanesOfScale : bytes;
}

bool serves_few_tokens(std::string_view kernel) {
    return tokens_of_narrow(kernel) > 0 || kernel == "decode_attention";
}

std::optional<double> weight_bytes_of_products(std::string_view kernel, const Instruction &product, int products) {
    // Blocks of 32 have a scale of two bytes.
    static const std::map<std::string_view, double> bytes_of_weight{{"f16", 2}, {"bf16", 2}, {"int8", 1.0625}, {"int4", 0.5625}};
    const int tokens = tokens_of_narrow(kernel);
    if (tokens == 0)
        return {};
    const auto bytes = bytes_of_weight.find(kernel.substr(Linear.size(), kernel.rfind("_n") - Linear.size()));
    if (bytes == bytes_of_weight.end())
        return {};
    // As 16816 and 16832: rows, tokens, columns.
    const std::size_t shape = product.opcode.find(".168");
    if (shape == std::string::npos)
        return {};
    const int columns = std::atoi(product.opcode.c_str() + shape + 4);
    return products * 16.0 * columns * bytes->second / ((tokens + 7) / 8);
}

} // namespace unimed::issue_model
