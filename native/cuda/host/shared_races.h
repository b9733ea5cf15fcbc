#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace unimed::host {

/// Finds accesses to shared memory whose order no barrier decides: two threads, one byte, at least one of them writing. Only barriers of
/// the block or of the warp order memory; shuffles, votes and mma do not.
class SharedRaces {
public:
    /// Who accesses, and how many barriers of the block and of its warp lie behind it.
    struct Moment {
        std::uint16_t thread;
        std::uint32_t block_barriers;
        std::uint32_t warp_barriers;
    };

    /// Forgets what happened to bytes first .. first + count - 1.
    void forget(std::uint32_t first, std::uint32_t count);

    /// Notes an access; returns another thread that accessed one of the bytes with no barrier between, if there is one.
    [[nodiscard]] std::optional<std::uint16_t> read(std::uint32_t first, std::uint32_t count, const Moment &moment);
    [[nodiscard]] std::optional<std::uint16_t> write(std::uint32_t first, std::uint32_t count, const Moment &moment);

private:
    static constexpr std::uint16_t Nobody = 0xFFFF;
    static constexpr std::uint32_t WordBytes = 4;

    struct History {
        Moment writer{Nobody, 0, 0};
        /// The last reader, and one of another warp, if any, that read since the same barrier of the block.
        Moment reader{Nobody, 0, 0};
        Moment far_reader{Nobody, 0, 0};
    };

    /// Most words are read and written whole: their bytes have one history. One that was not has one for each byte, until it is forgotten.
    struct Word {
        History whole;
        bool split = false;
    };
    std::vector<Word> words_;
    std::vector<History> bytes_;

    [[nodiscard]] static bool unordered(const Moment &earlier, const Moment &now);

    void split(std::uint32_t word);

    /// Calls visit, which returns another thread or Nobody, with the histories of the bytes.
    template <typename Visit>
    [[nodiscard]] std::optional<std::uint16_t> each(std::uint32_t first, std::uint32_t count, Visit visit);
};

} // namespace unimed::host
