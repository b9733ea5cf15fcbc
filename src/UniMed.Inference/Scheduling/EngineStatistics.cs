namespace UniMed.Inference;

/// <summary>What an engine did since it was created, and what it holds now.</summary>
/// <param name="Queued">Requests that wait.</param>
/// <param name="Running">Requests that are being answered.</param>
/// <param name="Completed">Requests that were answered.</param>
/// <param name="Failed">Requests that ended with an error, deadlines included.</param>
/// <param name="Cancelled">Requests that were cancelled.</param>
/// <param name="Passes">Passes of the language model.</param>
/// <param name="PromptTokens">Prompt positions that were computed.</param>
/// <param name="SharedPromptTokens">Prompt positions that were found in the cache instead.</param>
/// <param name="NewTokens">Tokens that were chosen.</param>
/// <param name="ImagesEncoded">Images that went through the vision transformer.</param>
/// <param name="ImageHits">Uses of an image whose features or visual tokens were kept.</param>
/// <param name="Projections">Passes of the connector.</param>
/// <param name="VisualCacheBytes">Device memory of the features and visual tokens that are kept now.</param>
/// <param name="FreeKvBlocks">Cache blocks that a new request could be given.</param>
/// <param name="KvBlocks">Cache blocks of the engine.</param>
public sealed record EngineStatistics(
    int Queued,
    int Running,
    long Completed,
    long Failed,
    long Cancelled,
    long Passes,
    long PromptTokens,
    long SharedPromptTokens,
    long NewTokens,
    long ImagesEncoded,
    long ImageHits,
    long Projections,
    long VisualCacheBytes,
    int FreeKvBlocks,
    int KvBlocks);
