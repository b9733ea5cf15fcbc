namespace UniMed.Native;

/// <content>Choice of tokens.</content>
internal static partial class Require
{
    /// <summary>Every row has its parameters, its history and a place for its token, and there is a token to choose.</summary>
    public static void Sampling(in Tensor logits, ReadOnlySpan<SamplingParameters> parameters, ReadOnlySpan<int> history, ReadOnlySpan<int> historyOffsets, ReadOnlySpan<SampledToken> result)
    {
        if (parameters.Length != logits.Rows || result.Length != logits.Rows || historyOffsets.Length != logits.Rows + 1)
            throw new ArgumentException($"{logits.Rows} rows need as many parameters ({parameters.Length}), results ({result.Length}) and one more history offset ({historyOffsets.Length}).");
        Offsets(historyOffsets, history.Length, nameof(historyOffsets));
        if (logits.Rows > 0 && logits.Columns == 0)
            throw new ArgumentException("There is no token to choose: the logits have no columns.", nameof(logits));
        for (int row = 0; row < logits.Rows; row++)
            Sampling(parameters[row], history[historyOffsets[row]..historyOffsets[row + 1]], logits.Columns, nameof(parameters));
    }

    /// <summary>Every option of a row is in its range, and every id it will touch is in the vocabulary.</summary>
    private static void Sampling(SamplingParameters how, ReadOnlySpan<int> history, int vocabulary, string name)
    {
        if (!(how.RepetitionPenalty > 0) || (how.DoSample && (!(how.Temperature > 0) || !(how.TopP >= 0 && how.TopP <= 1) || how.TopK < 0)))
        {
            throw new ArgumentException(
                $"Repetition penalty {how.RepetitionPenalty}, temperature {how.Temperature}, top-p {how.TopP}, top-k {how.TopK}: penalty and temperature must be positive, top-p in [0, 1], top-k at least 0.", name);
        }

        if (history.Length < how.MinLength && (uint)how.EosTokenId >= (uint)vocabulary)
            throw new ArgumentException($"End token {how.EosTokenId} in a vocabulary of {vocabulary}.", name);
        foreach (int id in history)
        {
            if ((uint)id >= (uint)vocabulary)
                throw new ArgumentException($"Token id {id} of the history in a vocabulary of {vocabulary}.", nameof(history));
        }
    }
}
