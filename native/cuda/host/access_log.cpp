#include "host/access_log.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace unimed::host {
namespace {

constexpr std::uint32_t Banks = 32;
constexpr std::uint32_t BankBytes = 4;

// The sectors that a request touches, each once.
struct Sectors {
    std::array<std::uintptr_t, 32 * 2> addresses;
    std::size_t count = 0;

    explicit Sectors(const std::vector<Access> &request) {
        // An aligned access of at most 16 bytes lies in one sector.
        for (const Access &access : request)
            addresses[count++] = access.address / Allocation::SectorBytes * Allocation::SectorBytes;
        const auto end = addresses.begin() + static_cast<std::ptrdiff_t>(count);
        std::sort(addresses.begin(), end);
        count = static_cast<std::size_t>(std::unique(addresses.begin(), end) - addresses.begin());
    }
};

// Those of them that this launch had not touched before.
std::uint64_t count_new(const Sectors &sectors, std::vector<std::atomic<std::uint32_t>> Allocation::*touched, std::uint32_t launch) {
    std::uint64_t fresh = 0;
    Allocation *allocation = nullptr;
    for (std::size_t i = 0; i < sectors.count; i++) {
        const std::uintptr_t address = sectors.addresses[i];
        if (allocation == nullptr || !allocation->holds(address, 1))
            allocation = Memory::instance().find(address, 1);
        fresh += (allocation->*touched)[(address - allocation->begin) / Allocation::SectorBytes].exchange(
                     launch, std::memory_order_relaxed) != launch;
    }
    return fresh;
}

void saturating_increment(std::atomic<std::uint8_t> &count) {
    std::uint8_t seen = count.load(std::memory_order_relaxed);
    while (seen != std::numeric_limits<std::uint8_t>::max() &&
           !count.compare_exchange_weak(seen, static_cast<std::uint8_t>(seen + 1), std::memory_order_relaxed)) {
    }
}

void count_watched(const std::vector<Access> &request, std::uint64_t bytes, std::uint64_t sectors) {
    Allocation *first = Memory::instance().find(request.front().address, request.front().bytes);
    if (first == nullptr || first->watch == nullptr)
        return;
    first->watch->bytes += bytes;
    first->watch->requests += 1;
    first->watch->sectors += sectors;
    for (const Access &access : request)
        for (std::uint32_t byte = 0; byte < access.bytes && first->holds(access.address, access.bytes); byte++)
            saturating_increment(first->watch->reads[access.address - first->begin + byte]);
}

} // namespace

std::uint32_t AccessLog::bank_conflicts(const std::vector<Access> &request) {
    const std::uint32_t width = std::max(request.front().bytes, BankBytes);
    const std::size_t part = Banks * BankBytes / width;
    // Words by part of the warp and bank.
    std::array<std::array<std::vector<std::uintptr_t>, Banks>, 32> words;
    std::array<std::size_t, 32> most{};
    for (const Access &access : request)
        for (std::uintptr_t word = access.address / BankBytes; word <= (access.address + access.bytes - 1) / BankBytes; word++) {
            std::vector<std::uintptr_t> &bank = words[access.lane / part][word % Banks];
            if (std::find(bank.begin(), bank.end(), word) == bank.end())
                bank.push_back(word);
            most[access.lane / part] = std::max(most[access.lane / part], bank.size());
        }
    std::uint32_t conflicts = 0;
    for (const std::size_t passes : most)
        conflicts += passes == 0 ? 0 : static_cast<std::uint32_t>(passes - 1);
    return conflicts;
}

void AccessLog::count(unimed_counters &counters) {
    std::uint64_t bytes = 0;
    for (const Access &access : request_)
        bytes += access.bytes;
    switch (request_.front().kind) {
    case AccessKind::GlobalLoad: {
        const Sectors sectors(request_);
        counters.global_load_bytes += bytes;
        counters.global_load_requests += 1;
        counters.global_load_sectors += sectors.count;
        counters.global_load_distinct_sectors += count_new(sectors, &Allocation::loaded_in, launch_);
        count_watched(request_, bytes, sectors.count);
        break;
    }
    case AccessKind::GlobalStore: {
        const Sectors sectors(request_);
        counters.global_store_bytes += bytes;
        counters.global_store_requests += 1;
        counters.global_store_sectors += sectors.count;
        counters.global_store_distinct_sectors += count_new(sectors, &Allocation::stored_in, launch_);
        break;
    }
    case AccessKind::SharedLoad:
        counters.shared_load_bytes += bytes;
        counters.shared_load_requests += 1;
        counters.shared_load_conflicts += bank_conflicts(request_);
        break;
    case AccessKind::SharedStore:
        counters.shared_store_bytes += bytes;
        counters.shared_store_requests += 1;
        counters.shared_store_conflicts += bank_conflicts(request_);
        break;
    }
}

void AccessLog::meet(unimed_counters &counters, std::uint32_t launch) {
    launch_ = launch;
    // Nearly always every thread made the same accesses; then the k-th of each belong together.
    const std::size_t length = lanes_[0].size();
    const auto alike = [&](const std::vector<Access> &lane) {
        return lane.size() == length && std::equal(lane.begin(), lane.end(), lanes_[0].begin(), [](const Access &a, const Access &b) {
                   return a.site == b.site && a.kind == b.kind && a.bytes == b.bytes;
               });
    };
    if (!std::all_of(lanes_.begin(), lanes_.end(), alike)) {
        meet_divergent(counters);
    } else {
        for (std::size_t i = 0; i < length; i++) {
            request_.clear();
            for (const auto &lane : lanes_)
                request_.push_back(lane[i]);
            count(counters);
        }
    }
    clear();
}

void AccessLog::meet_divergent(unimed_counters &counters) {
    // Site, kind and width, and the how manieth access there.
    using Key = std::tuple<const void *, AccessKind, std::uint32_t>;
    std::map<std::pair<Key, std::uint32_t>, std::vector<Access>> requests;
    for (const auto &lane : lanes_) {
        std::map<Key, std::uint32_t> seen;
        for (const Access &access : lane) {
            const Key key{access.site, access.kind, access.bytes};
            requests[{key, seen[key]++}].push_back(access);
        }
    }
    for (auto &[key, request] : requests) {
        request_ = std::move(request);
        count(counters);
    }
}

void AccessLog::clear() {
    for (auto &lane : lanes_)
        lane.clear();
}

} // namespace unimed::host
