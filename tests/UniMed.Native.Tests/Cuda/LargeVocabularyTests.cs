using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>A block has 2048 tokens of a row, and a lane of the warp that joins the blocks' parts one of 32 and those behind it.</summary>
public sealed class LargeVocabularyTests
{
    [Theory]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(162_000)]
    public void A_token_is_chosen_from_a_vocabulary_of_more_parts_than_lanes(int vocabulary)
    {
        using var device = new CudaDevice(HostLibrary.Open());
        using DeviceBuffer buffer = device.Allocate(vocabulary);
        Tensor logits = buffer.AsTensor(1, vocabulary);
        var values = new float[vocabulary];
        values[vocabulary - 1] = 5;
        values[vocabulary - 2] = 4;
        device.Upload(values, logits);
        var sampled = new SampledToken[1];

        // The penalty makes 2.5 of the largest, in the last part.
        device.Sample(logits, [new SamplingParameters(false, 1, 0, 1, 2, 0, 0, 0)], [vocabulary - 1], [0, 1], sampled);

        Assert.Equal(vocabulary - 2, sampled[0].Id);
    }
}
