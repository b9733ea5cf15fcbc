using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace UniMed.Inference;

/// <summary>
/// Names under which engines report: add <see cref="MeterName"/> and <see cref="ActivitySourceName"/> to OpenTelemetry or to a listener of System.Diagnostics. Nothing is computed
/// while nobody listens.
/// </summary>
public static class EngineTelemetry
{
    /// <summary>The meter: requests, queue, time to the first token and for each further one, tokens, images, passes.</summary>
    public const string MeterName = "UniMed.Inference";

    /// <summary>The activity source: one activity, "unimed.request", for each request from its submission to its end.</summary>
    public const string ActivitySourceName = "UniMed.Inference";

    internal static ActivitySource Activities { get; } = new(ActivitySourceName);

    private static Meter Meter { get; } = new(MeterName);

    internal static Counter<long> Requests { get; } = Meter.CreateCounter<long>("unimed.requests", "{request}", "Requests that ended, by task and outcome (completed, failed, cancelled).");

    internal static UpDownCounter<long> Queued { get; } = Meter.CreateUpDownCounter<long>("unimed.requests.queued", "{request}", "Requests that wait.");

    internal static UpDownCounter<long> Running { get; } = Meter.CreateUpDownCounter<long>("unimed.requests.running", "{request}", "Requests that are being answered.");

    internal static Histogram<double> TimeToFirstToken { get; } = Meter.CreateHistogram<double>("unimed.time_to_first_token", "s", "From the submission of a request to its first token, by task.");

    internal static Histogram<double> TimePerOutputToken { get; } = Meter.CreateHistogram<double>("unimed.time_per_output_token", "s", "Mean time of a completed request's tokens after the first, by task.");

    internal static Counter<long> Tokens { get; } = Meter.CreateCounter<long>("unimed.tokens", "{token}", "Tokens by kind: prompt (computed), shared (found in the cache), new.");

    internal static Counter<long> Images { get; } = Meter.CreateCounter<long>("unimed.images", "{image}", "Images by kind: encoded, reused.");

    internal static Counter<long> Passes { get; } = Meter.CreateCounter<long>("unimed.passes", "{pass}", "Passes of the language model.");

    internal static UpDownCounter<long> VisualCacheBytes { get; } = Meter.CreateUpDownCounter<long>("unimed.visual_cache.size", "By", "Device memory of kept features and visual tokens.");
}
