namespace UniMed.Bench.Serving;

/// <summary>What an engine gains a host, one thing at a time.</summary>
public enum ServingGainKind
{
    /// <summary>Many requests in a pass.</summary>
    Batching,

    /// <summary>Cache blocks of equal prompt beginnings, computed once.</summary>
    Prefixes,

    /// <summary>Features and visual tokens, kept by content.</summary>
    Features,

    /// <summary>Waiting images, encoded together.</summary>
    Images,

    /// <summary>Requests about the same picture: all that is shared together.</summary>
    Picture,

    /// <summary>What one request pays for the engine.</summary>
    Overhead,
}
