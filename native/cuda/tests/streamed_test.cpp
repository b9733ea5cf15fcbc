#include <numeric>

#include <gtest/gtest.h>

#include "tests/device.h"

namespace unimed {
namespace {

TEST(LoadStreamed, LoadsAsLoadDoesAndIsCheckedAndCounted) {
    std::vector<std::uint32_t> words(128);
    std::iota(words.begin(), words.end(), 5u);
    const DeviceArray<std::uint32_t> in(words);
    DeviceArray<std::uint32_t> out(words.size());
    const Counting counting;
    launch("test_load_streamed", {1}, 32, Global<const Words4>{reinterpret_cast<const Words4 *>(in.data())},
           Global<Words4>{reinterpret_cast<Words4 *>(out.data())});
    EXPECT_EQ(out.download(), words);
    EXPECT_EQ(counting.counters().global_load_bytes, 512u);
    EXPECT_EQ(counting.counters().global_load_sectors, 16u);
    const RawMemory small(496);
    EXPECT_NE(try_launch("test_load_streamed", {1}, 32, small.as<const Words4>(), Global<Words4>{reinterpret_cast<Words4 *>(out.data())}),
              0);
    EXPECT_TRUE(error_says("test_load_streamed"));
}

} // namespace
} // namespace unimed
