#pragma once

#include <cstdint>

extern "C" {

/// What one launch did; counted only while counting is switched on. A request is one access instruction of a warp.
struct unimed_counters {
    /// Bytes that threads asked for, and the distinct 32-byte sectors each request touched. Coalesced: sectors * 32 == bytes.
    std::uint64_t global_load_bytes;
    std::uint64_t global_load_requests;
    std::uint64_t global_load_sectors;
    /// Sectors that the launch loaded at all: what must come from memory when L2 keeps everything that is read again.
    std::uint64_t global_load_distinct_sectors;
    std::uint64_t global_store_bytes;
    std::uint64_t global_store_requests;
    std::uint64_t global_store_sectors;
    std::uint64_t global_store_distinct_sectors;
    /// Shared-memory requests, ldmatrix and the writing side of asynchronous copies included, and how many passes over the 32 banks they
    /// took beyond the fewest their width allows.
    std::uint64_t shared_load_bytes;
    std::uint64_t shared_load_requests;
    std::uint64_t shared_load_conflicts;
    std::uint64_t shared_store_bytes;
    std::uint64_t shared_store_requests;
    std::uint64_t shared_store_conflicts;
    /// Warp instructions.
    std::uint64_t mma;
    std::uint64_t ldmatrix;
    std::uint64_t shuffles;
    std::uint64_t votes;
    /// Barriers of whole blocks.
    std::uint64_t barriers;
};

/// Loads of one allocation since it was watched.
struct unimed_traffic {
    std::uint64_t bytes;
    std::uint64_t requests;
    std::uint64_t sectors;
    /// How often the least and the most read byte was read (saturating at 255).
    std::uint32_t least_reads;
    std::uint32_t most_reads;
};
}

namespace unimed::host {

/// Adds b to a.
inline void add(unimed_counters &a, const unimed_counters &b) {
    a.global_load_bytes += b.global_load_bytes;
    a.global_load_requests += b.global_load_requests;
    a.global_load_sectors += b.global_load_sectors;
    a.global_load_distinct_sectors += b.global_load_distinct_sectors;
    a.global_store_bytes += b.global_store_bytes;
    a.global_store_requests += b.global_store_requests;
    a.global_store_sectors += b.global_store_sectors;
    a.global_store_distinct_sectors += b.global_store_distinct_sectors;
    a.shared_load_bytes += b.shared_load_bytes;
    a.shared_load_requests += b.shared_load_requests;
    a.shared_load_conflicts += b.shared_load_conflicts;
    a.shared_store_bytes += b.shared_store_bytes;
    a.shared_store_requests += b.shared_store_requests;
    a.shared_store_conflicts += b.shared_store_conflicts;
    a.mma += b.mma;
    a.ldmatrix += b.ldmatrix;
    a.shuffles += b.shuffles;
    a.votes += b.votes;
    a.barriers += b.barriers;
}

} // namespace unimed::host
