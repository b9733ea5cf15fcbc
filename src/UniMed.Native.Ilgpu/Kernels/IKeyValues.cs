using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Where the keys and values of an attention lie.</summary>
internal interface IKeyValues
{
    /// <summary>The memory they lie in.</summary>
    ArrayView<float> Memory(CausalArguments a);

    /// <summary>First number of the key of a position, for a head of the queries.</summary>
    long Key(CausalArguments a, int sequence, int head, int position);

    /// <summary>First number of its value.</summary>
    long Value(CausalArguments a, int sequence, int head, int position);

    /// <summary>First number of the query of a row.</summary>
    long Query(CausalArguments a, int row, int head);

    /// <summary>Positions that a row of a sequence sees.</summary>
    int Seen(CausalArguments a, int sequence, int row);
}
