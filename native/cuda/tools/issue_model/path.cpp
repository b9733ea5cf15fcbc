#include "tools/issue_model/path.h"

namespace unimed::issue_model {

PathWork &PathWork::operator+=(const PathWork &other) {
    products += other.products;
    global_bytes += other.global_bytes;
    shared_bytes += other.shared_bytes;
    prefetches += other.prefetches;
    accesses += other.accesses;
    branches += other.branches;
    slots += other.slots;
    return *this;
}

PathWork work_of(const std::vector<Instruction> &instructions, std::size_t first, std::size_t last, bool multiplies) {
    using enum InstructionClass;
    PathWork work;
    for (std::size_t i = first; i <= last; i++) {
        const Instruction &here = instructions[i];
        work.slots--;
        work.branches -= here.kind == Control ? 1 : 0;
        work.products += here.kind == Tensor ? 1 : 0;
        work.prefetches += here.kind == Prefetch ? 1 : 0;
        work.accesses -= here.lane_bytes() > 0 ? 1 : 0;
        if (here.kind == GlobalLoad || here.kind == AsyncCopy || (here.kind == GlobalStore && !multiplies))
            work.global_bytes += here.lane_bytes();
        else if (here.kind == SharedLoad || here.kind == SharedStore)
            work.shared_bytes += here.lane_bytes();
    }
    return work;
}

} // namespace unimed::issue_model
