#include "host/shared_races.h"

#include <gtest/gtest.h>

namespace {

using unimed::host::SharedRaces;

constexpr SharedRaces::Moment of(std::uint16_t thread, std::uint32_t block_barriers = 0) {
    return {thread, block_barriers, 0};
}

TEST(SharedRaces, ThreadsWriteBytesOfOneWordWithoutARace) {
    SharedRaces races;
    races.forget(0, 16);
    EXPECT_FALSE(races.write(4, 1, of(0)));
    EXPECT_FALSE(races.write(5, 1, of(40)));
    EXPECT_FALSE(races.write(6, 2, of(80)));
    EXPECT_EQ(races.write(4, 4, of(0)), 40);
}

TEST(SharedRaces, PartOfAWordRemembersWhatHappenedToTheWhole) {
    SharedRaces races;
    races.forget(0, 16);
    EXPECT_FALSE(races.write(0, 16, of(7)));
    EXPECT_EQ(races.read(6, 2, of(40)), 7);
    EXPECT_FALSE(races.read(6, 2, of(40, 1)));
    EXPECT_FALSE(races.write(4, 2, of(80, 1)));
    EXPECT_EQ(races.write(7, 1, of(80, 1)), 40);
    EXPECT_FALSE(races.write(4, 4, of(80, 2)));
}

TEST(SharedRaces, AnAccessAcrossWordsMeetsTheBytesOfBoth) {
    SharedRaces races;
    races.forget(0, 16);
    EXPECT_FALSE(races.write(6, 4, of(0)));
    EXPECT_FALSE(races.write(4, 2, of(40)));
    EXPECT_FALSE(races.write(10, 2, of(40)));
    EXPECT_EQ(races.read(4, 4, of(40)), 0);
    EXPECT_EQ(races.read(8, 4, of(40)), 0);
}

TEST(SharedRaces, ForgetsTheBytesItIsToldAndNoOther) {
    SharedRaces races;
    races.forget(0, 10);
    EXPECT_FALSE(races.write(0, 10, of(0)));
    races.forget(2, 5);
    EXPECT_FALSE(races.write(2, 5, of(40)));
    EXPECT_EQ(races.write(1, 1, of(40)), 0);
    EXPECT_EQ(races.write(7, 1, of(40)), 0);
}

TEST(SharedRaces, AReaderOfAnotherWarpIsRememberedBesideTheLast) {
    SharedRaces races;
    races.forget(0, 4);
    EXPECT_FALSE(races.read(0, 4, of(0)));
    EXPECT_FALSE(races.read(0, 4, of(40)));
    EXPECT_EQ(races.write(0, 4, of(40)), 0);
}

} // namespace
