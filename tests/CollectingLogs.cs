using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UniMed.Tests;

/// <summary>Keeps what is logged, at every level.</summary>
internal sealed class CollectingLogs : ILoggerFactory, ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    /// <summary>An entry, with everything of it that could be read as text.</summary>
    public sealed record Entry(string Category, LogLevel Level, int Id, string Message, string Everything, Exception? Error);

    public IReadOnlyList<Entry> Entries => [.. _entries];

    /// <summary>True to throw instead.</summary>
    public bool IsBroken { get; init; }

    private string Category { get; set; } = "";

    public IEnumerable<Entry> Of(int id) => Entries.Where(entry => entry.Id == id);

    public ILogger CreateLogger(string categoryName)
    {
        Category = categoryName;
        return this;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsBroken)
            throw new IOException("The disk of logs is full.");
        string message = formatter(state, exception);
        string values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
        _entries.Enqueue(new Entry(Category, logLevel, eventId.Id, message, $"{message} {values} {exception}", exception));
    }

    public void Dispose()
    {
    }
}
