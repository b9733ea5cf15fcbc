// One kernel for each load of primitives/global.h that says where the cache keeps it, for tests/streamed_test.cpp.

#include "primitives/global.h"
#include "primitives/kernel.h"
#include "primitives/threads.h"

namespace unimed {

UNIMED_KERNEL(test_load_once, 32, (Global<const Words4> in, Global<Words4> out)) {
    store(out + lane_index(), load_once(in + lane_index()));
}

UNIMED_KERNEL(test_load_together, 32, (Global<const Words4> in, Global<Words4> out)) {
    store(out + lane_index(), load_together(in + lane_index()));
}

} // namespace unimed
