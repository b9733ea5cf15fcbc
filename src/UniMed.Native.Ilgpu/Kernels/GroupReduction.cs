using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>
/// What the threads of a group have, put together in shared memory. All threads of the group take part; but for <see cref="AddThree{TShape}"/> the memory may be written again afterwards. Memory has a place for each
/// thread, and behind those another, where each thread keeps the result: ILGPU may move a load behind a barrier, to where it is used, and then it would meet what the next reduction writes. It does not move a load
/// over a store.
/// </summary>
internal static class GroupReduction
{
    /// <summary>The sum, for every thread.</summary>
    public static ulong Add<TShape>(ArrayView<ulong> sums, ulong value)
        where TShape : unmanaged, IGroupShape
    {
        sums[Group.IdxX] = value;
        Group.Barrier();
        for (int half = default(TShape).Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                sums[Group.IdxX] += sums[Group.IdxX + half];
            Group.Barrier();
        }

        sums[default(TShape).Threads + Group.IdxX] = sums[0];
        Group.Barrier();
        return sums[default(TShape).Threads + Group.IdxX];
    }

    /// <summary>Three sums side by side; they stand first in each part.</summary>
    public static void AddThree<TShape>(ArrayView<ulong> sums)
        where TShape : unmanaged, IGroupShape
    {
        Group.Barrier();
        for (int half = default(TShape).Threads / 2; half > 0; half /= 2)
        {
            for (int i = Group.IdxX; i < 3 * half; i += default(TShape).Threads)
            {
                int at = (i / half * default(TShape).Threads) + (i % half);
                sums[at] += sums[at + half];
            }

            Group.Barrier();
        }
    }

    /// <summary>The largest value, for every thread.</summary>
    public static ulong LargestOf<TShape>(ArrayView<ulong> values, ulong value)
        where TShape : unmanaged, IGroupShape
    {
        values[Group.IdxX] = value;
        Group.Barrier();
        for (int half = default(TShape).Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half && values[Group.IdxX + half] > values[Group.IdxX])
                values[Group.IdxX] = values[Group.IdxX + half];
            Group.Barrier();
        }

        values[default(TShape).Threads + Group.IdxX] = values[0];
        Group.Barrier();
        return values[default(TShape).Threads + Group.IdxX];
    }

    /// <summary>The largest key, for every thread.</summary>
    public static uint Largest<TShape>(ArrayView<uint> keys, uint key)
        where TShape : unmanaged, IGroupShape
    {
        keys[Group.IdxX] = key;
        Group.Barrier();
        for (int half = default(TShape).Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half && keys[Group.IdxX + half] > keys[Group.IdxX])
                keys[Group.IdxX] = keys[Group.IdxX + half];
            Group.Barrier();
        }

        keys[default(TShape).Threads + Group.IdxX] = keys[0];
        Group.Barrier();
        return keys[default(TShape).Threads + Group.IdxX];
    }

    /// <summary>The id of the largest key, the lowest or highest id among equals; its key is kept like the result.</summary>
    public static int Best<TShape>(ArrayView<uint> keys, ArrayView<int> ids, uint key, int id, int lowestId)
        where TShape : unmanaged, IGroupShape
    {
        keys[Group.IdxX] = key;
        ids[Group.IdxX] = id;
        Group.Barrier();
        for (int half = default(TShape).Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                uint otherKey = keys[Group.IdxX + half];
                int otherId = ids[Group.IdxX + half];
                bool nearer = lowestId != 0 ? otherId < ids[Group.IdxX] : otherId > ids[Group.IdxX];
                if (otherKey > keys[Group.IdxX] || (otherKey == keys[Group.IdxX] && nearer))
                {
                    keys[Group.IdxX] = otherKey;
                    ids[Group.IdxX] = otherId;
                }
            }

            Group.Barrier();
        }

        keys[default(TShape).Threads + Group.IdxX] = keys[0];
        ids[default(TShape).Threads + Group.IdxX] = ids[0];
        Group.Barrier();
        return ids[default(TShape).Threads + Group.IdxX];
    }
}
