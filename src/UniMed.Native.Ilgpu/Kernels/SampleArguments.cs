using ILGPU;

namespace UniMed.Native.Ilgpu.Kernels;

/// <summary>Logits and what is chosen from them.</summary>
internal struct SampleArguments
{
    /// <summary>[rows, vocabulary].</summary>
    public ArrayView<float> Logits;

    /// <summary>[rows].</summary>
    public ArrayView<SamplingRow> Rows;

    /// <summary>Token ids.</summary>
    public ArrayView<int> History;

    /// <summary>[rows + 1].</summary>
    public ArrayView<int> HistoryOffsets;

    /// <summary>Scratch [rows, vocabulary].</summary>
    public ArrayView<float> Scores;

    /// <summary>Scratch [rows, vocabulary]; touched for rows that draw.</summary>
    public ArrayView<ulong> Weights;

    /// <summary>[rows].</summary>
    public ArrayView<int> Ids;

    /// <summary>[rows].</summary>
    public ArrayView<float> LogProbabilities;

    public int Vocabulary;

    /// <summary>Bits of a weight behind the point.</summary>
    public int Bits;
}
