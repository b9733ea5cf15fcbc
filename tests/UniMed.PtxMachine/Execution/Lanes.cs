using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UniMed.PtxMachine.Execution;

/// <summary>Registers of 32 lanes as vectors: reading, and writing the active lanes alone.</summary>
internal static unsafe class Lanes
{
    public const int Count = 32;
    public const int Bytes32 = Count * sizeof(uint);
    public const int Bytes64 = Count * sizeof(ulong);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(Warp warp, int place, int part)
        where T : unmanaged => Vector512.LoadAligned((T*)(warp.Registers + place + (part * 64)));

    /// <summary>Writes half of a register of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32<T>(Warp warp, int place, int part, Vector512<T> value)
        where T : unmanaged
    {
        uint* to = (uint*)(warp.Registers + place + (part * 64));
        Vector512<uint> bits = value.AsUInt32();
        if (!warp.AllActive)
            bits = Vector512.ConditionalSelect(part == 0 ? warp.Active0 : warp.Active1, bits, Vector512.LoadAligned(to));
        bits.StoreAligned(to);
    }

    /// <summary>Writes a quarter of a register of 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store64<T>(Warp warp, int place, int part, Vector512<T> value)
        where T : unmanaged
    {
        ulong* to = (ulong*)(warp.Registers + place + (part * 64));
        Vector512<ulong> bits = value.AsUInt64();
        if (!warp.AllActive)
            bits = Vector512.ConditionalSelect(Mask64(warp.Active >> (part * 8)), bits, Vector512.LoadAligned(to));
        bits.StoreAligned(to);
    }

    /// <summary>Writes a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePredicate(Warp warp, int number, uint bits) =>
        warp.Predicates[number] = (warp.Predicates[number] & ~warp.Active) | (bits & warp.Active);

    /// <summary>All bits of each lane whose bit is set among the lowest 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Mask32(uint bits)
    {
        Vector512<uint> own = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(bits) & own, own);
    }

    /// <summary>All bits of each lane whose bit is set among the lowest 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Mask64(uint bits)
    {
        Vector512<ulong> own = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create((ulong)bits) & own, own);
    }

    /// <summary>One bit for each lane of two halves of comparisons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits32<T>(Vector512<T> low, Vector512<T> high)
        where T : unmanaged => (uint)low.AsUInt32().ExtractMostSignificantBits() | ((uint)high.AsUInt32().ExtractMostSignificantBits() << 16);

    /// <summary>The lowest lane of a mask.</summary>
    public static int First(uint mask) => BitOperations.TrailingZeroCount(mask);
}
