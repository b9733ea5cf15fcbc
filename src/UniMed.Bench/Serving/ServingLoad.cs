using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>The requests that an engine is measured with.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Mix">Their tasks.</param>
/// <param name="Pictures">Different pictures among them; each request about a picture takes the next one, in turn.</param>
/// <param name="PromptTokens">Positions of each prompt, visual tokens included.</param>
/// <param name="OwnTokens">Positions at its end that no other prompt has; what is before them is the same for requests of one task about one picture.</param>
/// <param name="NewTokens">Tokens of each answer, 2 or more; the end token is not allowed before them.</param>
public sealed record ServingLoad(int Requests, ServingMix Mix, int Pictures, int PromptTokens, int OwnTokens, int NewTokens)
{
    /// <summary>Positions of the key-value cache that a request takes, in whole blocks.</summary>
    public int CachedTokens
    {
        get
        {
            const int Block = UniMedModelOptions.KvBlockSize;
            return (PromptTokens + NewTokens - 1 + Block - 1) / Block * Block;
        }
    }

    /// <summary>Positions of an engine's cache: requests that run, and as many prompts that are kept.</summary>
    /// <param name="concurrency">Requests answered at once.</param>
    public int EngineTokens(int concurrency) => 2 * concurrency * CachedTokens;
}
