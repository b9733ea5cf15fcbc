using System.Diagnostics;
using System.Runtime.CompilerServices;
using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>Sends requests to an engine as its callers do, and takes the times that they see.</summary>
/// <remarks>
/// A closed loop: as many clients as requests may run, each sending its next request when it has its answer. No more requests than clients are all sent at once. Every round has an
/// engine of its own, so nothing is shared that the round itself did not compute.
/// </remarks>
internal static class ServingBenchmark
{
    /// <summary>One round.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">What to answer.</param>
    /// <param name="newTokens">Tokens of each answer.</param>
    /// <param name="concurrency">Clients, and requests that the engine answers at once.</param>
    /// <param name="options">The engine's other limits.</param>
    /// <param name="cancellationToken">Ends the round.</param>
    /// <exception cref="UniMedException">An answer failed, or has another length.</exception>
    public static async Task<ServingTimes> RunAsync(
        UniMedModel model, IReadOnlyList<ServingRequest> requests, int newTokens, int concurrency, EngineOptions options, CancellationToken cancellationToken)
    {
        UniMedEngine engine = UniMedEngine.Create(model, options with { MaxRunningRequests = concurrency });
        await using ConfiguredAsyncDisposable end = engine.ConfigureAwait(false);
        var times = new RequestTimes[requests.Count];
        int next = -1;
        long lastFirstToken = 0;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, requests.Count)).Select(_ => ServeAsync())).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new ServingTimes(seconds, Stopwatch.GetElapsedTime(started, lastFirstToken).TotalMilliseconds, times, engine.Statistics);

        async Task ServeAsync()
        {
            while (Interlocked.Increment(ref next) is var at && at < requests.Count)
            {
                (times[at], long first) = await AnswerAsync(engine, requests[at], newTokens, cancellationToken).ConfigureAwait(false);
                InterlockedMax(ref lastFirstToken, first);
            }
        }
    }

    /// <summary>Options under which every answer has this length: lengths count the begin-of-sequence token, so the end token is out of reach until the last new token.</summary>
    public static RequestOptions Exactly(int newTokens) =>
        new() { Generation = new GenerationOptions { MaxNewTokens = newTokens, MinLength = newTokens + 1 }, IncludeTimings = true };

    /// <summary>Refuses an answer of another length.</summary>
    /// <exception cref="UniMedException">It has.</exception>
    public static void RequireLength(TaskAnswer answer, int newTokens)
    {
        if (answer.TokenIds.Count != newTokens)
            throw new UniMedException(UniMedFailure.Internal, $"An answer has {answer.TokenIds.Count} tokens instead of {newTokens}: times of unequal answers say nothing.");
    }

    private static async Task<(RequestTimes Times, long FirstToken)> AnswerAsync(UniMedEngine engine, ServingRequest request, int newTokens, CancellationToken cancellationToken)
    {
        long first = 0;
        long last = 0;
        long submitted = Stopwatch.GetTimestamp();
        PendingAnswer<TextAnswer> pending = engine.GenerateAsync(request.Prompt, request.Images, request.Task, Exactly(newTokens), cancellationToken);
        await foreach (GeneratedToken _ in pending.ConfigureAwait(false))
        {
            last = Stopwatch.GetTimestamp();
            if (first == 0)
                first = last;
        }

        RequireLength(await pending.AsTask().ConfigureAwait(false), newTokens);
        return (new RequestTimes(
            Stopwatch.GetElapsedTime(submitted, first).TotalMilliseconds,
            Stopwatch.GetElapsedTime(submitted).TotalMilliseconds,
            Stopwatch.GetElapsedTime(first, last).TotalMilliseconds / (newTokens - 1)), first);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is var found && found != seen)
            seen = found;
    }
}
