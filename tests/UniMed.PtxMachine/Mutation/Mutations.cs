using UniMed.PtxMachine.Decoding;
using UniMed.PtxMachine.Syntax;

namespace UniMed.PtxMachine.Mutation;

/// <summary>Makes faulty kernels: those that a slip in an <c>asm</c> statement, or in what stands around it, would make.</summary>
internal static class Mutations
{
    /// <summary>What is put in place of an instruction that is dropped: it computes nothing.</summary>
    private const string Nothing = "griddepcontrol.launch_dependents";

    private static readonly (string Kind, Func<PtxInstruction, PtxInstruction?> Change)[] Changes =
    [
        ("mma: registers of A exchanged", i => IsMma(i) ? SwapParts(i, 1, 0, 1) : null),
        ("mma: columns of A exchanged", i => IsMma(i) ? SwapParts(i, 1, 1, 2) : null),
        ("mma: registers of B exchanged", i => IsMma(i) ? SwapParts(i, 2, 0, 1) : null),
        ("mma: registers of D exchanged", i => IsMma(i) ? SwapParts(i, 0, 1, 2) : null),
        ("mma: registers of C exchanged", i => IsMma(i) ? SwapParts(i, 3, 0, 1) : null),
        ("mma: the other type", i => IsMma(i) ? Replaced(i, ".bf16.bf16", ".f16.f16") ?? Replaced(i, ".f16.f16", ".bf16.bf16") : null),
        ("ldmatrix: .trans dropped", i => Begins(i, "ldmatrix") ? Replaced(i, ".trans", "") : null),
        ("ldmatrix: .trans added", i => i.Opcode == "ldmatrix.sync.aligned.m8n8.x4.shared.b16" ? Renamed(i, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16") : null),
        ("ldmatrix: registers exchanged", i => Begins(i, "ldmatrix") ? SwapParts(i, 0, 1, 2) : null),
        ("load: registers exchanged", i => Begins(i, "ld.") && Replaced(i, ".v4.u32", "") is not null ? SwapParts(i, 0, 0, 1) : null),
        ("pair: halves exchanged", i => i.Opcode is "cvt.rn.f16x2.f32" or "cvt.rn.bf16x2.f32" ? Swap(i, 1, 2) : null),
        ("pair: the other type", i => Begins(i, "cvt.rn.") ? Replaced(i, ".bf16x2.", ".f16x2.") ?? Replaced(i, ".f16x2.", ".bf16x2.") : null),
        ("fma of pairs: operands exchanged", i => i.Opcode == "fma.rn.f16x2" ? Swap(i, 2, 3) : null),
        ("fma: operands exchanged", i => i.Opcode == "fma.rn.f32" ? Swap(i, 2, 3) : null),
        ("fma: rounded down", i => i.Opcode == "fma.rn.f32" ? Renamed(i, "fma.rm.f32") : null),
        ("subtraction: operands exchanged", i => i.Opcode == "sub.rn.f32" ? Swap(i, 1, 2) : null),
        ("sum becomes product", i => i.Opcode == "add.rn.f32" ? Renamed(i, "mul.rn.f32") : null),
        ("max: NaN lost", i => i.Opcode == "max.NaN.f32" ? Renamed(i, "max.f32") : null),
        ("max: NaN kept", i => i.Opcode == "max.f32" ? Renamed(i, "max.NaN.f32") : null),
        ("2^x dropped", i => i.Opcode == "ex2.approx.ftz.f32" ? Renamed(i, "mov.f32") : null),
        ("choice: operands exchanged", i => i.Opcode is "selp.f32" or "selp.b32" ? Swap(i, 1, 2) : null),
        ("comparison: the border", i => Replaced(i, "setp.lt.s32", "setp.le.s32") ?? Replaced(i, "setp.ge.s32", "setp.gt.s32")),
        ("lop3: another table", i => i.Opcode == "lop3.b32" ? WithNumber(i, 4, 0xE8) : null),
        ("bytes: operands exchanged", i => i.Opcode == "prmt.b32" ? Swap(i, 1, 2) : null),
        ("shift: the other way", i => i.Opcode == "shr.u32" ? Renamed(i, "shl.b32") : null),
        ("copy: all bytes valid", i => Begins(i, "cp.async.cg") ? WithNumber(i, 3, 16) : null),
        ("copy: not closed", i => i.Opcode == "cp.async.commit_group" ? Dropped(i) : null),
        ("copy: not waited for", i => i.Opcode == "cp.async.wait_group" ? Dropped(i) : null),
        ("copy: one group fewer waited for", i => i.Opcode == "cp.async.wait_group" ? WithNumber(i, 0, i.Operands[0].Bits + 1) : null),
        ("barrier dropped", i => i.Opcode == "bar.sync" ? Dropped(i) : null),
        ("warp barrier dropped", i => i.Opcode == "bar.warp.sync" ? Dropped(i) : null),
        ("wait for earlier kernels dropped", i => i.Opcode == "griddepcontrol.wait" ? Dropped(i) : null),
        ("shuffle: another lane", i => i.Opcode == "shfl.sync.bfly.b32" ? WithNumber(i, 2, 3) : null),
        ("shuffle: the segment", i => i.Opcode == "shfl.sync.bfly.b32" ? WithNumber(i, 3, 0) : null),
        ("ballot: everyone", i => i.Opcode == "vote.sync.ballot.b32" ? Renamed(i, "mov.u32") with { Operands = [i.Operands[0], i.Operands[2]] } : null),
        ("device memory: the next element", i => i.Opcode is "ld.global.f32" or "st.global.f32" ? Moved(i, 4) : null),
        ("shared memory: the next element", i => i.Opcode is "ld.shared.f32" or "st.shared.f32" ? Moved(i, 4) : null),
    ];

    /// <summary>The faulty kernels of a kernel: of each kind a few, spread over its instructions.</summary>
    /// <param name="module">Its text.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="each">Most of one kind.</param>
    public static List<Mutant> Of(PtxModule module, PtxKernel kernel, int each)
    {
        var mutants = new List<Mutant>();
        foreach ((string kind, Func<PtxInstruction, PtxInstruction?> change) in Changes)
        {
            int[] places = [.. Enumerable.Range(0, kernel.Instructions.Count).Where(i => change(kernel.Instructions[i]) is not null)];
            int count = Math.Min(each, places.Length);
            for (int n = 0; n < count; n++)
            {
                int place = places[((2 * n) + 1) * places.Length / (2 * count)];
                PtxInstruction before = kernel.Instructions[place];
                PtxInstruction after = change(before)!;
                string now = after.Opcode == Nothing ? "dropped" : $"{after.Opcode} {string.Join(", ", after.Operands.Select(Text))}";
                string description = $"{kernel.Name}, line {before.Line}: {before.Text} -> {now}";
                mutants.Add(new Mutant(kind, description, place, Decoder.Decode(module, kernel.With(place, after))));
            }
        }

        return mutants;
    }

    private static bool IsMma(PtxInstruction i) => Begins(i, "mma.");

    private static bool Begins(PtxInstruction i, string opcode) => i.Opcode.StartsWith(opcode, StringComparison.Ordinal);

    /// <summary>Null where the opcode has no such part.</summary>
    private static PtxInstruction? Replaced(PtxInstruction i, string part, string by) =>
        i.Opcode.Contains(part, StringComparison.Ordinal) ? Renamed(i, i.Opcode.Replace(part, by, StringComparison.Ordinal)) : null;

    private static PtxInstruction Renamed(PtxInstruction i, string opcode) => i with { Opcode = opcode };

    private static PtxInstruction Dropped(PtxInstruction i) => i with { Opcode = Nothing, Operands = [] };

    /// <summary>Null where both are the same: nothing would change.</summary>
    private static PtxInstruction? Swap(PtxInstruction i, int a, int b)
    {
        PtxOperand[] operands = [.. i.Operands];
        if (Text(operands[a]) == Text(operands[b]))
            return null;
        (operands[a], operands[b]) = (operands[b], operands[a]);
        return i with { Operands = operands };
    }

    private static PtxInstruction? SwapParts(PtxInstruction i, int vector, int a, int b)
    {
        PtxOperand[] parts = [.. i.Operands[vector].Parts];
        if (parts.Length <= Math.Max(a, b) || parts[a] == parts[b])
            return null;
        (parts[a], parts[b]) = (parts[b], parts[a]);
        PtxOperand[] operands = [.. i.Operands];
        operands[vector] = operands[vector] with { Parts = parts };
        return i with { Operands = operands };
    }

    private static PtxInstruction WithNumber(PtxInstruction i, int operand, ulong number)
    {
        PtxOperand[] operands = [.. i.Operands];
        operands[operand] = new PtxOperand(OperandKind.Integer, "", number, []);
        return i with { Operands = operands };
    }

    private static PtxInstruction Moved(PtxInstruction i, ulong bytes) =>
        i with { Operands = [.. i.Operands.Select(operand => operand.Kind == OperandKind.Address ? operand with { Bits = operand.Bits + bytes } : operand)] };

    private static string Text(PtxOperand operand) => operand.Kind switch
    {
        OperandKind.Integer or OperandKind.Float or OperandKind.Double => $"0x{operand.Bits:X}",
        OperandKind.Address => $"[{operand.Name}+{(long)operand.Bits}]",
        OperandKind.Vector => $"{{{string.Join(", ", operand.Parts.Select(Text))}}}",
        OperandKind.Pair => string.Join("|", operand.Parts.Select(Text)),
        _ => operand.Name,
    };
}
