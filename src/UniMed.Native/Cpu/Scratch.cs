using System.Runtime.InteropServices;

namespace UniMed.Native.Cpu;

/// <summary>
/// Memory for intermediate results, one set for each thread: it grows to the largest request and stays, so that operations allocate nothing. A slot is used by one
/// operation at a time; what is in it is gone with the next request.
/// </summary>
internal sealed unsafe class Scratch
{
    /// <summary>Widened weights of a panel; used inside a product.</summary>
    public const int Panel = 0;

    /// <summary>Products of a unit of work before bias, activation and residual.</summary>
    public const int Products = 1;

    /// <summary>Further products of the same unit.</summary>
    public const int MoreProducts = 2;

    /// <summary>Activations with rows padded to whole vectors; belongs to the operation's caller.</summary>
    public const int Padded = 3;

    /// <summary>What lies between two layers of one operation; belongs to the operation's caller.</summary>
    public const int Between = 4;

    /// <summary>Rows picked from activations; belongs to the operation's caller.</summary>
    public const int Picked = 5;

    /// <summary>Activations quantized to bytes; belongs to the operation's caller.</summary>
    public const int Bytes = 6;

    /// <summary>Activations quantized to 16 bits; belongs to the operation's caller.</summary>
    public const int Shorts = 7;

    /// <summary>Sums of a panel of quantized weights that is not whole; used inside a product.</summary>
    public const int Sums = 8;

    /// <summary>What several tasks of one operation have in common; belongs to the operation's caller.</summary>
    public const int Shared = 9;

    private const int Slots = 10;
    private const int Alignment = 64;

    [ThreadStatic]
    private static Scratch? _current;

    private readonly nint[] _data = new nint[Slots];
    private readonly long[] _sizes = new long[Slots];

    private Scratch()
    {
    }

    ~Scratch()
    {
        foreach (nint data in _data)
            NativeMemory.AlignedFree((void*)data);
    }

    /// <summary>Memory of the calling thread: at least so many fp32 numbers, aligned to a cache line, contents undefined.</summary>
    public static float* Of(int slot, long elements)
    {
        Scratch own = _current ??= new Scratch();
        return own._sizes[slot] >= elements ? (float*)own._data[slot] : own.Grow(slot, elements);
    }

    private float* Grow(int slot, long elements)
    {
        NativeMemory.AlignedFree((void*)_data[slot]);
        _data[slot] = 0;
        _sizes[slot] = 0;
        // Room for half as much again: a sequence that grows by a token a step does not grow its scratch every step.
        elements += elements / 2;
        _data[slot] = (nint)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(elements, 1024) * sizeof(float)), Alignment);
        _sizes[slot] = Math.Max(elements, 1024);
        return (float*)_data[slot];
    }
}
