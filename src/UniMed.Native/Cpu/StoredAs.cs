namespace UniMed.Native.Cpu;

/// <summary>How the numbers of a matrix are stored.</summary>
internal enum StoredAs
{
    /// <summary>fp32.</summary>
    Single,

    /// <summary>binary16.</summary>
    Half,

    /// <summary>bfloat16.</summary>
    Brain,

    /// <summary>fp64, rounded to fp32 where it is used.</summary>
    Double,

    /// <summary>Blocks of 32 signed bytes with a binary16 scale.</summary>
    Int8,

    /// <summary>Blocks of 32 numbers of 4 bits with a binary16 scale.</summary>
    Int4,
}
