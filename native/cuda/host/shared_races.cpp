#include "host/shared_races.h"

#include <algorithm>

namespace unimed::host {

bool SharedRaces::unordered(const Moment &earlier, const Moment &now) {
    if (earlier.thread == Nobody || earlier.thread == now.thread || earlier.block_barriers != now.block_barriers)
        return false;
    return earlier.thread / 32 != now.thread / 32 || earlier.warp_barriers == now.warp_barriers;
}

void SharedRaces::split(std::uint32_t word) {
    if (words_[word].split)
        return;
    words_[word].split = true;
    std::fill_n(bytes_.begin() + word * WordBytes, WordBytes, words_[word].whole);
}

template <typename Visit>
std::optional<std::uint16_t> SharedRaces::each(std::uint32_t first, std::uint32_t count, Visit visit) {
    const std::uint32_t end = first + count;
    for (std::uint32_t at = first; at < end;) {
        Word &word = words_[at / WordBytes];
        std::uint16_t other;
        if (!word.split && at % WordBytes == 0 && end - at >= WordBytes) {
            other = visit(word.whole);
            at += WordBytes;
        } else {
            split(at / WordBytes);
            other = visit(bytes_[at]);
            at++;
        }
        if (other != Nobody)
            return other;
    }
    return std::nullopt;
}

void SharedRaces::forget(std::uint32_t first, std::uint32_t count) {
    const std::uint32_t end = first + count;
    if (words_.size() * WordBytes < end) {
        words_.resize((end + WordBytes - 1) / WordBytes);
        bytes_.resize(words_.size() * WordBytes);
    }
    for (std::uint32_t at = first; at < end;) {
        if (at % WordBytes == 0 && end - at >= WordBytes) {
            words_[at / WordBytes] = Word{};
            at += WordBytes;
        } else {
            split(at / WordBytes);
            bytes_[at] = History{};
            at++;
        }
    }
}

std::optional<std::uint16_t> SharedRaces::read(std::uint32_t first, std::uint32_t count, const Moment &moment) {
    return each(first, count, [&](History &history) {
        if (unordered(history.writer, moment))
            return history.writer.thread;
        const bool same_warp = history.reader.thread / 32 == moment.thread / 32;
        if (history.reader.thread != Nobody && !same_warp)
            history.far_reader = history.reader;
        history.reader = moment;
        return Nobody;
    });
}

std::optional<std::uint16_t> SharedRaces::write(std::uint32_t first, std::uint32_t count, const Moment &moment) {
    return each(first, count, [&](History &history) {
        for (const Moment *earlier : {&history.writer, &history.reader, &history.far_reader})
            if (unordered(*earlier, moment))
                return earlier->thread;
        history.writer = moment;
        return Nobody;
    });
}

} // namespace unimed::host
