using UniMed.Inference;

namespace UniMed.Bench;

/// <summary>What one measured answer consists of.</summary>
/// <param name="Batch">Requests answered together, each with its own images.</param>
/// <param name="PromptTokens">Positions of each prompt, visual tokens included.</param>
/// <param name="NewTokens">Tokens generated for each; the end token is not allowed before them.</param>
/// <param name="Images">Images of each prompt.</param>
internal sealed record AnswerLoad(int Batch, int PromptTokens, int NewTokens, int Images)
{
    /// <summary>Positions in the key-value cache that the whole batch needs, in whole blocks of each sequence.</summary>
    public int CachedTokens
    {
        get
        {
            int blocks = (PromptTokens + NewTokens + UniMedModelOptions.KvBlockSize - 1) / UniMedModelOptions.KvBlockSize;
            return Batch * blocks * UniMedModelOptions.KvBlockSize;
        }
    }
}
