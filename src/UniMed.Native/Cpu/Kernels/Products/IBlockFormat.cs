using UniMed.Native.Cpu.Lanes;

namespace UniMed.Native.Cpu;

/// <summary>How blocks of a format are laid out in a panel and multiplied: each lane is a weight row.</summary>
internal unsafe interface IBlockFormat<TVec> : IColumnSink<TVec>
    where TVec : struct
{
    /// <summary>Steps of a block.</summary>
    static abstract int Steps { get; }

    /// <summary>A block's stored size in units of four bytes.</summary>
    static abstract int Dwords { get; }

    /// <summary>Stored bytes of a row.</summary>
    static abstract nint RowBytes(int columns);

    /// <summary>What the sum of a block begins with.</summary>
    static abstract TVec Start(int* correction);

    /// <summary>Adds a step.</summary>
    static abstract TVec Add(TVec sum, TVec weights, TVec token);

    /// <summary>The sum as 32-bit integers.</summary>
    static abstract TVec Total(TVec sum);
}
