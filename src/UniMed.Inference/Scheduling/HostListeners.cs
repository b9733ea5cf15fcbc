using System.Diagnostics;

namespace UniMed.Inference.Scheduling;

/// <summary>Reports to meter and activity listeners of the host, which run on the reporting thread: what they throw goes to <see cref="Trace"/> and ends neither a request nor the engine.</summary>
internal static class HostListeners
{
    /// <summary>Reports.</summary>
    /// <param name="what">What the report needs; nothing is allocated for it.</param>
    /// <param name="report">Calls the instruments.</param>
    public static void Tell<T>(T what, Action<T> report)
    {
        try
        {
            report(what);
        }
        catch (Exception error)
        {
            Trace.TraceError($"UniMed: a listener to its meters or activities threw {error.GetType().Name}: {error.Message}");
        }
    }
}
