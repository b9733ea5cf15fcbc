using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Decoding;

/// <summary>
/// Which registers every way to an instruction has written. A read of such a one needs no check when the kernel runs;
/// any other read is checked lane by lane.
/// </summary>
internal sealed class DefiniteAssignment(ControlFlow flow, PtxKernel kernel, DecodedOperands[] operands, int registers)
{
    private readonly int _words = (registers + 63) / 64;

    /// <summary>Marks what is read in doubt, what is noted for that, and what is plain.</summary>
    public void Mark(Instruction[] code)
    {
        ulong[][] atStart = Solve();
        var doubtful = new HashSet<int>();
        for (int run = 0; run < flow.Runs; run++)
        {
            ulong[] written = [.. atStart[run]];
            for (int i = flow.FirstOf(run); i <= flow.LastOf(run); i++)
            {
                int[] doubts = [.. operands[i].Read.Where(register => !Has(written, register)).Distinct()];
                code[i].Doubtful = doubts;
                doubtful.UnionWith(doubts);
                if (operands[i].Guard is >= 0 and var guard && !Has(written, guard))
                {
                    code[i].DoubtfulGuard = guard;
                    doubtful.Add(guard);
                }

                Write(written, i);
            }
        }

        for (int i = 0; i < code.Length; i++)
        {
            code[i].Noted = [.. operands[i].Written.Where(doubtful.Contains)];
            code[i].IsPlain = code[i].Guard < 0 && code[i].Doubtful.Length == 0 && code[i].Noted.Length == 0;
        }
    }

    private ulong[][] Solve()
    {
        var atStart = new ulong[flow.Runs][];
        for (int run = 0; run < flow.Runs; run++)
        {
            atStart[run] = new ulong[_words];
            if (run != 0)
                Array.Fill(atStart[run], ulong.MaxValue);
        }

        var pending = new Queue<int>(Enumerable.Range(0, flow.Runs));
        var isPending = new bool[flow.Runs];
        Array.Fill(isPending, true);
        while (pending.TryDequeue(out int run))
        {
            isPending[run] = false;
            ulong[] written = [.. atStart[run]];
            for (int i = flow.FirstOf(run); i <= flow.LastOf(run); i++)
                Write(written, i);
            foreach (int successor in flow.Successors[run])
            {
                bool changed = false;
                for (int w = 0; w < _words; w++)
                {
                    ulong both = atStart[successor][w] & written[w];
                    changed |= both != atStart[successor][w];
                    atStart[successor][w] = both;
                }

                if (changed && !isPending[successor])
                {
                    isPending[successor] = true;
                    pending.Enqueue(successor);
                }
            }
        }

        return atStart;
    }

    private void Write(ulong[] written, int instruction)
    {
        // What a guarded instruction writes, some lanes may not have.
        if (kernel.Instructions[instruction].Guard is not null)
            return;
        foreach (int register in operands[instruction].Written)
            written[register / 64] |= 1ul << (register % 64);
    }

    private static bool Has(ulong[] written, int register) => (written[register / 64] >> (register % 64) & 1) != 0;
}
