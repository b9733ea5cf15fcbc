#include <bit>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "primitives/bfloat16.h"
#include "tests/language_case.h"

namespace unimed {
namespace {

template <class Element>
Element narrow(float value) {
    if constexpr (std::is_same_v<Element, Float16>)
        return to_float16(value);
    else if constexpr (std::is_same_v<Element, BFloat16>)
        return to_bfloat16(value);
    else
        return value;
}

float widen_again(float value) {
    return value;
}
template <class Element>
float widen_again(Element value) {
    return to_float(value);
}

Grid grid(std::size_t rows, int columns) {
    return {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>((columns + 1023) / 1024)};
}

std::vector<std::uint32_t> bits(const std::vector<float> &values) {
    std::vector<std::uint32_t> result;
    for (const float value : values)
        result.push_back(std::bit_cast<std::uint32_t>(value));
    return result;
}

template <class Element>
void check_embedding(const char *kernel) {
    for (const int columns : {1, 37, 256, 1408, 4096}) {
        std::vector<Element> table;
        for (const float value : random_values(product(23, columns), 1))
            table.push_back(narrow<Element>(value));
        std::vector<float> visual = random_values(product(5, columns), 2);
        visual[product(2, columns)] = std::nanf("");
        const std::vector<int> ids{22, 0, ~4, ~0, 7, 7, ~2, 1};
        std::vector<float> expected;
        for (const int id : ids)
            for (int c = 0; c < columns; c++)
                expected.push_back(id >= 0 ? widen_again(table[product(id, columns) + static_cast<std::size_t>(c)])
                                           : visual[product(~id, columns) + static_cast<std::size_t>(c)]);
        const DeviceArray<Element> rows(table);
        const DeviceArray<float> tokens(visual);
        const DeviceArray<int> chosen(ids);
        DeviceArray<float> output(expected.size());
        launch(kernel, grid(ids.size(), columns), 256, rows.constant(), tokens.constant(), chosen.constant(), output.global(), columns);
        EXPECT_EQ(bits(output.download()), bits(expected)) << columns << " columns";
    }
}

TEST(Embed, IdsTakeRowsOfTheTableAndNegativeIdsRowsOfTheVisualTokens) {
    check_embedding<Float16>("embed_f16");
    check_embedding<BFloat16>("embed_bf16");
    check_embedding<float>("embed_f32");
}

TEST(Embed, TextNeedsNoVisualTokens) {
    const std::vector<float> table = random_values(40, 3);
    const DeviceArray<float> rows(table);
    const DeviceArray<int> ids(std::vector<int>{9, 0});
    DeviceArray<float> output(8);
    launch("embed_f32", grid(2, 4), 256, rows.constant(), Global<const float>{nullptr}, ids.constant(), output.global(), 4);
    EXPECT_EQ(output.download(), (std::vector<float>{table[36], table[37], table[38], table[39], table[0], table[1], table[2], table[3]}));
}

TEST(Embed, MovesRowsInWholeSectors) {
    const std::vector<Float16> table(product(3, 4096), Float16{0x3C00});
    const DeviceArray<Float16> rows(table);
    const DeviceArray<int> ids(std::vector<int>{2});
    DeviceArray<float> output(4096);
    const Counting counting;
    launch("embed_f16", grid(1, 4096), 256, rows.constant(), Global<const float>{nullptr}, ids.constant(), output.global(), 4096);
    EXPECT_EQ(counting.counters().global_load_distinct_sectors, 4096u * 2u / 32u + 1u);
    EXPECT_EQ(counting.counters().global_store_sectors, 4096u * 4u / 32u);
}

TEST(GatherRows, TakesTheRowsNamed) {
    for (const int columns : {13, 64, 2052}) {
        std::vector<float> input = random_values(product(9, columns), 4);
        input[product(4, columns) + 1] = std::nanf("");
        const std::vector<int> ids{8, 0, 4, 8, 3};
        std::vector<float> expected;
        for (const int id : ids)
            expected.insert(expected.end(), input.begin() + id * columns, input.begin() + (id + 1) * columns);
        const DeviceArray<float> rows(input);
        const DeviceArray<int> chosen(ids);
        DeviceArray<float> output(expected.size());
        launch("gather_rows", grid(ids.size(), columns), 256, rows.constant(), chosen.constant(), output.global(), columns);
        EXPECT_EQ(bits(output.download()), bits(expected)) << columns << " columns";
    }
}

TEST(CopyBlocks, CopiesTheBlocksOfEveryLayerAndNothingElse) {
    for (const int pieces : {2, 1024, 2500}) {
        constexpr int Layers = 3, Blocks = 5;
        std::vector<std::uint32_t> cache(product(Layers * Blocks, pieces) * 4);
        std::iota(cache.begin(), cache.end(), 0u);
        std::vector<std::uint32_t> expected = cache;
        const std::vector<int> sources{4, 1, 4}, destinations{0, 3, 2};
        const auto block = [&](int layer, int index) { return static_cast<std::ptrdiff_t>(product(layer * Blocks + index, pieces) * 4); };
        for (int layer = 0; layer < Layers; layer++)
            for (std::size_t i = 0; i < sources.size(); i++)
                std::copy_n(cache.begin() + block(layer, sources[i]), pieces * 4, expected.begin() + block(layer, destinations[i]));
        const DeviceArray<std::uint32_t> memory(cache);
        const DeviceArray<int> from(sources), to(destinations);
        launch_3d("copy_blocks", {1, 3, Layers}, 256, Global<Words4>{reinterpret_cast<Words4 *>(memory.data())}, from.constant(),
                  to.constant(), Blocks, pieces);
        EXPECT_EQ(memory.download(), expected) << pieces << " pieces";
    }
}

} // namespace
} // namespace unimed
