namespace UniMed.Native.Cpu;

/// <summary>Patch convolution as a matrix [channels, 3 * patch * patch], used in place; bias, class token and positions widened.</summary>
internal sealed class CpuPatchEmbeddingWeights(HostTensor weight, CpuVector bias, CpuVector classToken, CpuVector positions, int patchSize, int grid) : PatchEmbeddingWeights
{
    public CpuMatrix Matrix { get; } = new(weight);

    public CpuVector Bias { get; } = bias;

    public CpuVector ClassToken { get; } = classToken;

    public CpuVector Positions { get; } = positions;

    public int PatchSize { get; } = patchSize;

    public int Grid { get; } = grid;

    public override long ByteLength { get; } = weight.ByteLength + ((bias.Length + classToken.Length + positions.Length) * (long)sizeof(float));

    /// <summary>Keeps the file's memory map alive.</summary>
    public object? Owner { get; } = weight.Owner;
}
