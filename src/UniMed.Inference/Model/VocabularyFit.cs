namespace UniMed.Inference.Model;

/// <summary>Compares the tokenizer of a model folder with its config.json.</summary>
internal static class VocabularyFit
{
    /// <summary>Checks both directions: a piece without a row of the embedding is an error, a row without a piece (an added token, padding) is not.</summary>
    /// <param name="folder">The model folder, for messages.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <returns>A sentence about rows without a piece, or null when there are none.</returns>
    /// <exception cref="UniMedException">They belong to different models.</exception>
    public static string? Check(string folder, UniMedConfig config, LlamaTokenizer tokenizer)
    {
        int rows = config.Language.VocabSize;
        int pieces = tokenizer.VocabSize;
        // Added tokens and padding are a few rows; fewer than half of them is another model's vocabulary.
        if (pieces > rows || pieces < rows / 2)
            throw new UniMedException(UniMedFailure.ModelFiles, $"{folder}: tokenizer.model has {pieces} tokens, config.json {rows}. They belong to different models: convert again with the tokenizer.model of the language model.");
        PromptConfig prompt = config.Prompt;
        if (tokenizer.BosTokenId != prompt.BosTokenId || tokenizer.EosTokenId != prompt.EosTokenId || tokenizer.UnkTokenId != prompt.UnkTokenId)
        {
            throw new UniMedException(
                UniMedFailure.ModelFiles,
                $"{folder}: tokenizer.model has <s> = {tokenizer.BosTokenId}, </s> = {tokenizer.EosTokenId} and <unk> = {tokenizer.UnkTokenId}, config.json {prompt.BosTokenId}, {prompt.EosTokenId} "
                + $"and {prompt.UnkTokenId}. They belong to different models: convert again with the tokenizer.model of the language model.");
        }

        return pieces == rows ? null : $"{folder}: the language model has {rows} ids and the tokenizer {pieces}; the ids from {pieces} on have no text and are never chosen.";
    }
}
