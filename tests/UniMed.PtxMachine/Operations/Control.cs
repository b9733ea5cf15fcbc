using System.Runtime.InteropServices;
using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Operations;

/// <summary>Branches, barriers, and what lanes of a warp tell each other.</summary>
internal static unsafe class Control
{
    public static void Branch(Warp warp, Instruction i) => warp.Branch(i, warp.Active);

    /// <summary>Lanes whose predicate is true, or false where the branch says so, go.</summary>
    public static void BranchIf(Warp warp, Instruction i)
    {
        uint predicate = warp.Predicates[i.D];
        warp.Branch(i, warp.Active & (i.Number != 0 ? ~predicate : predicate));
    }

    /// <summary>The same where the kernel promises that all lanes agree (<c>bra.uni</c>).</summary>
    public static void BranchIfAllAgree(Warp warp, Instruction i)
    {
        uint taken = warp.Active & (i.Number != 0 ? ~warp.Predicates[i.D] : warp.Predicates[i.D]);
        if (taken != 0 && taken != warp.Active)
            throw warp.Fault("lanes of a warp differ at a branch with .uni", Lanes.First(taken));
        warp.Branch(i, taken);
    }

    public static void Return(Warp warp, Instruction i)
    {
        if (warp.Block.IsDependent && (warp.Active & ~warp.Waited) != 0)
            throw warp.Fault("a thread ends without griddepcontrol.wait", Lanes.First(warp.Active & ~warp.Waited));
        warp.Exit();
    }

    public static void Trap(Warp warp, Instruction i) => throw warp.Fault("the kernel stops itself", Lanes.First(warp.Active));

    public static void Barrier(Warp warp, Instruction i)
    {
        warp.RequireAll("the barrier");
        warp.State = WarpState.AtBarrier;
    }

    public static void WarpBarrier(Warp warp, Instruction i)
    {
        RequireMembers(warp, i.Operands[0]);
        // Members that are not the whole warp would order some lanes only.
        warp.RequireAll("the barrier of the warp");
        warp.Block.Shared.WarpBarrier(warp.Index);
    }

    public static void WaitForGrids(Warp warp, Instruction i) => warp.Waited |= warp.Active;

    /// <summary>What orders or hints and computes nothing.</summary>
    public static void Nothing(Warp warp, Instruction i)
    {
    }

    /// <summary>d and p; a of lane ^ b, inside of the segment that c says; mask.</summary>
    public static void ShuffleButterfly(Warp warp, Instruction i) => Shuffle(warp, i, byIndex: false);

    /// <summary>Lane b of the segment.</summary>
    public static void ShuffleIndex(Warp warp, Instruction i) => Shuffle(warp, i, byIndex: true);

    private static void Shuffle(Warp warp, Instruction i, bool byIndex)
    {
        RequireMembers(warp, i.Operands[5]);
        uint* d = (uint*)(warp.Registers + i.Operands[0]);
        uint* a = (uint*)(warp.Registers + i.Operands[2]);
        uint* b = (uint*)(warp.Registers + i.Operands[3]);
        uint* c = (uint*)(warp.Registers + i.Operands[4]);
        uint* values = stackalloc uint[Lanes.Count];
        uint inside = 0;
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            uint segment = c[lane] >> 8 & 31;
            uint last = ((uint)lane & segment) | (c[lane] & 31 & ~segment);
            uint from = byIndex ? ((uint)lane & segment) | (b[lane] & 31 & ~segment) : (uint)lane ^ (b[lane] & 31);
            if (from <= last)
                inside |= 1u << lane;
            else
                from = (uint)lane;
            if ((warp.Active >> (int)from & 1) == 0)
                throw warp.Fault($"the shuffle reads lane {from}, which does not take part", lane);
            values[lane] = a[from];
        }

        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            d[lane] = values[lane];
        }

        Lanes.StorePredicate(warp, i.Operands[1], inside);
    }

    /// <summary>d = the lanes whose predicate is true.</summary>
    public static void Ballot(Warp warp, Instruction i)
    {
        RequireMembers(warp, i.B);
        uint votes = warp.Predicates[i.A] & warp.Active;
        uint* d = (uint*)(warp.Registers + i.D);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[Lanes.First(lanes)] = votes;
    }

    /// <summary>The members that an instruction names are those that come to it.</summary>
    private static void RequireMembers(Warp warp, int place)
    {
        uint all = warp.Block.LanesOf(warp.Index);
        ReadOnlySpan<uint> masks = MemoryMarshal.CreateReadOnlySpan(ref *(uint*)(warp.Registers + place), Lanes.Count);
        for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            int lane = Lanes.First(lanes);
            uint members = masks[lane] & all;
            if (members == warp.Active)
                continue;
            uint missing = members & ~warp.Active;
            throw warp.Fault(
                missing != 0
                    ? $"lane {Lanes.First(missing)} is a member (0x{masks[lane]:x8}) and does not come here (0x{warp.Active:x8} do)"
                    : $"lane {Lanes.First(warp.Active & ~members)} comes here and is no member (0x{masks[lane]:x8})",
                lane);
        }
    }
}
