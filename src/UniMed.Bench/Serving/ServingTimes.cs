using UniMed.Inference;

namespace UniMed.Bench.Serving;

/// <summary>What one round over a load took.</summary>
/// <param name="Seconds">From the first submission to the last answer.</param>
/// <param name="AllFirstTokens">Milliseconds from the first submission until every request had its first token.</param>
/// <param name="Requests">Times of each request.</param>
/// <param name="Statistics">What the engine, which was new, did for it.</param>
internal sealed record ServingTimes(double Seconds, double AllFirstTokens, IReadOnlyList<RequestTimes> Requests, EngineStatistics Statistics)
{
    /// <summary>Requests answered in a second.</summary>
    public double RequestsPerSecond => Requests.Count / Seconds;

    /// <summary>Something the engine counted, in a second.</summary>
    public double Rate(long count) => count / Seconds;
}
