#include <gtest/gtest.h>

#include "tests/device.h"

namespace unimed {
namespace {

/// Every test of every kernel also looks for races.
class RaceCheck : public testing::Environment {
public:
    void SetUp() override { require(unimed_host_set_race_check(1)); }
};

[[maybe_unused]] testing::Environment *const installed = testing::AddGlobalTestEnvironment(new RaceCheck);

} // namespace
} // namespace unimed
