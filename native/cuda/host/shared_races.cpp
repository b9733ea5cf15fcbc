#include "host/shared_races.h"

#include <algorithm>

namespace unimed::host {

bool SharedRaces::unordered(const Moment &earlier, const Moment &now) {
    if (earlier.thread == Nobody || earlier.thread == now.thread || earlier.block_barriers != now.block_barriers)
        return false;
    return earlier.thread / 32 != now.thread / 32 || earlier.warp_barriers == now.warp_barriers;
}

void SharedRaces::forget(std::uint32_t first, std::uint32_t count) {
    if (bytes_.size() < first + count)
        bytes_.resize(first + count);
    std::fill_n(bytes_.begin() + first, count, Byte{});
}

std::optional<std::uint16_t> SharedRaces::read(std::uint32_t first, std::uint32_t count, const Moment &moment) {
    for (std::uint32_t i = first; i < first + count; i++) {
        Byte &byte = bytes_[i];
        if (unordered(byte.writer, moment))
            return byte.writer.thread;
        const bool same_warp = byte.reader.thread / 32 == moment.thread / 32;
        if (byte.reader.thread != Nobody && !same_warp)
            byte.far_reader = byte.reader;
        byte.reader = moment;
    }
    return std::nullopt;
}

std::optional<std::uint16_t> SharedRaces::write(std::uint32_t first, std::uint32_t count, const Moment &moment) {
    for (std::uint32_t i = first; i < first + count; i++) {
        Byte &byte = bytes_[i];
        for (const Moment *earlier : {&byte.writer, &byte.reader, &byte.far_reader})
            if (unordered(*earlier, moment))
                return earlier->thread;
        byte.writer = moment;
    }
    return std::nullopt;
}

} // namespace unimed::host
