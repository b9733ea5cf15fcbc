namespace UniMed.Native.Reference;

/// <summary>Patch convolution as a matrix [channels, 3 * patch * patch], used in place; class token and positions widened.</summary>
internal sealed class ReferencePatchEmbeddingWeights(HostTensor weight, float[] bias, float[] classToken, float[] positions, int patchSize, int grid)
    : PatchEmbeddingWeights
{
    public HostTensor Weight { get; } = weight;

    public float[] Bias { get; } = bias;

    public float[] ClassToken { get; } = classToken;

    public float[] Positions { get; } = positions;

    public int PatchSize { get; } = patchSize;

    public int Grid { get; } = grid;

    public override long ByteLength => Weight.ByteLength + ((Bias.Length + ClassToken.Length + Positions.Length) * (long)sizeof(float));
}
