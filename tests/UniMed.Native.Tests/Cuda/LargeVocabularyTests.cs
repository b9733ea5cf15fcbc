using UniMed.Native.Cuda;
using Xunit;

namespace UniMed.Native.Tests.Cuda;

/// <summary>sample_tokens declares 28 KB of shared memory, and its launch adds a bit for each token of the vocabulary.</summary>
public sealed class LargeVocabularyTests
{
    [Theory]
    [InlineData(161_000)]
    [InlineData(162_000)]
    public void A_token_is_chosen_from_a_vocabulary_on_either_side_of_48_KB(int vocabulary)
    {
        using var device = new CudaDevice(HostLibrary.Open());
        using DeviceBuffer buffer = device.Allocate(vocabulary);
        Tensor logits = buffer.AsTensor(1, vocabulary);
        var values = new float[vocabulary];
        values[vocabulary - 1] = 5;
        values[vocabulary - 2] = 4;
        device.Upload(values, logits);
        var sampled = new SampledToken[1];

        // The penalty makes 2.5 of the largest, and needs the history's bits.
        device.Sample(logits, [new SamplingParameters(false, 1, 0, 1, 2, 0, 0, 0)], [vocabulary - 1], [0, 1], sampled);

        Assert.Equal(vocabulary - 2, sampled[0].Id);
    }
}
