#include "host/memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace unimed::host {

Memory &Memory::instance() {
    static Memory memory;
    return memory;
}

std::size_t Memory::first_after(std::uintptr_t address) const {
    const auto found = std::upper_bound(allocations_.begin(), allocations_.end(), address,
                                        [](std::uintptr_t value, const auto &allocation) { return value < allocation->begin; });
    return static_cast<std::size_t>(found - allocations_.begin());
}

void *Memory::allocate(std::size_t bytes) {
    if (bytes > SIZE_MAX - 2 * Alignment)
        return nullptr;
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + Alignment - 1) / Alignment * Alignment;
    void *address = std::aligned_alloc(Alignment, rounded);
    if (address == nullptr)
        return nullptr;
    std::memset(address, 0xFF, rounded);
    auto allocation = std::make_unique<Allocation>();
    allocation->begin = reinterpret_cast<std::uintptr_t>(address);
    allocation->bytes = bytes;
    allocations_.insert(allocations_.begin() + static_cast<std::ptrdiff_t>(first_after(allocation->begin)), std::move(allocation));
    bytes_in_use_ += bytes;
    return address;
}

bool Memory::free(void *address) {
    const std::size_t after = first_after(reinterpret_cast<std::uintptr_t>(address));
    if (after == 0 || allocations_[after - 1]->begin != reinterpret_cast<std::uintptr_t>(address))
        return false;
    bytes_in_use_ -= allocations_[after - 1]->bytes;
    allocations_.erase(allocations_.begin() + static_cast<std::ptrdiff_t>(after - 1));
    std::free(address);
    return true;
}

Allocation *Memory::find(std::uintptr_t address, std::size_t bytes) const {
    const std::size_t after = first_after(address);
    if (after == 0 || !allocations_[after - 1]->holds(address, bytes))
        return nullptr;
    return allocations_[after - 1].get();
}

std::string Memory::describe(std::uintptr_t address, std::size_t bytes) const {
    std::ostringstream text;
    text << bytes << " bytes at 0x" << std::hex << address << std::dec;
    const std::size_t after = first_after(address);
    const Allocation *below = after == 0 ? nullptr : allocations_[after - 1].get();
    const Allocation *above = after == allocations_.size() ? nullptr : allocations_[after].get();
    const auto distance_below = below == nullptr ? UINTPTR_MAX : address - below->begin;
    const auto distance_above = above == nullptr ? UINTPTR_MAX : above->begin - address;
    if (below != nullptr && (distance_below < below->bytes || distance_below - below->bytes <= distance_above))
        text << ": offset " << distance_below << " of the allocation of " << below->bytes << " bytes at 0x" << std::hex << below->begin;
    else if (above != nullptr)
        text << ": " << distance_above << " bytes before the allocation of " << above->bytes << " bytes at 0x" << std::hex << above->begin;
    else
        text << "; nothing is allocated";
    return text.str();
}

std::uint32_t Memory::begin_counted_launch() {
    for (const auto &allocation : allocations_) {
        const std::size_t sectors = (allocation->bytes + Allocation::SectorBytes - 1) / Allocation::SectorBytes;
        if (allocation->loaded_in.size() != sectors) {
            allocation->loaded_in = std::vector<std::atomic<std::uint32_t>>(sectors);
            allocation->stored_in = std::vector<std::atomic<std::uint32_t>>(sectors);
        }
    }
    return ++counted_launches_;
}

bool Memory::watch(const void *address) {
    const std::size_t after = first_after(reinterpret_cast<std::uintptr_t>(address));
    if (after == 0 || allocations_[after - 1]->begin != reinterpret_cast<std::uintptr_t>(address))
        return false;
    allocations_[after - 1]->watch = std::make_unique<Allocation::Watch>(allocations_[after - 1]->bytes);
    return true;
}

} // namespace unimed::host
