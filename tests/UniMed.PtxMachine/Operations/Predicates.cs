using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Comparisons, predicates, and what they choose.</summary>
internal static unsafe class Predicates
{
    /// <summary>p = a ? b of lanes of 32 bits of a type.</summary>
    public static void Compare32<T, TComparison>(Warp warp, Instruction i)
        where T : unmanaged
        where TComparison : struct, IComparison
    {
        Vector512<T> low = TComparison.Of(Lanes.Load<T>(warp, i.A, 0), Lanes.Load<T>(warp, i.B, 0));
        Vector512<T> high = TComparison.Of(Lanes.Load<T>(warp, i.A, 1), Lanes.Load<T>(warp, i.B, 1));
        Lanes.StorePredicate(warp, i.D, Lanes.Bits32(low, high));
    }

    /// <summary>p = a ? b of lanes of 64 bits of a type.</summary>
    public static void Compare64<T, TComparison>(Warp warp, Instruction i)
        where T : unmanaged
        where TComparison : struct, IComparison
    {
        uint bits = 0;
        for (int part = 0; part < 4; part++)
        {
            Vector512<T> result = TComparison.Of(Lanes.Load<T>(warp, i.A, part), Lanes.Load<T>(warp, i.B, part));
            bits |= (uint)result.AsUInt64().ExtractMostSignificantBits() << (8 * part);
        }

        Lanes.StorePredicate(warp, i.D, bits);
    }

    /// <summary>d = p ? a : b of 32 bits.</summary>
    public static void Select32(Warp warp, Instruction i)
    {
        uint chosen = warp.Predicates[i.C];
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Vector512.ConditionalSelect(Lanes.Mask32(chosen >> (16 * part)), Lanes.Load<uint>(warp, i.A, part), Lanes.Load<uint>(warp, i.B, part)));
    }

    /// <summary>d = p ? a : b of 64 bits.</summary>
    public static void Select64(Warp warp, Instruction i)
    {
        uint chosen = warp.Predicates[i.C];
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, Vector512.ConditionalSelect(Lanes.Mask64(chosen >> (8 * part)), Lanes.Load<ulong>(warp, i.A, part), Lanes.Load<ulong>(warp, i.B, part)));
    }

    public static void And(Warp warp, Instruction i) => Lanes.StorePredicate(warp, i.D, warp.Predicates[i.A] & warp.Predicates[i.B]);

    public static void Or(Warp warp, Instruction i) => Lanes.StorePredicate(warp, i.D, warp.Predicates[i.A] | warp.Predicates[i.B]);

    public static void Xor(Warp warp, Instruction i) => Lanes.StorePredicate(warp, i.D, warp.Predicates[i.A] ^ warp.Predicates[i.B]);

    public static void Not(Warp warp, Instruction i) => Lanes.StorePredicate(warp, i.D, ~warp.Predicates[i.A]);

    public static void Copy(Warp warp, Instruction i) => Lanes.StorePredicate(warp, i.D, warp.Predicates[i.A]);
}
