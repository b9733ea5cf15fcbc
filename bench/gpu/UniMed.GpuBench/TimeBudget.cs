using System.Diagnostics;

namespace UniMed.GpuBench;

/// <summary>How long a run may take. A section may use what the ones before it left; what there is no time for is left out, and told.</summary>
internal sealed class TimeBudget
{
    private readonly TimeSpan _limit;
    private readonly double _shares;
    private readonly Func<TimeSpan> _elapsed;
    private double _until;

    /// <summary>Starts the clock.</summary>
    /// <param name="limit">Of the whole run; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="sections">Sections to come.</param>
    /// <param name="elapsed">Time since the start; null for this process's clock.</param>
    public TimeBudget(TimeSpan limit, IReadOnlyList<BenchSection> sections, Func<TimeSpan>? elapsed = null)
    {
        _limit = limit;
        _shares = sections.Sum(Share);
        long started = Stopwatch.GetTimestamp();
        _elapsed = elapsed ?? (() => Stopwatch.GetElapsedTime(started));
    }

    /// <summary>What was left out, in order.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>Begins a section: its share of the limit is added to what was left.</summary>
    public void Begin(BenchSection section) => _until += Share(section);

    /// <summary>True, and noted, where the present section has no time left.</summary>
    /// <param name="what">What is left out then.</param>
    public bool LeavesOut(string what)
    {
        if (_limit == Timeout.InfiniteTimeSpan || _elapsed() < _limit * (_until / _shares))
            return false;
        LeftOut.Add(what);
        return true;
    }

    /// <summary>Golden answers of the small model take seconds; checks compute on this machine's processors too.</summary>
    private static double Share(BenchSection section) => section switch
    {
        BenchSection.Check => 0.25,
        BenchSection.Nano => 0.1,
        BenchSection.Kernels => 0.3,
        _ => 0.35,
    };
}
