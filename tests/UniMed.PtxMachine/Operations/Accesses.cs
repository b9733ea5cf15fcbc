using System.Runtime.Intrinsics;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Loads and stores of device and shared memory, with what is checked about each.</summary>
internal static unsafe class Accesses
{
    /// <summary>Device memory; addresses have 64 bits.</summary>
    public static void LoadGlobal(Warp warp, Instruction i) => LoadGlobal(warp, i, constant: false);

    /// <summary>32 bits of device memory in a register of 64, filled up with zeros.</summary>
    public static void LoadGlobalUnsigned(Warp warp, Instruction i)
    {
        LoadGlobal(warp, i, constant: false);
        ulong* to = (ulong*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            to[Lanes.First(lanes)] &= uint.MaxValue;
    }

    /// <summary>Device memory that nobody writes during the launch.</summary>
    public static void LoadGlobalConstant(Warp warp, Instruction i) => LoadGlobal(warp, i, constant: true);

    /// <summary>Device memory: each active lane stores its elements.</summary>
    public static void StoreGlobal(Warp warp, Instruction i)
    {
        ulong* addresses = stackalloc ulong[Lanes.Count];
        GlobalAddresses(warp, i, i.Operands[0], addresses);
        int bytes = i.ElementBytes * i.Elements;
        if (AreNeighbours(warp, addresses, bytes))
        {
            if (warp.Block.Global.Write(addresses[0], bytes * Lanes.Count, warp.Waited == uint.MaxValue) is not null)
                CheckEachWrite(warp, addresses, bytes);
        }
        else
        {
            CheckEachWrite(warp, addresses, bytes);
        }

        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            Store(warp, i, lane, (byte*)addresses[lane]);
        }
    }

    /// <summary>Asks for lines of device memory in advance.</summary>
    public static void Prefetch(Warp warp, Instruction i)
    {
        ulong* addresses = stackalloc ulong[Lanes.Count];
        GlobalAddresses(warp, i, i.Operands[0], addresses);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (warp.Block.Global.Prefetch(addresses[lane]) is { } problem)
                throw warp.Fault(problem, lane);
        }
    }

    /// <summary>Shared memory; addresses have 32 bits.</summary>
    public static void LoadShared(Warp warp, Instruction i) => LoadShared(warp, i, (uint*)(warp.Registers + i.Operands[i.Elements]));

    /// <summary>Shared memory; addresses have 64 bits.</summary>
    public static void LoadSharedFar(Warp warp, Instruction i)
    {
        uint* bases = stackalloc uint[Lanes.Count];
        NearAddresses(warp, i.Operands[i.Elements], bases);
        LoadShared(warp, i, bases);
    }

    /// <summary>Shared memory: each active lane stores its elements.</summary>
    public static void StoreShared(Warp warp, Instruction i) => StoreShared(warp, i, (uint*)(warp.Registers + i.Operands[0]));

    /// <summary>The same, addresses have 64 bits.</summary>
    public static void StoreSharedFar(Warp warp, Instruction i)
    {
        uint* bases = stackalloc uint[Lanes.Count];
        NearAddresses(warp, i.Operands[0], bases);
        StoreShared(warp, i, bases);
    }

    private static void NearAddresses(Warp warp, int place, uint* near)
    {
        ulong* far = (ulong*)(warp.Registers + place);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            near[lane] = far[lane] <= uint.MaxValue ? (uint)far[lane] : throw warp.Fault($"0x{far[lane]:x} is no address of shared memory", lane);
        }
    }

    private static void LoadShared(Warp warp, Instruction i, uint* bases)
    {
        int bytes = i.ElementBytes * i.Elements;
        SharedMemory shared = warp.Block.Shared;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            long address = bases[lane] + i.Number;
            if ((address & (bytes - 1)) != 0)
                throw Misaligned(warp, address, bytes, lane);
            if (shared.Read(address, bytes, warp.Index, lane) is { } problem)
                throw warp.Fault(problem, lane);

            Load(warp, i, lane, shared.At(address));
        }
    }

    private static void StoreShared(Warp warp, Instruction i, uint* bases)
    {
        int bytes = i.ElementBytes * i.Elements;
        SharedMemory shared = warp.Block.Shared;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            long address = bases[lane] + i.Number;
            if ((address & (bytes - 1)) != 0)
                throw Misaligned(warp, address, bytes, lane);
            if (shared.Write(address, bytes, warp.Index, lane) is { } problem)
                throw warp.Fault(problem, lane);
            Store(warp, i, lane, shared.At(address));
        }
    }

    /// <summary>Starts copies of 16 bytes from device to shared memory; of those behind the valid ones zeros arrive.</summary>
    public static void CopyAsync(Warp warp, Instruction i)
    {
        uint* to = (uint*)(warp.Registers + i.Operands[0]);
        ulong* from = (ulong*)(warp.Registers + i.Operands[1]);
        uint* valid = (uint*)(warp.Registers + i.Operands[2]);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (to[lane] % AsyncCopies.Bytes != 0)
                throw Misaligned(warp, to[lane], AsyncCopies.Bytes, lane);
            if (valid[lane] > AsyncCopies.Bytes)
                throw warp.Fault($"{valid[lane]} valid bytes of a copy of {AsyncCopies.Bytes}", lane);
            UInt128 data = 0;
            if (valid[lane] > 0)
            {
                if (from[lane] % AsyncCopies.Bytes != 0)
                    throw Misaligned(warp, (long)from[lane], AsyncCopies.Bytes, lane);
                if (warp.Block.Global.Read(from[lane], (int)valid[lane], (warp.Waited >> lane & 1) != 0, constant: false) is { } problem)
                    throw warp.Fault(problem, lane);
                Buffer.MemoryCopy((void*)from[lane], &data, AsyncCopies.Bytes, valid[lane]);
            }

            if (warp.Block.Shared.Write(to[lane], AsyncCopies.Bytes, warp.Index, lane, underWay: true) is { } wrong)
                throw warp.Fault(wrong, lane);
            warp.Copies.Add(lane, to[lane], data);
        }
    }

    public static void CommitCopies(Warp warp, Instruction i) => warp.Copies.Commit(warp.Active);

    public static void WaitForCopies(Warp warp, Instruction i) => warp.Copies.Wait(warp.Active, i.Number, warp.Block.Shared, warp.Index);

    private static void LoadGlobal(Warp warp, Instruction i, bool constant)
    {
        ulong* addresses = stackalloc ulong[Lanes.Count];
        GlobalAddresses(warp, i, i.Operands[i.Elements], addresses);
        int bytes = i.ElementBytes * i.Elements;
        if (AreNeighbours(warp, addresses, bytes))
        {
            if (warp.Block.Global.Read(addresses[0], bytes * Lanes.Count, warp.Waited == uint.MaxValue, constant) is not null)
                CheckEachRead(warp, addresses, bytes, constant);
            if (i.ElementBytes == 4 && i.Elements == 1 && !i.IsWidening)
            {
                for (int part = 0; part < 2; part++)
                    Lanes.Store32(warp, i.D, part, Vector512.Load((uint*)addresses[0] + (16 * part)));
                return;
            }
        }
        else
        {
            CheckEachRead(warp, addresses, bytes, constant);
        }

        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            Load(warp, i, lane, (byte*)addresses[lane]);
        }
    }

    private static void Load(Warp warp, Instruction i, int lane, byte* from)
    {
        int[] places = i.Operands;
        if (i.IsWidening)
        {
            // What the kernels widen of 16 bits is unsigned, and of 32 signed.
            ((long*)(warp.Registers + places[0]))[lane] = i.ElementBytes == 2 ? *(ushort*)from : *(int*)from;
            return;
        }

        for (int e = 0; e < i.Elements; e++)
        {
            byte* to = warp.Registers + places[e];
            switch (i.ElementBytes)
            {
                case 1:
                    ((uint*)to)[lane] = from[e];
                    break;
                case 2:
                    ((uint*)to)[lane] = ((ushort*)from)[e];
                    break;
                case 4:
                    ((uint*)to)[lane] = ((uint*)from)[e];
                    break;
                default:
                    ((ulong*)to)[lane] = ((ulong*)from)[e];
                    break;
            }
        }
    }

    private static void Store(Warp warp, Instruction i, int lane, byte* to)
    {
        int[] places = i.Operands;
        for (int e = 0; e < i.Elements; e++)
        {
            byte* from = warp.Registers + places[1 + e];
            switch (i.ElementBytes)
            {
                case 1:
                    to[e] = (byte)((uint*)from)[lane];
                    break;
                case 2:
                    ((ushort*)to)[e] = (ushort)((uint*)from)[lane];
                    break;
                case 4:
                    ((uint*)to)[e] = ((uint*)from)[lane];
                    break;
                default:
                    ((ulong*)to)[e] = ((ulong*)from)[lane];
                    break;
            }
        }
    }

    private static void CheckEachRead(Warp warp, ulong* addresses, int bytes, bool constant)
    {
        ulong before = ulong.MaxValue;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (addresses[lane] == before)
                continue;
            before = addresses[lane];
            if (warp.Block.Global.Read(before, bytes, (warp.Waited >> lane & 1) != 0, constant) is { } problem)
                throw warp.Fault(problem, lane);
        }
    }

    private static void CheckEachWrite(Warp warp, ulong* addresses, int bytes)
    {
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (warp.Block.Global.Write(addresses[lane], bytes, (warp.Waited >> lane & 1) != 0) is { } problem)
                throw warp.Fault(problem, lane);
        }
    }

    private static void GlobalAddresses(Warp warp, Instruction i, int place, ulong* addresses)
    {
        ulong offset = (ulong)i.Number;
        Vector512<ulong> low = Vector512<ulong>.Zero;
        for (int part = 0; part < 4; part++)
        {
            Vector512<ulong> these = Lanes.Load<ulong>(warp, place, part) + Vector512.Create(offset);
            these.Store(addresses + (8 * part));
            low |= these & Lanes.Mask64(warp.Active >> (8 * part));
        }

        int bytes = i.ElementBytes * i.Elements;
        if ((low & Vector512.Create((ulong)bytes - 1)) == Vector512<ulong>.Zero)
            return;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            if (addresses[lane] % (ulong)bytes != 0)
                throw Misaligned(warp, (long)addresses[lane], bytes, lane);
        }
    }

    private static bool AreNeighbours(Warp warp, ulong* addresses, int bytes)
    {
        if (!warp.AllActive)
            return false;
        Vector512<ulong> step = Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7) * Vector512.Create((ulong)bytes);
        for (int part = 0; part < 4; part++)
        {
            if (Vector512.Load(addresses + (8 * part)) != step + Vector512.Create(addresses[0] + (ulong)(8 * part * bytes)))
                return false;
        }

        return true;
    }

    private static PtxFault Misaligned(Warp warp, long address, int bytes, int lane) =>
        warp.Fault($"the address 0x{address:x} is misaligned: {bytes} bytes lie at multiples of {bytes}", lane);
}
