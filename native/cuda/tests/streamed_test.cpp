#include <numeric>

#include <gtest/gtest.h>

#include "tests/device.h"

namespace unimed {
namespace {

TEST(StreamedLoads, LoadAsLoadDoesAndAreCheckedAndCounted) {
    std::vector<std::uint32_t> words(128);
    std::iota(words.begin(), words.end(), 5u);
    const DeviceArray<std::uint32_t> in(words);
    for (const char *kernel : {"test_load_once", "test_load_together"}) {
        DeviceArray<std::uint32_t> out(words.size());
        const Global<Words4> to{reinterpret_cast<Words4 *>(out.data())};
        const Counting counting;
        launch(kernel, {1}, 32, Global<const Words4>{reinterpret_cast<const Words4 *>(in.data())}, to);
        EXPECT_EQ(out.download(), words);
        EXPECT_EQ(counting.counters().global_load_bytes, 512u);
        EXPECT_EQ(counting.counters().global_load_sectors, 16u);
        const RawMemory small(496);
        EXPECT_NE(try_launch(kernel, {1}, 32, small.as<const Words4>(), to), 0);
        EXPECT_TRUE(error_says(kernel));
    }
}

} // namespace
} // namespace unimed
