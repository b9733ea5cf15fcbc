#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "linear/operand_order.h"
#include "tests/device.h"
#include "tests/linear_layer.h"

namespace unimed {

/// The products for many tokens, of any format.
inline constexpr LinearKernel WideKernels[] = {{"w64", 64, 8, 256, 1},  {"w96", 96, 8, 256, 1}, {"w128", 128, 8, 256, 1},
                                               {"w64", 64, 8, 256, 2},  {"w96", 96, 8, 256, 4}, {"w128", 128, 8, 256, 8},
                                               {"w128", 128, 8, 256, 4}};

/// The launches of a layer for many tokens, as a whole or one after the other.
class WideRun {
public:
    /// Of weights in `format`: f16, bf16, int8 or int4.
    WideRun(const LinearLayer &layer, const std::string &format, const LinearKernel &kernel, Global<const Words4> fragments, bool in_place)
        : layer_(layer), format_(format), kernel_(kernel), fragments_(fragments), in_place_(in_place), x_(layer.x), bias_(layer.bias),
          residual_(layer.residual), y_(LinearLayer::size(layer.tokens, layer.out)),
          operands_(LinearLayer::size(operand_stages(layer.in), token_tiles()) * OperandPieces),
          parts_(LinearLayer::size(parts(), token_tiles()) * LinearLayer::size(layer.tiles(), 32)) {
        if (in_place)
            require(unimed_host_copy_to_device(y_.data(), layer.residual.data(), layer.residual.size() * sizeof(float)));
    }

    /// Token tiles of whole blocks.
    [[nodiscard]] int token_tiles() const { return blocks(layer_.tokens, kernel_.tokens) * kernel_.tokens / OperandTokens; }

    /// Parts of a sum that a split product leaves.
    [[nodiscard]] int parts() const {
        const int slices = blocks(step_count(layer_.in), slice_steps(layer_.in));
        return kernel_.splits == 1 ? 0 : 1 + std::max(0, slices - Slices / kernel_.splits);
    }

    void operands() const {
        const std::string type = format_ == "bf16" ? "bf16" : "f16";
        launch(("linear_operands_" + type).c_str(), Grid{grid(token_tiles()), grid(blocks(operand_stages(layer_.in), 4))}, 256,
               x_.constant(), operands_.global(), layer_.tokens, layer_.in);
    }

    void product() const {
        // Three stages of weights and operands, or all sums.
        const int weight_bytes = format_ == "int8" ? 1088 : format_ == "int4" ? 576 : 2048;
        const int stage_bytes = kernel_.tiles * weight_bytes + kernel_.tokens / OperandTokens * 1024;
        const int shared_bytes = std::max(3 * stage_bytes, kernel_.tokens * (kernel_.tiles * 16 + 4) * 4);
        launch(("linear_" + format_ + "_" + kernel_.suffix).c_str(),
               Grid{grid(blocks(layer_.tokens, kernel_.tokens)), grid(blocks(layer_.tiles(), kernel_.tiles)), grid(kernel_.splits),
                    grid(shared_bytes)},
               kernel_.threads, fragments_, bias(), operands_.constant(), residual(), y_.global(), parts_.global(), layer_.tokens,
               layer_.in, layer_.out, layer_.epilogue, kernel_.splits);
    }

    void sum() const {
        launch("linear_sum", Grid{grid(blocks(layer_.tokens, OperandTokens)), grid(blocks(layer_.tiles(), 8))}, 256, parts_.constant(),
               bias(), residual(), y_.global(), layer_.tokens, layer_.out, layer_.epilogue, token_tiles(), parts());
    }

    [[nodiscard]] std::vector<float> run() const {
        operands();
        product();
        if (kernel_.splits > 1)
            sum();
        return y_.download();
    }

private:
    LinearLayer layer_;
    std::string format_;
    LinearKernel kernel_;
    Global<const Words4> fragments_;
    bool in_place_;
    DeviceArray<float> x_, bias_, residual_, y_;
    DeviceArray<Words4> operands_;
    DeviceArray<Floats4> parts_;

    static int blocks(int work, int each) { return (work + each - 1) / each; }
    static std::uint32_t grid(int count) { return static_cast<std::uint32_t>(count); }

    [[nodiscard]] Global<const float> bias() const { return layer_.bias.empty() ? Global<const float>{nullptr} : bias_.constant(); }
    [[nodiscard]] Global<const float> residual() const {
        return layer_.residual.empty() ? Global<const float>{nullptr} : in_place_ ? y_.constant() : residual_.constant();
    }
};

} // namespace unimed
