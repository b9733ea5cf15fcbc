namespace UniMed.Native.Reference;

/// <summary>Choice of the next token. Shapes: logits [rows, vocabulary] -> one token a row. Reads each logit a few times; no matrix work.</summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void SampleCore(Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, Memory<SampledToken> result)
    {
        var scores = new float[logits.Columns];
        for (int row = 0; row < logits.Rows; row++)
        {
            var raw = new ReadOnlySpan<float>(Data(logits) + ((long)row * logits.Columns), logits.Columns);
            ReadOnlySpan<int> past = history[historyOffsets[row]..historyOffsets[row + 1]];
            SamplingParameters how = parameters[row];
            raw.CopyTo(scores);
            LogitsProcessors.RepetitionPenalty(scores, past, how.RepetitionPenalty);
            LogitsProcessors.MinLength(scores, past.Length, how.MinLength, how.EosTokenId);
            int token = how.DoSample ? TokenSampler.Draw(scores, how, past.Length) : LogitsProcessors.ArgMax(scores);
            raw.CopyTo(scores);
            LogitsProcessors.LogSoftmax(scores);
            result.Span[row] = new SampledToken(token, scores[token]);
        }
    }
}
