#pragma once

#include <optional>
#include <string_view>

#include "tools/issue_model/instruction.h"

/// What the text of a load does not say: which bytes several lanes read together. It follows from layouts that only names of kernels tell.
namespace unimed::issue_model {

/// Bytes that memory brings for a lane's load. The scales of int8 and int4 weights (loads past L1 of fewer than 16 bytes) are read by the
/// four lanes of a row pair alike (linear/quantized_order.h).
[[nodiscard]] double memory_bytes(std::string_view kernel, const Instruction &load);

/// Whether the kernel reads what it reads for few tokens, so that memory is its limit: the narrow linear kernels, attention of a decode
/// step.
[[nodiscard]] bool serves_few_tokens(std::string_view kernel);

/// Bytes of weights that so many products of a narrow linear kernel, linear_int8_n16, multiply: 16 rows of one product's columns, once for
/// each 8 tokens. Nothing for other kernels. Divided by the warp's lanes, it is what the kernel's loads must bring.
[[nodiscard]] std::optional<double> weight_bytes_of_products(std::string_view kernel, const Instruction &product, int products);

} // namespace unimed::issue_model
