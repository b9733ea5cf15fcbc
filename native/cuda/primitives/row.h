#pragma once

#include "primitives/global.h"
#include "primitives/half_pair.h"
#include "primitives/target.h"
#include "primitives/words.h"

namespace unimed {

/// Columns first .. first + 3 of a row; zeros for those that it does not have. `aligned` promises that rows and their lengths are multiples
/// of 16 bytes; then it is one access, and none past the end.
UNIMED_DEVICE Floats4 load_four(Global<const float> row, int first, int columns, bool aligned) {
    Floats4 four{};
    if (aligned) {
        if (first < columns)
            four = load(as<Floats4>(row + first));
    } else {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            if (first + j < columns)
                four.value[j] = load(row + first + j);
    }
    return four;
}

/// The same of 16-bit numbers, widened; `aligned` promises multiples of 8 bytes.
template <class Element>
UNIMED_DEVICE Floats4 load_four(Global<const Element> row, int first, int columns, bool aligned) {
    Floats4 four{};
    if (aligned) {
        if (first < columns) {
            const Words2 pairs = load(as<Words2>(row + first));
            UNIMED_UNROLL
            for (int j = 0; j < 4; j++)
                four.value[j] = widen_half<Element>(pairs.word[j / 2], j % 2);
        }
    } else {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            if (first + j < columns)
                four.value[j] = widen(load(row + first + j));
    }
    return four;
}

/// The reverse; columns that the row does not have are left out.
UNIMED_DEVICE void store_four(Global<float> row, int first, int columns, bool aligned, const Floats4 &four) {
    if (aligned) {
        if (first < columns)
            store(as<Floats4>(row + first), four);
    } else {
        UNIMED_UNROLL
        for (int j = 0; j < 4; j++)
            if (first + j < columns)
                store(row + first + j, four.value[j]);
    }
}

} // namespace unimed
