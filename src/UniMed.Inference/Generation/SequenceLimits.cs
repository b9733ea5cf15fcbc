namespace UniMed.Inference.Generation;

/// <summary>How many tokens fit behind a prompt.</summary>
internal static class SequenceLimits
{
    /// <summary>max_new_tokens, or what the model's positions leave of it.</summary>
    /// <exception cref="UniMedException">The prompt alone does not leave room for one token.</exception>
    public static (int NewTokens, FinishReason AtLimit) NewTokens(int promptLength, int maxNewTokens, int maxPositions)
    {
        // The last new token is never fed back, so it needs no position.
        int room = maxPositions - promptLength + 1;
        if (promptLength == 0)
            throw new UniMedException(UniMedFailure.InvalidInput, "The prompt holds no tokens. Give an instruction.");
        if (promptLength > maxPositions)
            throw new UniMedException(UniMedFailure.InvalidInput, $"The prompt takes {promptLength} positions, images included; the model has {maxPositions} (max_position_embeddings). Shorten the instruction or send fewer images.");
        return room < maxNewTokens ? (room, FinishReason.Context) : (maxNewTokens, FinishReason.Length);
    }
}
