// The kernels of linear/repack.cu: rows as tile_rows.h has them into the bytes that packing on the host gives.

#include <cstring>

#include <gtest/gtest.h>

#include "linear/tile_rows.h"
#include "tests/linear_case.h"
#include "tests/quantized_case.h"

namespace unimed {
namespace {

constexpr int BlockUnits = 32;

/// What the kernels take and must give.
struct Repacking {
    std::string kernel;
    int tiles = 0;
    int units = 0;
    std::vector<std::uint8_t> rows, expected;

    [[nodiscard]] std::vector<std::uint8_t> run() const {
        const DeviceArray<std::uint8_t> from(rows), to(expected.size());
        run(as<const Words4>(from.constant()), as<Words4>(to.global()));
        return to.download();
    }

    void run(Global<const Words4> from, Global<Words4> to) const {
        launch(kernel.c_str(), {static_cast<std::uint32_t>(tiles), static_cast<std::uint32_t>((units + BlockUnits - 1) / BlockUnits)}, 256,
               from, to, units);
    }
};

/// The picture of tile_rows.h: matrix row of a tile's row, or -1.
int matrix_row(const LinearLayer &layer, int tile, int tile_row) {
    const int row = layer.gated() ? tile * 8 + tile_row % 8 : tile * 16 + tile_row;
    return row < layer.out ? row : -1;
}

Repacking halves(int in, int out, bool gated, std::uint32_t seed) {
    const LinearCase<BFloat16> layer(1, in, out, gated ? Epilogue::SwiGlu : Epilogue::None, false, false, seed);
    Repacking repacking{"repack_halves", layer.tiles(), step_count(in), {}, {}};
    std::vector<std::uint16_t> rows(static_cast<std::size_t>(layer.tiles() * 16 * repacking.units * 16));
    for (int tile = 0; tile < layer.tiles(); tile++)
        for (int r = 0; r < 16; r++)
            if (const int row = matrix_row(layer, tile, r); row >= 0) {
                const std::uint16_t *from = (gated && r >= 8 ? layer.up : layer.weight).data() + row * in;
                std::copy(from, from + in, rows.data() + (tile * 16 + r) * repacking.units * 16);
            }
    const std::vector<Words4> packed = layer.packed();
    repacking.rows.resize(rows.size() * sizeof(std::uint16_t));
    std::memcpy(repacking.rows.data(), rows.data(), repacking.rows.size());
    repacking.expected.resize(packed.size() * sizeof(Words4));
    std::memcpy(repacking.expected.data(), packed.data(), repacking.expected.size());
    return repacking;
}

Repacking quantized(int bits, int in, int out, bool gated, std::uint32_t seed) {
    const QuantizedCase layer(bits, 1, in, out, gated ? Epilogue::SwiGlu : Epilogue::None, false, false, seed);
    const int stages = layer.stages(), row_bytes = stages * 8 * bits, tile_bytes = 16 * (row_bytes + stages * 4);
    Repacking repacking{bits == 8 ? "repack_int8" : "repack_int4", layer.tiles(), bits == 8 ? 2 * stages : stages, {}, layer.packed()};
    repacking.rows.assign(static_cast<std::size_t>(layer.tiles() * tile_bytes), 0);
    for (int tile = 0; tile < layer.tiles(); tile++) {
        std::uint8_t *values = repacking.rows.data() + tile * tile_bytes;
        std::uint8_t *scales = values + 16 * row_bytes;
        // Values of 0.
        std::fill(values, scales, bits == 8 ? std::uint8_t{0} : std::uint8_t{0x88});
        for (int r = 0; r < 16; r++) {
            const QuantizedMatrix &matrix = gated && r >= 8 ? layer.up : layer.weight;
            const int row = matrix_row(layer, tile, r);
            if (row < 0)
                continue;
            for (int column = 0; column < in; column++) {
                const int value = matrix.value(row, column);
                if (bits == 8) {
                    values[r * row_bytes + column] = static_cast<std::uint8_t>(value);
                    continue;
                }
                // Byte j of a block of 16 bytes holds columns j and j + 16.
                std::uint8_t &pair = values[r * row_bytes + column / 32 * 16 + column % 16];
                const int shift = column % 32 / 16 * 4;
                pair = static_cast<std::uint8_t>((pair & ~(15 << shift)) | ((value + 8) << shift));
            }
            for (int block = 0; block < matrix.blocks(); block++) {
                const std::uint16_t scale = matrix.scale(row, block).bits;
                std::memcpy(scales + r * stages * 4 + block * 2, &scale, sizeof(scale));
            }
        }
    }
    return repacking;
}

/// Sizes of no multiple, of one unit, of more than a block.
std::vector<Repacking> repackings(bool gated) {
    std::vector<Repacking> all;
    std::uint32_t seed = 1;
    for (const int in : {1, 16, 30, 64, 100, 129, 544, 1100, 2100})
        for (const int out : {1, 16, 37}) {
            all.push_back(halves(in, out, gated, seed++));
            all.push_back(quantized(8, in, out, gated, seed++));
            all.push_back(quantized(4, in, out, gated, seed++));
        }
    return all;
}

TEST(RepackKernel, GivesTheBytesThatTheHostPacksAndWritesNothingElse) {
    for (const bool gated : {false, true})
        for (const Repacking &repacking : repackings(gated)) {
            ASSERT_EQ(repacking.rows.size(), repacking.expected.size());
            ASSERT_EQ(repacking.run(), repacking.expected)
                << repacking.kernel << ", " << repacking.tiles << " tiles of " << repacking.units << " units" << (gated ? ", gated" : "");
        }
}

TEST(RepackKernel, EveryByteIsReadAndWrittenOnceInWholeSectors) {
    // Rows of many units: nothing is filled up but rows.
    for (const Repacking &repacking : {halves(2048, 48, false, 1), quantized(8, 2048, 48, false, 2), quantized(4, 2048, 48, false, 3)}) {
        const std::size_t bytes = repacking.rows.size();
        const RawMemory rows(bytes), fragments(bytes);
        require(unimed_host_copy_to_device(rows.get(), repacking.rows.data(), bytes));
        require(unimed_host_watch(rows.get()));
        unimed_counters counters{};
        {
            const Counting counting;
            repacking.run(rows.as<const Words4>(), fragments.as<Words4>());
            counters = counting.counters();
        }
        unimed_traffic traffic{};
        require(unimed_host_traffic(rows.get(), &traffic));
        EXPECT_EQ(counters.global_load_bytes, bytes) << repacking.kernel;
        EXPECT_EQ(traffic.least_reads, 1u) << repacking.kernel;
        EXPECT_EQ(traffic.most_reads, 1u) << repacking.kernel;
        EXPECT_EQ(counters.global_load_distinct_sectors * 32, bytes) << repacking.kernel;
        EXPECT_EQ(counters.global_store_bytes, bytes) << repacking.kernel;
        EXPECT_EQ(counters.global_store_sectors * 32, bytes) << repacking.kernel;
        // Of int8 and int4 the second load of a lane finds its sector in L1.
        EXPECT_EQ(counters.global_load_sectors * 32 / bytes, repacking.kernel == "repack_halves" ? 1u : 2u) << repacking.kernel;
        EXPECT_EQ(counters.barriers, 0u) << repacking.kernel;
    }
}

TEST(RepackKernel, DoesNotDependOnTheOrderOfThreadsOrTheirNumber) {
    const Reversed reversed;
    const WithThreads threads(3);
    for (const Repacking &repacking : {halves(1100, 37, true, 1), quantized(8, 1100, 37, true, 2), quantized(4, 1100, 37, true, 3)})
        EXPECT_EQ(repacking.run(), repacking.expected) << repacking.kernel;
}

} // namespace
} // namespace unimed
