using UniMed.PtxMachine.Driver;
using UniMed.PtxMachine.Execution;
using UniMed.PtxMachine.Memory;

namespace UniMed.PtxMachine.Mutation;

/// <summary>
/// Runs every launch as it is, and then again with each faulty kernel whose changed instruction the launch comes to and
/// that nothing has given away yet: it is given away by a refusal, or by any bit of device memory.
/// </summary>
/// <param name="image">The kernels.</param>
/// <param name="traced">The kernels again, with every instruction noting that it was reached.</param>
/// <param name="mutants">Faulty kernels by the name of the kernel; shared by the hosts of a run.</param>
/// <param name="launches">Most launches that each goes through.</param>
internal sealed unsafe class MutatingHost(PtxImage image, PtxImage traced, IReadOnlyDictionary<string, List<Mutant>> mutants, int launches) : PtxHost(image, threads: 1)
{
    /// <summary>Backward jumps after which a faulty kernel counts as endless.</summary>
    private const int MaxJumps = 1 << 16;

    protected override void Run(Program program, LaunchShape shape, byte[] parameters)
    {
        Mutant[] left = [.. mutants[program.Name].Where(mutant => mutant.Found is null && mutant.Survived < launches)];
        if (left.Length == 0)
        {
            base.Run(program, shape, parameters);
            return;
        }

        byte[][] before = Contents();
        Program reached = traced.Find(program.Name)!;
        foreach (Instruction instruction in reached.Code)
        {
            instruction.IsPlain = false;
            instruction.WasReached = false;
        }

        base.Run(reached, shape, parameters);
        byte[][] after = Contents();
        Machine.MaxJumps = MaxJumps;
        foreach (Mutant mutant in left.Where(mutant => reached.Code[mutant.Place].WasReached))
        {
            Restore(before);
            try
            {
                base.Run(mutant.Program, shape, parameters);
                if (!Equal(after))
                    mutant.Found = "other bits";
                else
                    mutant.Survived++;
            }
            catch (PtxFault fault)
            {
                mutant.Found = fault.Message;
            }
        }

        Machine.MaxJumps = int.MaxValue;
        Restore(after);
    }

    private static Span<byte> Of(Allocation allocation) => new((void*)allocation.Base, (int)allocation.Bytes);

    private byte[][] Contents() => [.. Memory.Allocations.Select(allocation => Of(allocation).ToArray())];

    private void Restore(byte[][] contents)
    {
        for (int i = 0; i < contents.Length; i++)
            contents[i].CopyTo(Of(Memory.Allocations[i]));
    }

    private bool Equal(byte[][] contents)
    {
        for (int i = 0; i < contents.Length; i++)
        {
            if (!Of(Memory.Allocations[i]).SequenceEqual(contents[i]))
                return false;
        }

        return true;
    }
}
