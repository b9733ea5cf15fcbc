using UniMed.PtxMachine.Execution;

namespace UniMed.PtxMachine.Decoding;

/// <summary>
/// One way to write an opcode. The shape has a letter for each operand, destinations before the colon: p a predicate,
/// h, w and q registers (or numbers) of 16, 32 and 64 bits, g and s addresses of device and shared memory, S of shared
/// memory in a register of 64 bits, m of a parameter, n a number, l a label; a digit before a letter is a vector, | stands between the two of a pair.
/// </summary>
internal sealed unsafe class Form(string shape, delegate*<Warp, Instruction, void> run, int elementBytes = 0, int elements = 0, bool isWidening = false, long number = 0)
{
    /// <summary>Operands.</summary>
    public string Shape { get; } = shape;

    /// <summary>What it does.</summary>
    public delegate*<Warp, Instruction, void> Run { get; } = run;

    /// <summary>Bytes of an element in memory.</summary>
    public int ElementBytes { get; } = elementBytes;

    /// <summary>Elements of a vector in memory.</summary>
    public int Elements { get; } = elements;

    /// <summary>Whether a load of 32 bits fills 64, with its sign.</summary>
    public bool IsWidening { get; } = isWidening;

    /// <summary>What tells it from others that do nearly the same.</summary>
    public long Number { get; } = number;
}
