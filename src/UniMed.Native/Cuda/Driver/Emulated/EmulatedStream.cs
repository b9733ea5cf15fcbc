namespace UniMed.Native.Cuda.Emulated;

/// <summary>A stream: work that has been asked for and not run yet. Work has a place: its number in all the work the stream ever had.</summary>
internal sealed class EmulatedStream
{
    private long _forgotten;
    private int _next;

    /// <summary>Work that is kept; some of it may have run.</summary>
    public CommandList Kept { get; } = new();

    /// <summary>The capture under way; null when there is none.</summary>
    public Capture? Capture { get; set; }

    /// <summary>True when there is work to run.</summary>
    public bool HasWork => _next < Kept.Count;

    /// <summary>Place of the next work to run: all before it has been started, and as everything is synchronous, has ended.</summary>
    public long Started => _forgotten + _next;

    /// <summary>Place that the next work added will have.</summary>
    public long End => _forgotten + Kept.Count;

    /// <summary>Index in <see cref="Kept"/> of the next work, which counts as started from now on.</summary>
    public int TakeNext() => _next++;

    /// <summary>Drops all work, run or not.</summary>
    public void Forget()
    {
        _forgotten += Kept.Count;
        _next = 0;
        Kept.Clear();
    }
}
