using UniMed.Native.Reference;
using Xunit;

namespace UniMed.Native.Tests.Devices;

/// <summary>Given the same logits a device chooses the reference device's tokens: draws are made of integers, so nothing is left to rounding.</summary>
internal static class SameTokens
{
    /// <summary>Rows of mixed options, of vocabularies within a part and over several.</summary>
    public static void AssertTokensAreTheReferences(Device device, int count)
    {
        using var reference = new ReferenceDevice();
        var random = new Random(203);
        foreach (int vocabulary in new[] { 7, 1024, 3001 })
        {
            float[] logits = [.. Enumerable.Range(0, count * vocabulary).Select(_ => 12 * (random.NextSingle() + random.NextSingle() - 1))];
            // Rows of few different numbers, so that thresholds fall on equals.
            for (int i = 0; i < logits.Length / 3; i++)
                logits[i] = MathF.Round(logits[i] / 4);
            SamplingParameters[] parameters =
            [
                .. Enumerable.Range(0, count).Select(row => new SamplingParameters(
                    DoSample: row % 8 != 0,
                    Temperature: row % 3 == 0 ? 1 : 0.3f + random.NextSingle(),
                    TopK: row % 4 == 1 ? random.Next(1, 50) : 0,
                    TopP: row % 5 == 2 ? 1 : random.NextSingle(),
                    RepetitionPenalty: row % 2 == 0 ? 1 : 0.8f + random.NextSingle(),
                    MinLength: row % 7,
                    EosTokenId: row % vocabulary,
                    Seed: (ulong)random.NextInt64())),
            ];
            int[] history = [.. Enumerable.Range(0, count * 5).Select(_ => random.Next(vocabulary))];
            int[] offsets = [.. Enumerable.Range(0, count + 1).Select(row => row * 5)];

            Assert.Equal(Sample(reference, logits, vocabulary, parameters, history, offsets), Sample(device, logits, vocabulary, parameters, history, offsets));
        }
    }

    private static int[] Sample(Device device, float[] logits, int vocabulary, SamplingParameters[] parameters, int[] history, int[] offsets)
    {
        using DeviceBuffer buffer = device.Allocate(logits.Length);
        Tensor rows = buffer.AsTensor(parameters.Length, vocabulary);
        device.Upload(logits, rows);
        var tokens = new SampledToken[parameters.Length];
        device.Sample(rows, parameters, history, offsets, tokens);
        return [.. tokens.Select(token => token.Id)];
    }
}
