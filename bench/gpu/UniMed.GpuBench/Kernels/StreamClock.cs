using UniMed.Bench;
using UniMed.Native.Cuda;

namespace UniMed.GpuBench.Kernels;

/// <summary>Times work in a stream of its own with CUDA events, in microseconds.</summary>
/// <remarks>
/// Work is queued faster than it runs, since something slow stands in front of each measurement or the measurement is one graph: the card's time is taken, not the host's. An event's
/// resolution is about half a microsecond (CUDA driver API, cuEventElapsedTime).
/// </remarks>
internal sealed class StreamClock : IDisposable
{
    private const int WarmUps = 3;
    private const int EmulatedWarmUps = 1;

    private readonly ICudaDriver _driver;
    private readonly List<CudaEvent> _events = [];
    private readonly int _warmUps;

    /// <summary>Opens a stream.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="repeat">Measurements of each figure.</param>
    public StreamClock(ICudaDriver driver, int repeat)
    {
        _driver = driver;
        _warmUps = driver.BringsKernels ? EmulatedWarmUps : WarmUps;
        Repeat = repeat;
        Stream = driver.CreateStream();
        for (int i = 0; i < 2 * repeat; i++)
            _events.Add(driver.CreateEvent(timed: true));
    }

    /// <summary>Measurements of each figure.</summary>
    public int Repeat { get; }

    /// <summary>Where work is timed.</summary>
    public CudaStream Stream { get; }

    /// <summary>Times some work.</summary>
    /// <param name="before">Queued in front of each measurement and not timed.</param>
    /// <param name="work">Queues the work.</param>
    public Spread Time(Action before, Action work)
    {
        for (int i = 0; i < _warmUps; i++)
        {
            before();
            work();
        }

        _driver.Synchronize(Stream);
        for (int i = 0; i < Repeat; i++)
        {
            before();
            _driver.Record(_events[2 * i], Stream);
            work();
            _driver.Record(_events[(2 * i) + 1], Stream);
        }

        _driver.Synchronize(Stream);
        return Spread.Of(Enumerable.Range(0, Repeat).Select(i => 1e3 * _driver.GetElapsedMilliseconds(_events[2 * i], _events[(2 * i) + 1])));
    }

    /// <summary>Times one launch of many that follow each other in a CUDA graph.</summary>
    /// <param name="launches">Launches of the graph.</param>
    /// <param name="launch">Queues the launch of a number, from 0.</param>
    public Spread TimeInARow(int launches, Action<int> launch)
    {
        CudaGraph graph;
        _driver.BeginCapture(Stream);
        try
        {
            for (int i = 0; i < launches; i++)
                launch(i);
        }
        finally
        {
            graph = _driver.EndCapture(Stream);
        }

        CudaExecutableGraph executable = default;
        try
        {
            executable = _driver.Instantiate(graph);
            Spread all = Time(() => { }, () => _driver.Launch(executable, Stream));
            return new Spread(all.Median / launches, all.Lowest / launches, all.Highest / launches, all.Count);
        }
        finally
        {
            if (executable.Handle != 0)
                _driver.DestroyGraph(executable);
            _driver.DestroyGraph(graph);
        }
    }

    public void Dispose()
    {
        foreach (CudaEvent happened in _events)
            _driver.DestroyEvent(happened);
        _driver.DestroyStream(Stream);
    }
}
