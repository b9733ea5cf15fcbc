using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Floating-point numbers of 64 bits.</summary>
internal static unsafe class Doubles
{
    /// <summary>d = op(a, b).</summary>
    public static void Binary<T>(Warp warp, Instruction i)
        where T : struct, IFloatBinary
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, T.Of(Lanes.Load<double>(warp, i.A, part), Lanes.Load<double>(warp, i.B, part)));
    }

    /// <summary>d = a * b + c, rounded once.</summary>
    public static void MultiplyAdd(Warp warp, Instruction i)
    {
        for (int part = 0; part < 4; part++)
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(
                Lanes.Load<double>(warp, i.A, part), Lanes.Load<double>(warp, i.B, part), Lanes.Load<double>(warp, i.C, part));
            Lanes.Store64(warp, i.D, part, sum);
        }
    }

    public static void Negate(Warp warp, Instruction i)
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, Lanes.Load<ulong>(warp, i.A, part) ^ Vector512.Create(1ul << 63));
    }

    /// <summary>1 / a of the upper 32 bits alone, whose lower 32 bits are zero.</summary>
    public static void ReciprocalApproximation(Warp warp, Instruction i)
    {
        Vector512<ulong> upper = Vector512.Create(0xFFFFFFFF00000000ul);
        for (int part = 0; part < 4; part++)
        {
            Vector512<double> a = (Lanes.Load<ulong>(warp, i.A, part) & upper).AsDouble();
            Lanes.Store64(warp, i.D, part, (Vector512<double>.One / a).AsUInt64() & upper);
        }
    }

    public static void FromSingle(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Lanes.Load<float>(warp, i.A, part));
            Lanes.Store64(warp, i.D, 2 * part, low);
            Lanes.Store64(warp, i.D, (2 * part) + 1, high);
        }
    }

    public static void ToSingle(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, HalfFormats.OneNaN(Vector512.Narrow(Lanes.Load<double>(warp, i.A, 2 * part), Lanes.Load<double>(warp, i.A, (2 * part) + 1))));
    }

    public static void FromUnsigned64(Warp warp, Instruction i)
    {
        ulong* a = (ulong*)(warp.Registers + i.A);
        double* d = (double*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            d[lane] = a[lane];
        }
    }
}
