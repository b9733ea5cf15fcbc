using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace UniMed.Inference.Scheduling;

/// <summary>A host's logger that cannot end the engine's thread: what it throws goes to <see cref="Trace"/>, and the entry is lost.</summary>
internal sealed class SteadyLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception error)
        {
            Report(error);
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception error)
        {
            Report(error);
        }
    }

    private static void Report(Exception error) => Trace.TraceError($"UniMed: the logger that EngineOptions.LoggerFactory made threw {error.GetType().Name}: {error.Message}");
}
