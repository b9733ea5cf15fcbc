namespace UniMed.Native.Cpu;

/// <summary>Choice of the next token. Shapes: logits [rows, vocabulary] -> one token a row. Greedy choice without penalties reads the logits in place; the log-probability needs one exp a logit.</summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public unsafe void Sample(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Span<SampledToken> result)
    {
        Require.Sampling(logits, parameters, history, historyOffsets, result);
        float* from = Data(logits);
        for (int row = 0; row < logits.Rows; row++)
        {
            float* raw = from + ((nint)row * logits.Columns);
            ReadOnlySpan<int> past = history[historyOffsets[row]..historyOffsets[row + 1]];
            SamplingParameters how = parameters[row];
            int token = how.DoSample || how.RepetitionPenalty != 1 || past.Length < how.MinLength ? Choose(raw, logits.Columns, past, how) : _kernels.ArgMax(raw, logits.Columns);
            result[row] = new SampledToken(token, _kernels.LogProbability(raw, logits.Columns, token));
        }

        KeepAlive(logits);
    }

    private static unsafe int Choose(float* raw, int count, ReadOnlySpan<int> past, SamplingParameters how)
    {
        var scores = new Span<float>(Scratch.Of(Scratch.Products, count), count);
        new ReadOnlySpan<float>(raw, count).CopyTo(scores);
        LogitsProcessors.RepetitionPenalty(scores, past, how.RepetitionPenalty);
        LogitsProcessors.MinLength(scores, past.Length, how.MinLength, how.EosTokenId);
        return how.DoSample ? TokenSampler.Draw(scores, how, past.Length) : LogitsProcessors.ArgMax(scores);
    }
}
