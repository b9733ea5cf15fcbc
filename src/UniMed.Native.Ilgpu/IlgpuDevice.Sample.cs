using ILGPU;
using UniMed.Native.Ilgpu.Kernels;

namespace UniMed.Native.Ilgpu;

/// <summary>Choice of the next token: <see cref="SampleKernels"/>. Only ids and log-probabilities leave the device.</summary>
internal sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        int rows = logits.Rows;
        int vocabulary = logits.Columns;
        ArrayView<float> from = At(logits);
        var how = new SamplingRow[rows];
        bool draws = false;
        for (int row = 0; row < rows; row++)
        {
            how[row] = SamplingRow.Of(parameters[row]);
            draws |= parameters[row].DoSample;
        }

        using IlgpuMemory rowParameters = Sent<SamplingRow>(how);
        using IlgpuMemory past = Sent(history);
        using IlgpuMemory offsets = Sent(historyOffsets);
        using IlgpuMemory scores = Take((long)rows * vocabulary * sizeof(float));
        using IlgpuMemory weights = Take(draws ? (long)rows * vocabulary * sizeof(ulong) : sizeof(ulong));
        using IlgpuMemory ids = Take(rows * (long)sizeof(int));
        using IlgpuMemory logProbabilities = Take(rows * (long)sizeof(float));
        Launch(
            _kernels.Sample,
            new Index3D(rows, 1, 1),
            new SampleArguments
            {
                Logits = from,
                Rows = rowParameters.View<SamplingRow>(),
                History = past.View<int>(),
                HistoryOffsets = offsets.View<int>(),
                Scores = scores.View<float>(),
                Weights = weights.View<ulong>(),
                Ids = ids.View<int>(),
                LogProbabilities = logProbabilities.View<float>(),
                Vocabulary = vocabulary,
                Bits = FixedPoint.Bits(vocabulary),
            });

        var chosen = new int[rows];
        var logarithms = new float[rows];
        Fetch<int>(ids.View<int>(), chosen);
        Fetch<float>(logProbabilities.View<float>(), logarithms);
        Span<SampledToken> tokens = result.Span;
        for (int row = 0; row < rows; row++)
            tokens[row] = new SampledToken(chosen[row], logarithms[row]);
    }
}
