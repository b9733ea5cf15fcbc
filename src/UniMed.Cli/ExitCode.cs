namespace UniMed.Cli;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The request failed; stderr says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A run came to its end, and some of its requests failed.</summary>
    public const int SomeFailed = 3;

    /// <summary>Ctrl+C: 128 + SIGINT, as shells report it.</summary>
    public const int Cancelled = 130;

    /// <summary>Whoever read the output left before its end: 128 + SIGPIPE, as shells report it.</summary>
    public const int ReaderLeft = 141;
}
