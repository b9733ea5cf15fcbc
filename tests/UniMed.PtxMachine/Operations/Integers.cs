using System.Numerics;
using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Whole numbers of 16, 32 and 64 bits, and bits. Numbers of 16 bits lie in the lower half of a lane's 32, the upper half zero.</summary>
internal static unsafe class Integers
{
    /// <summary>d = op(a, b) of 32 bits.</summary>
    public static void Binary32<T>(Warp warp, Instruction i)
        where T : struct, IBinary
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, T.Of(Lanes.Load<uint>(warp, i.A, part), Lanes.Load<uint>(warp, i.B, part)));
    }

    /// <summary>d = op(a, b) of 64 bits.</summary>
    public static void Binary64<T>(Warp warp, Instruction i)
        where T : struct, IBinary
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, T.Of(Lanes.Load<ulong>(warp, i.A, part), Lanes.Load<ulong>(warp, i.B, part)));
    }

    /// <summary>d = a of 32 bits.</summary>
    public static void Copy32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Lanes.Load<uint>(warp, i.A, part));
    }

    /// <summary>d = a of 64 bits.</summary>
    public static void Copy64(Warp warp, Instruction i)
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, Lanes.Load<ulong>(warp, i.A, part));
    }

    /// <summary>Two registers of 32 bits into one of 64, the first into the lower half.</summary>
    public static void Pack(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<ulong> low0, Vector512<ulong> low1) = Vector512.Widen(Lanes.Load<uint>(warp, i.A, part));
            (Vector512<ulong> high0, Vector512<ulong> high1) = Vector512.Widen(Lanes.Load<uint>(warp, i.B, part));
            Lanes.Store64(warp, i.D, 2 * part, low0 | (high0 << 32));
            Lanes.Store64(warp, i.D, (2 * part) + 1, low1 | (high1 << 32));
        }
    }

    /// <summary>A register of 64 bits into two of 32, the lower half into the first.</summary>
    public static void Unpack(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<ulong> first = Lanes.Load<ulong>(warp, i.B, 2 * part);
            Vector512<ulong> second = Lanes.Load<ulong>(warp, i.B, (2 * part) + 1);
            Lanes.Store32(warp, i.D, part, Vector512.Narrow(first & Vector512.Create(0xFFFFFFFFul), second & Vector512.Create(0xFFFFFFFFul)));
            Lanes.Store32(warp, i.A, part, Vector512.Narrow(first >> 32, second >> 32));
        }
    }

    public static void Not32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, ~Lanes.Load<uint>(warp, i.A, part));
    }

    public static void Not64(Warp warp, Instruction i)
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, ~Lanes.Load<ulong>(warp, i.A, part));
    }

    public static void Negate32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, -Lanes.Load<int>(warp, i.A, part));
    }

    /// <summary>d = a * b + c, the lower half.</summary>
    public static void MultiplyAdd32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, (Lanes.Load<uint>(warp, i.A, part) * Lanes.Load<uint>(warp, i.B, part)) + Lanes.Load<uint>(warp, i.C, part));
    }

    /// <summary>d of 64 bits = a * b of 32, with signs.</summary>
    public static void MultiplyWideSigned(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<long> a0, Vector512<long> a1) = Vector512.Widen(Lanes.Load<int>(warp, i.A, part));
            (Vector512<long> b0, Vector512<long> b1) = Vector512.Widen(Lanes.Load<int>(warp, i.B, part));
            Lanes.Store64(warp, i.D, 2 * part, a0 * b0);
            Lanes.Store64(warp, i.D, (2 * part) + 1, a1 * b1);
        }
    }

    /// <summary>d of 64 bits = a * b of 32, without signs.</summary>
    public static void MultiplyWideUnsigned(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<ulong> a0, Vector512<ulong> a1) = Vector512.Widen(Lanes.Load<uint>(warp, i.A, part));
            (Vector512<ulong> b0, Vector512<ulong> b1) = Vector512.Widen(Lanes.Load<uint>(warp, i.B, part));
            Lanes.Store64(warp, i.D, 2 * part, a0 * b0);
            Lanes.Store64(warp, i.D, (2 * part) + 1, a1 * b1);
        }
    }

    /// <summary>d of 64 bits = a of 32, with its sign.</summary>
    public static void WidenSigned(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(Lanes.Load<int>(warp, i.A, part));
            Lanes.Store64(warp, i.D, 2 * part, low);
            Lanes.Store64(warp, i.D, (2 * part) + 1, high);
        }
    }

    /// <summary>d of 64 bits = a of 32, with zeros.</summary>
    public static void WidenUnsigned(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            (Vector512<ulong> low, Vector512<ulong> high) = Vector512.Widen(Lanes.Load<uint>(warp, i.A, part));
            Lanes.Store64(warp, i.D, 2 * part, low);
            Lanes.Store64(warp, i.D, (2 * part) + 1, high);
        }
    }

    /// <summary>d of 32 bits = the lower half of a of 64.</summary>
    public static void Narrow64(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<ulong> low = Lanes.Load<ulong>(warp, i.A, 2 * part) & Vector512.Create(0xFFFFFFFFul);
            Vector512<ulong> high = Lanes.Load<ulong>(warp, i.A, (2 * part) + 1) & Vector512.Create(0xFFFFFFFFul);
            Lanes.Store32(warp, i.D, part, Vector512.Narrow(low, high));
        }
    }

    /// <summary>d of 16 bits = the lower half of a of 32.</summary>
    public static void Narrow32(Warp warp, Instruction i)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store32(warp, i.D, part, Lanes.Load<uint>(warp, i.A, part) & Vector512.Create(0xFFFFu));
    }

    /// <summary>Each bit of d is the bit of the number that the bits of a, b and c point at.</summary>
    public static void Lop3(Warp warp, Instruction i)
    {
        int table = (int)i.Number;
        for (int part = 0; part < 2; part++)
        {
            Vector512<uint> a = Lanes.Load<uint>(warp, i.A, part);
            Vector512<uint> b = Lanes.Load<uint>(warp, i.B, part);
            Vector512<uint> c = Lanes.Load<uint>(warp, i.C, part);
            Vector512<uint> result = Vector512<uint>.Zero;
            for (int row = 0; row < 8; row++)
            {
                if ((table >> row & 1) != 0)
                    result |= ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
            }

            Lanes.Store32(warp, i.D, part, result);
        }
    }

    /// <summary>Each byte of d is one of the eight of b and a, as four bits of c say; their highest asks for its sign alone.</summary>
    public static void Permute(Warp warp, Instruction i)
    {
        uint* a = (uint*)(warp.Registers + i.A);
        uint* b = (uint*)(warp.Registers + i.B);
        uint* c = (uint*)(warp.Registers + i.C);
        for (int part = 0; part < 2; part++)
        {
            Vector512<uint> selectors = Lanes.Load<uint>(warp, i.C, part);
            uint selector = c[16 * part];
            if (Vector512.EqualsAll(selectors, Vector512.Create(selector)) && (selector & 0x8888) == 0)
            {
                Vector512<uint> result = Vector512<uint>.Zero;
                for (int to = 0; to < 4; to++)
                {
                    int from = (int)(selector >> (4 * to) & 7);
                    Vector512<uint> word = Lanes.Load<uint>(warp, from < 4 ? i.A : i.B, part);
                    result |= (word >> (8 * (from & 3)) & Vector512.Create(0xFFu)) << (8 * to);
                }

                Lanes.Store32(warp, i.D, part, result);
                continue;
            }

            Vector512<uint> slow = Vector512<uint>.Zero;
            for (int lane = 0; lane < 16; lane++)
            {
                ulong bytes = a[(16 * part) + lane] | ((ulong)b[(16 * part) + lane] << 32);
                uint result = 0;
                for (int to = 0; to < 4; to++)
                {
                    uint select = c[(16 * part) + lane] >> (4 * to) & 0xF;
                    uint value = (uint)(bytes >> (int)(8 * (select & 7))) & 0xFF;
                    if ((select & 8) != 0)
                        value = (value & 0x80) != 0 ? 0xFFu : 0;
                    result |= value << (8 * to);
                }

                slow = slow.WithElement(lane, result);
            }

            Lanes.Store32(warp, i.D, part, slow);
        }
    }

    public static void PopulationCount(Warp warp, Instruction i)
    {
        uint* a = (uint*)(warp.Registers + i.A);
        uint* d = (uint*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            d[lane] = (uint)BitOperations.PopCount(a[lane]);
        }
    }

    /// <summary>d = b with the lowest bits of a in place of those from a position on.</summary>
    public static void BitFieldInsert32(Warp warp, Instruction i)
    {
        uint* a = (uint*)(warp.Registers + i.A);
        uint* b = (uint*)(warp.Registers + i.B);
        uint* d = (uint*)(warp.Registers + i.D);
        uint* position = (uint*)(warp.Registers + i.C);
        uint* length = (uint*)(warp.Registers + i.Operands[4]);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            int from = (int)(position[lane] & 0xFF);
            int bits = Math.Min((int)(length[lane] & 0xFF), Math.Max(0, 32 - from));
            uint field = bits == 0 ? 0 : uint.MaxValue >> (32 - bits) << from;
            d[lane] = (b[lane] & ~field) | (bits == 0 ? 0 : a[lane] << from & field);
        }
    }

    /// <summary>The same of 64 bits.</summary>
    public static void BitFieldInsert64(Warp warp, Instruction i)
    {
        ulong* a = (ulong*)(warp.Registers + i.A);
        ulong* b = (ulong*)(warp.Registers + i.B);
        ulong* d = (ulong*)(warp.Registers + i.D);
        uint* position = (uint*)(warp.Registers + i.C);
        uint* length = (uint*)(warp.Registers + i.Operands[4]);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            int from = (int)(position[lane] & 0xFF);
            int bits = Math.Min((int)(length[lane] & 0xFF), Math.Max(0, 64 - from));
            ulong field = bits == 0 ? 0 : ulong.MaxValue >> (64 - bits) << from;
            d[lane] = (b[lane] & ~field) | (bits == 0 ? 0 : a[lane] << from & field);
        }
    }

    /// <summary>Quotient or remainder of 32 bits with signs.</summary>
    public static void DivideSigned32(Warp warp, Instruction i)
    {
        int* a = (int*)(warp.Registers + i.A);
        int* b = (int*)(warp.Registers + i.B);
        int* d = (int*)(warp.Registers + i.D);
        bool remainder = i.Number != 0;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (b[lane] == 0)
                throw warp.Fault("division by zero, which is undefined", lane);
            d[lane] = b[lane] == -1 ? (remainder ? 0 : unchecked(-a[lane])) : remainder ? a[lane] % b[lane] : a[lane] / b[lane];
        }
    }

    /// <summary>Quotient or remainder of 32 bits without.</summary>
    public static void DivideUnsigned32(Warp warp, Instruction i)
    {
        uint* a = (uint*)(warp.Registers + i.A);
        uint* b = (uint*)(warp.Registers + i.B);
        uint* d = (uint*)(warp.Registers + i.D);
        bool remainder = i.Number != 0;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (b[lane] == 0)
                throw warp.Fault("division by zero, which is undefined", lane);
            d[lane] = remainder ? a[lane] % b[lane] : a[lane] / b[lane];
        }
    }

    public static void DivideUnsigned64(Warp warp, Instruction i)
    {
        ulong* a = (ulong*)(warp.Registers + i.A);
        ulong* b = (ulong*)(warp.Registers + i.B);
        ulong* d = (ulong*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            d[lane] = b[lane] == 0 ? throw warp.Fault("division by zero, which is undefined", lane) : a[lane] / b[lane];
        }
    }

    /// <summary>d = a * b + c of 64 bits, the lower half.</summary>
    public static void MultiplyAdd64(Warp warp, Instruction i)
    {
        for (int part = 0; part < 4; part++)
            Lanes.Store64(warp, i.D, part, (Lanes.Load<ulong>(warp, i.A, part) * Lanes.Load<ulong>(warp, i.B, part)) + Lanes.Load<ulong>(warp, i.C, part));
    }

    public static void RemainderSigned64(Warp warp, Instruction i)
    {
        long* a = (long*)(warp.Registers + i.A);
        long* b = (long*)(warp.Registers + i.B);
        long* d = (long*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (b[lane] == 0)
                throw warp.Fault("division by zero, which is undefined", lane);
            d[lane] = b[lane] == -1 ? 0 : a[lane] % b[lane];
        }
    }
}
