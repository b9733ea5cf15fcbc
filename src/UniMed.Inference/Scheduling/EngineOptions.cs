using Microsoft.Extensions.Logging;

namespace UniMed.Inference;

/// <summary>Limits of a <see cref="UniMedEngine"/>.</summary>
public sealed record EngineOptions
{
    /// <summary>Requests that may wait; one more is refused with <see cref="EngineOverloadedException"/>. 1 and up. Default 1024.</summary>
    public int MaxQueuedRequests { get; init; } = 1024;

    /// <summary>Requests that are answered at once: rows of a decode step. A beam search counts one for each beam; one with more beams runs alone. 1 to 256. Default 16.</summary>
    public int MaxRunningRequests { get; init; } = 16;

    /// <summary>Prompt rows in one pass, beside one row for each request that is already answering: how long a prompt may hold the others' tokens up. 16 and up; beyond the engine's cache nothing changes. Default 256.</summary>
    public int MaxPrefillRows { get; init; } = 256;

    /// <summary>Images that are encoded in one pass. 1 and up. Default 4.</summary>
    public int MaxImagesAtOnce { get; init; } = 4;

    /// <summary>Positions of the model's key-value cache that the engine takes for itself, 1 and up: requests and the prompt prefixes it keeps. Default null: all but one full context.</summary>
    public int? KvCacheTokens { get; init; }

    /// <summary>Device memory for features and visual tokens of images, in bytes, 0 and up; 0 keeps them only while they are used. Default 256 MiB.</summary>
    public long VisualCacheBytes { get; init; } = 256L << 20;

    /// <summary>Whether prompts share the cache blocks of equal beginnings. Default true.</summary>
    public bool SharePrefixes { get; init; } = true;

    /// <summary>
    /// Makes the logger, of category "UniMed.Inference.UniMedEngine": start, refusals, failures, device errors and recovery, the end; at Debug each request. Requests are told by number, task and counts;
    /// prompts, answers, file names and callers' error messages are written at no level. A logger that throws loses its entry and disturbs nothing. Default null: nothing is logged.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal void Validate()
    {
        Require(nameof(MaxQueuedRequests), MaxQueuedRequests, MaxQueuedRequests >= 1, "1 or more");
        Require(nameof(MaxRunningRequests), MaxRunningRequests, MaxRunningRequests is >= 1 and <= 256, "1 to 256");
        Require(nameof(MaxPrefillRows), MaxPrefillRows, MaxPrefillRows >= 16, "16 or more");
        Require(nameof(MaxImagesAtOnce), MaxImagesAtOnce, MaxImagesAtOnce >= 1, "1 or more");
        Require(nameof(KvCacheTokens), KvCacheTokens ?? 1, KvCacheTokens is null or >= 1, "1 or more");
        Require(nameof(VisualCacheBytes), VisualCacheBytes, VisualCacheBytes >= 0, "0 or more");
    }

    private static void Require(string option, long value, bool holds, string allowed)
    {
        if (!holds)
            throw new UniMedException(UniMedFailure.InvalidInput, $"{option} is {value}; it must be {allowed}. Correct the engine's options.");
    }
}
