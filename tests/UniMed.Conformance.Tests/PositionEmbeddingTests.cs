using UniMed.Inference.Vision;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Interpolated position embeddings against the reference's.</summary>
public class PositionEmbeddingTests
{
    [Theory]
    [InlineData(16, 12)]
    [InlineData(16, 32)]
    [InlineData(4, 7)]
    [InlineData(7, 4)]
    public void Interpolation_equals_the_reference(int from, int to)
    {
        using var golden = new GoldenTensors("posembed");
        string name = $"{from}_{to}";
        int channels = (int)golden.Shape(name + ".in")[^1];

        float[] actual = PositionEmbedding.Interpolate(golden.Read(name + ".in"), from, to, channels);

        Close.Absolute(golden.Read(name + ".out"), actual, 1e-5, name);
    }
}
