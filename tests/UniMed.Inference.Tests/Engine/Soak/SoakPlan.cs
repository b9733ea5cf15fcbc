namespace UniMed.Inference.Tests.Engine.Soak;

/// <summary>How long and how hard an engine is soaked.</summary>
/// <param name="Requests">Requests in all.</param>
/// <param name="Clients">Requests under way at once: more than run and may wait, so that some are refused and come again.</param>
/// <param name="Seed">Seed of every draw.</param>
internal sealed record SoakPlan(int Requests, int Clients, int Seed)
{
    /// <summary>Share of the requests that somebody cancels, at a random moment. About three of four are in time, which makes ten cancelled requests of a hundred.</summary>
    public const double Cancelled = 0.14;

    /// <summary>Share of the requests that cannot be answered, or whose listener throws.</summary>
    public const double Broken = 0.05;

    /// <summary>Share of the sound requests whose deadline may be over before they are answered.</summary>
    public const double Late = 0.05;

    /// <summary>Different requests among them; each is answered alone before.</summary>
    public const int Kinds = 48;

    /// <summary>Longest answer.</summary>
    public const int MostNewTokens = 6;

    /// <summary>Less than the clients want at once: blocks, places and features are short all the time.</summary>
    public static EngineOptions Limits { get; } = new() { MaxRunningRequests = 6, MaxQueuedRequests = 14, KvCacheTokens = 640, VisualCacheBytes = 150_000, MaxPrefillRows = 96 };
}
