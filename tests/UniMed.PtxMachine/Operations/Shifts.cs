using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Shifts. By the width or more they leave nothing, or the sign.</summary>
internal static unsafe class Shifts
{
    public static void Left32(Warp warp, Instruction i)
    {
        uint* by = (uint*)(warp.Registers + i.B);
        for (int part = 0; part < 2; part++)
        {
            if (IsSame(warp, i.B, part))
                Lanes.Store32(warp, i.D, part, by[16 * part] > 31 ? Vector512<uint>.Zero : Lanes.Load<uint>(warp, i.A, part) << (int)by[16 * part]);
            else
                Lanes.Store32(warp, i.D, part, ByLane(warp, i, part, static (a, b) => b > 31 ? 0 : a << (int)b));
        }
    }

    public static void Right32(Warp warp, Instruction i)
    {
        uint* by = (uint*)(warp.Registers + i.B);
        for (int part = 0; part < 2; part++)
        {
            if (IsSame(warp, i.B, part))
                Lanes.Store32(warp, i.D, part, by[16 * part] > 31 ? Vector512<uint>.Zero : Lanes.Load<uint>(warp, i.A, part) >> (int)by[16 * part]);
            else
                Lanes.Store32(warp, i.D, part, ByLane(warp, i, part, static (a, b) => b > 31 ? 0 : a >> (int)b));
        }
    }

    public static void RightSigned32(Warp warp, Instruction i)
    {
        uint* by = (uint*)(warp.Registers + i.B);
        for (int part = 0; part < 2; part++)
        {
            if (IsSame(warp, i.B, part))
                Lanes.Store32(warp, i.D, part, Lanes.Load<int>(warp, i.A, part) >> (int)Math.Min(by[16 * part], 31));
            else
                Lanes.Store32(warp, i.D, part, ByLane(warp, i, part, static (a, b) => (uint)((int)a >> (int)Math.Min(b, 31))));
        }
    }

    public static void Left64(Warp warp, Instruction i)
    {
        uint* by = (uint*)(warp.Registers + i.B);
        for (int part = 0; part < 4; part++)
        {
            Vector512<ulong> a = Lanes.Load<ulong>(warp, i.A, part);
            Vector512<ulong> result = Vector512<ulong>.Zero;
            if (IsSame(warp, i.B, part / 2))
                result = by[8 * part] > 63 ? result : a << (int)by[8 * part];
            else
                for (int lane = 0; lane < 8; lane++)
                    result = result.WithElement(lane, by[(8 * part) + lane] > 63 ? 0 : a[lane] << (int)by[(8 * part) + lane]);
            Lanes.Store64(warp, i.D, part, result);
        }
    }

    public static void Right64(Warp warp, Instruction i)
    {
        uint* by = (uint*)(warp.Registers + i.B);
        for (int part = 0; part < 4; part++)
        {
            Vector512<ulong> a = Lanes.Load<ulong>(warp, i.A, part);
            Vector512<ulong> result = Vector512<ulong>.Zero;
            if (IsSame(warp, i.B, part / 2))
                result = by[8 * part] > 63 ? result : a >> (int)by[8 * part];
            else
                for (int lane = 0; lane < 8; lane++)
                    result = result.WithElement(lane, by[(8 * part) + lane] > 63 ? 0 : a[lane] >> (int)by[(8 * part) + lane]);
            Lanes.Store64(warp, i.D, part, result);
        }
    }

    private static bool IsSame(Warp warp, int place, int part)
    {
        Vector512<uint> by = Lanes.Load<uint>(warp, place, part);
        return Vector512.EqualsAll(by, Vector512.Create(*(uint*)(warp.Registers + place + (part * 64))));
    }

    private static Vector512<uint> ByLane(Warp warp, Instruction i, int part, Func<uint, uint, uint> shift)
    {
        uint* a = (uint*)(warp.Registers + i.A + (part * 64));
        uint* b = (uint*)(warp.Registers + i.B + (part * 64));
        Vector512<uint> result = Vector512<uint>.Zero;
        for (int lane = 0; lane < 16; lane++)
            result = result.WithElement(lane, shift(a[lane], b[lane]));
        return result;
    }
}
