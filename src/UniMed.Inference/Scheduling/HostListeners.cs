using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace UniMed.Inference.Scheduling;

/// <summary>
/// Reports to meter and activity listeners of the host, which run on the reporting thread: what they throw goes to <see cref="Trace"/> and ends neither a request nor the engine. Where nobody
/// listens an instrument is asked so, and nothing more happens.
/// </summary>
internal static class HostListeners
{
    /// <summary>A listener threw when it was told of an instrument or a source.</summary>
    public static void TellOfRefused(string name, Exception error) =>
        Trace.TraceError($"UniMed: a listener to its meters or activities threw {error.GetType().Name} when it was told of {name}, which reports nothing now: {error.Message}");

    /// <summary>Counts.</summary>
    public static void Add(Counter<long>? counter, long more)
    {
        if (counter is not { Enabled: true })
            return;
        try
        {
            counter.Add(more);
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    /// <summary>Counts under a tag.</summary>
    public static void Add(Counter<long>? counter, long more, KeyValuePair<string, object?> tag)
    {
        if (counter is not { Enabled: true })
            return;
        try
        {
            counter.Add(more, tag);
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    /// <summary>Counts under two tags.</summary>
    public static void Add(Counter<long>? counter, long more, KeyValuePair<string, object?> tag, KeyValuePair<string, object?> second)
    {
        if (counter is not { Enabled: true })
            return;
        try
        {
            counter.Add(more, tag, second);
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    /// <summary>Counts up, or down.</summary>
    public static void Add(UpDownCounter<long>? counter, long change)
    {
        if (counter is not { Enabled: true })
            return;
        try
        {
            counter.Add(change);
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    /// <summary>Records under a tag.</summary>
    public static void Record(Histogram<double>? histogram, double value, KeyValuePair<string, object?> tag)
    {
        if (histogram is not { Enabled: true })
            return;
        try
        {
            histogram.Record(value, tag);
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    /// <summary>Begins an activity, for a request that ends on another thread: it does not become the caller's current one.</summary>
    /// <returns>Null where nobody listens, or a listener throws.</returns>
    public static Activity? Start(ActivitySource? source, string name)
    {
        if (source is null)
            return null;
        Activity? current = Activity.Current;
        try
        {
            return source.StartActivity(name);
        }
        catch (Exception error)
        {
            TellOf(error);
            return null;
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Ends an activity.</summary>
    public static void Stop(Activity activity)
    {
        try
        {
            activity.Dispose();
        }
        catch (Exception error)
        {
            TellOf(error);
        }
    }

    private static void TellOf(Exception error) =>
        Trace.TraceError($"UniMed: a listener to its meters or activities threw {error.GetType().Name}: {error.Message}");
}
