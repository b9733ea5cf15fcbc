using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Decoding;

/// <summary>The ways through a kernel: runs of instructions without a branch, and where all ways from a branch meet.</summary>
internal sealed class ControlFlow
{
    private readonly List<int> _starts = [];
    private readonly int[] _runOf;
    private readonly int[] _meeting;

    /// <summary>Finds them.</summary>
    public ControlFlow(PtxKernel kernel, DecodedOperands[] operands)
    {
        int count = operands.Length;
        var leads = new bool[count + 1];
        leads[0] = true;
        for (int i = 0; i < count; i++)
        {
            if (operands[i].Target >= 0)
                leads[operands[i].Target] = true;
            if (operands[i].Target >= 0 || Ends(kernel.Instructions[i]))
                leads[i + 1] = true;
        }

        _runOf = new int[count];
        for (int i = 0; i < count; i++)
        {
            if (leads[i])
                _starts.Add(i);
            _runOf[i] = _starts.Count - 1;
        }

        Successors = new List<int>[_starts.Count];
        for (int run = 0; run < _starts.Count; run++)
        {
            int last = LastOf(run);
            var successors = new List<int>();
            PtxInstruction instruction = kernel.Instructions[last];
            if (operands[last].Target is >= 0 and int target && target < count)
                successors.Add(_runOf[target]);
            bool goesOn = instruction.Guard is not null || (operands[last].Target < 0 && !Ends(instruction));
            if (goesOn && last + 1 < count)
                successors.Add(_runOf[last + 1]);
            Successors[run] = successors;
        }

        _meeting = MeetingPoints();
    }

    /// <summary>Number of runs.</summary>
    public int Runs => _starts.Count;

    /// <summary>The runs that may follow each run.</summary>
    public List<int>[] Successors { get; }

    /// <summary>First instruction of a run.</summary>
    public int FirstOf(int run) => _starts[run];

    /// <summary>Last instruction of a run.</summary>
    public int LastOf(int run) => (run + 1 < _starts.Count ? _starts[run + 1] : _runOf.Length) - 1;

    /// <summary>The instruction at which all ways from a branch meet; <see cref="int.MaxValue"/> where some end before.</summary>
    public int MeetingPointOf(int branch)
    {
        int meeting = _meeting[_runOf[branch]];
        return meeting == _starts.Count ? int.MaxValue : _starts[meeting];
    }

    private static bool Ends(PtxInstruction instruction) => instruction.Opcode is "ret" or "trap";

    /// <summary>Immediate post-dominators, after Cooper, Harvey and Kennedy; the end of the kernel is one run more.</summary>
    private int[] MeetingPoints()
    {
        int end = _starts.Count;
        var next = new List<int>[end];
        var before = new List<int>[end + 1];
        for (int run = 0; run <= end; run++)
            before[run] = [];
        for (int run = 0; run < end; run++)
        {
            next[run] = Successors[run].Count == 0 ? [end] : Successors[run];
            foreach (int successor in next[run])
                before[successor].Add(run);
        }

        int[] order = BackwardOrder(before, end);
        var rank = new int[end + 1];
        Array.Fill(rank, -1);
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        var meeting = new int[end + 1];
        Array.Fill(meeting, -1);
        meeting[end] = end;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (int run in order)
            {
                if (run == end)
                    continue;
                int found = -1;
                foreach (int successor in next[run])
                {
                    if (rank[successor] >= 0 && meeting[successor] >= 0)
                        found = found < 0 ? successor : Common(found, successor);
                }

                if (found != meeting[run])
                {
                    meeting[run] = found;
                    changed = true;
                }
            }
        }

        // From an endless loop no way leads to the end, so nothing of it meets.
        for (int run = 0; run < end; run++)
        {
            if (meeting[run] < 0)
                meeting[run] = end;
        }

        return meeting;

        int Common(int a, int b)
        {
            while (a != b)
            {
                while (rank[a] > rank[b])
                    a = meeting[a];
                while (rank[b] > rank[a])
                    b = meeting[b];
            }

            return a;
        }
    }

    private static int[] BackwardOrder(List<int>[] before, int end)
    {
        var seen = new bool[end + 1];
        var finished = new List<int>();
        var stack = new Stack<(int Run, int Child)>();
        stack.Push((end, 0));
        seen[end] = true;
        while (stack.Count > 0)
        {
            (int run, int child) = stack.Pop();
            if (child == before[run].Count)
            {
                finished.Add(run);
                continue;
            }

            stack.Push((run, child + 1));
            int predecessor = before[run][child];
            if (!seen[predecessor])
            {
                seen[predecessor] = true;
                stack.Push((predecessor, 0));
            }
        }

        finished.Reverse();
        return [.. finished];
    }
}
