namespace UniMed.Bench.Serving;

/// <summary>Times of one request as its caller sees them, in milliseconds.</summary>
/// <param name="FirstToken">From its submission to its first token.</param>
/// <param name="Latency">From its submission to its whole answer.</param>
/// <param name="TokenTime">Mean time of its tokens after the first.</param>
internal sealed record RequestTimes(double FirstToken, double Latency, double TokenTime);
