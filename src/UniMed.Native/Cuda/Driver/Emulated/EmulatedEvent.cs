namespace UniMed.Native.Cuda.Emulated;

/// <summary>An event: the place in a stream that it last recorded.</summary>
internal sealed class EmulatedEvent(bool timed)
{
    /// <summary>Whether it can be asked for times.</summary>
    public bool Timed { get; } = timed;

    /// <summary>Stream of the last recording; null before the first.</summary>
    public EmulatedStream? Stream { get; set; }

    /// <summary>Place of the last recording in its stream.</summary>
    public long Position { get; set; }

    /// <summary>Stopwatch time at which the last recording happened.</summary>
    public long Time { get; set; }

    /// <summary>Capture that the last recording was part of; null when it was ordinary work.</summary>
    public Capture? Capture { get; set; }

    /// <summary>True when the stream has come past the last recording, or there was none.</summary>
    public bool Happened => Stream is null || Stream.Started > Position;
}
