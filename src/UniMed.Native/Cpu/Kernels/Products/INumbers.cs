namespace UniMed.Native.Cpu;

/// <summary>
/// How numbers of a floating-point type are loaded: as many neighbours of a row as there are lanes, widened exactly.
/// </summary>
internal unsafe interface INumbers<TVec>
    where TVec : struct
{
    /// <summary>Stored bytes of a number.</summary>
    static abstract int Bytes { get; }

    /// <summary>The numbers from an index on, one in each lane.</summary>
    static abstract TVec Load(byte* row, nint index);
}
