// One kernel for each load of primitives/streamed.h, for tests/streamed_test.cpp.

#include "primitives/kernel.h"
#include "primitives/streamed.h"
#include "primitives/threads.h"

namespace unimed {

UNIMED_KERNEL(test_load_streamed, 32, (Global<const Words4> in, Global<Words4> out)) {
    store(out + lane_index(), load_streamed(in + lane_index()));
}

UNIMED_KERNEL(test_load_together, 32, (Global<const Words4> in, Global<Words4> out)) {
    store(out + lane_index(), load_together(in + lane_index()));
}

} // namespace unimed
