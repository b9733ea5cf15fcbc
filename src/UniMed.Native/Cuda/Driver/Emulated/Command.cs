namespace UniMed.Native.Cuda.Emulated;

/// <summary>One piece of work in a stream or graph; which fields count depends on the kind.</summary>
internal struct Command
{
    public CommandKind Kind;

    // Copies and fills.
    public nint Destination;
    public nint Source;
    public long Bytes;
    public byte Value;

    // Launches; the arguments lie in the list's arena.
    public nint Function;
    public CudaLaunchShape Shape;
    public int FirstOffset;
    public int ArgumentCount;

    // Records.
    public EmulatedEvent? Event;

    // Waits: the place that must have been passed; of a record, its own.
    public EmulatedStream? Stream;
    public long Position;

    // Graph launches.
    public CommandList? Graph;
}
