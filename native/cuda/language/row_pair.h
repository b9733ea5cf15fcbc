#pragma once

#include "primitives/global.h"
#include "primitives/target.h"
#include "primitives/words.h"

namespace unimed::language {

/// Writes columns first and first + 1 of a row whose length is even; nothing past its end. `aligned` promises that the row is aligned to 8
/// bytes.
UNIMED_DEVICE void store_two(Global<float> row, int first, int columns, bool aligned, const Floats2 &two) {
    if (first >= columns)
        return;
    if (aligned) {
        store(as<Floats2>(row + first), two);
    } else {
        store(row + first, two.value[0]);
        store(row + first + 1, two.value[1]);
    }
}

} // namespace unimed::language
