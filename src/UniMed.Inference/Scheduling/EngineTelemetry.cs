using System.Diagnostics;
using System.Diagnostics.Metrics;
using UniMed.Inference.Scheduling;

namespace UniMed.Inference;

/// <summary>
/// Names under which engines report: add <see cref="MeterName"/> and <see cref="ActivitySourceName"/> to OpenTelemetry or to a listener of System.Diagnostics. Nothing is reported
/// while nobody listens. What a listener throws goes to <see cref="Trace"/>; an instrument that one refuses when it is told of it reports nothing.
/// </summary>
public static class EngineTelemetry
{
    /// <summary>The meter: requests, queue, time to the first token and for each further one, tokens, images, passes.</summary>
    public const string MeterName = "UniMed.Inference";

    /// <summary>The activity source: one activity, "unimed.request", for each request from its submission to its end.</summary>
    public const string ActivitySourceName = "UniMed.Inference";

    internal static ActivitySource? Activities { get; } = NewSource();

    private static Meter Meter { get; } = new(MeterName);

    internal static Counter<long>? Requests { get; } = NewCounter("unimed.requests", "{request}", "Requests that ended, by task and outcome (completed, failed, cancelled).");

    internal static UpDownCounter<long>? Queued { get; } = NewUpDownCounter("unimed.requests.queued", "{request}", "Requests that wait.");

    internal static UpDownCounter<long>? Running { get; } = NewUpDownCounter("unimed.requests.running", "{request}", "Requests that are being answered.");

    internal static Histogram<double>? TimeToFirstToken { get; } = NewHistogram("unimed.time_to_first_token", "s", "From the submission of a request to its first token, by task.");

    internal static Histogram<double>? TimePerOutputToken { get; } = NewHistogram("unimed.time_per_output_token", "s", "Mean time of a completed request's tokens after the first, by task.");

    internal static Counter<long>? Tokens { get; } = NewCounter("unimed.tokens", "{token}", "Tokens by kind: prompt (computed), shared (found in the cache), new.");

    internal static Counter<long>? Images { get; } = NewCounter("unimed.images", "{image}", "Images by kind: encoded, reused.");

    internal static Counter<long>? Passes { get; } = NewCounter("unimed.passes", "{pass}", "Passes of the language model.");

    internal static UpDownCounter<long>? VisualCacheBytes { get; } = NewUpDownCounter("unimed.visual_cache.size", "By", "Device memory of kept features and visual tokens.");

    // Listeners hear of each while it is made.
    private static ActivitySource? NewSource()
    {
        try
        {
            return new ActivitySource(ActivitySourceName);
        }
        catch (Exception error)
        {
            HostListeners.TellOfRefused(ActivitySourceName, error);
            return null;
        }
    }

    private static Counter<long>? NewCounter(string name, string unit, string description)
    {
        try
        {
            return Meter.CreateCounter<long>(name, unit, description);
        }
        catch (Exception error)
        {
            HostListeners.TellOfRefused(name, error);
            return null;
        }
    }

    private static UpDownCounter<long>? NewUpDownCounter(string name, string unit, string description)
    {
        try
        {
            return Meter.CreateUpDownCounter<long>(name, unit, description);
        }
        catch (Exception error)
        {
            HostListeners.TellOfRefused(name, error);
            return null;
        }
    }

    private static Histogram<double>? NewHistogram(string name, string unit, string description)
    {
        try
        {
            return Meter.CreateHistogram<double>(name, unit, description);
        }
        catch (Exception error)
        {
            HostListeners.TellOfRefused(name, error);
            return null;
        }
    }
}
