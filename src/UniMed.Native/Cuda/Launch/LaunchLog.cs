using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Launches and copies in order, with their arguments: written down instead of started, compared, and started later in any stream. Not thread-safe.</summary>
/// <remarks>Keeps its memory when cleared, so that a log that is filled again and again allocates nothing.</remarks>
internal sealed class LaunchLog
{
    private readonly List<Entry> _entries = [];
    private readonly List<int> _offsets = [];
    private byte[] _arguments = new byte[4096];
    private int _used;

    /// <summary>Number of launches and copies.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a launch; the arguments are copied.</summary>
    public void Add(CudaKernel kernel, in CudaLaunchShape shape, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        if (_used + arguments.Length > _arguments.Length)
            Array.Resize(ref _arguments, _arguments.Length * 2);
        arguments.CopyTo(_arguments.AsSpan(_used));
        _entries.Add(new Entry(kernel, shape, new Part(_used, arguments.Length), new Part(_offsets.Count, offsets.Length), default, default, 0, default));
        _used += arguments.Length;
        _offsets.AddRange(offsets);
    }

    /// <summary>Adds a copy from one place on the card to another.</summary>
    public void AddCopy(DevicePointer destination, DevicePointer source, long bytes) => _entries.Add(new Entry(null, default, default, default, destination, source, bytes, default));

    /// <summary>Adds a copy to the host.</summary>
    public void AddCopyToHost(PinnedMemory destination, DevicePointer source) => _entries.Add(new Entry(null, default, default, default, default, source, 0, destination));

    /// <summary>True when the other log has the same kernels, shapes, arguments and copies in the same order.</summary>
    public bool Matches(LaunchLog other) =>
        _used == other._used
        && CollectionsMarshal.AsSpan(_entries).SequenceEqual(CollectionsMarshal.AsSpan(other._entries))
        && CollectionsMarshal.AsSpan(_offsets).SequenceEqual(CollectionsMarshal.AsSpan(other._offsets))
        && _arguments.AsSpan(0, _used).SequenceEqual(other._arguments.AsSpan(0, _used));

    /// <summary>Starts everything in a stream.</summary>
    public void Play(ICudaDriver driver, CudaStream stream)
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries))
        {
            if (entry.Kernel is { } kernel)
                kernel.Launch(entry.Shape, stream, _arguments.AsSpan(entry.Arguments.First, entry.Arguments.Count), CollectionsMarshal.AsSpan(_offsets).Slice(entry.Offsets.First, entry.Offsets.Count));
            else if (entry.Host != default)
                driver.CopyToHost(entry.Host, entry.Source, stream);
            else
                driver.CopyOnDevice(entry.Destination, entry.Source, entry.Bytes, stream);
        }
    }

    /// <summary>Makes a graph of everything, captured in a stream that nobody else uses meanwhile. Whatever goes wrong, the first error is the one that is thrown, the stream is
    /// out of the capture, and no graph is left.</summary>
    public CudaExecutableGraph Capture(ICudaDriver driver, CudaStream stream)
    {
        driver.BeginCapture(stream);
        try
        {
            Play(driver, stream);
        }
        catch
        {
            AfterAnError(() => driver.DestroyGraph(driver.EndCapture(stream)));
            throw;
        }

        CudaGraph graph = driver.EndCapture(stream);
        CudaExecutableGraph? executable = null;
        try
        {
            executable = driver.Instantiate(graph);
            driver.DestroyGraph(graph);
            return executable.Value;
        }
        catch
        {
            if (executable is { } made)
                AfterAnError(() => driver.DestroyGraph(made));
            else
                AfterAnError(() => driver.DestroyGraph(graph));
            throw;
        }
    }

    /// <summary>A log of its own with the same entries.</summary>
    public LaunchLog Clone()
    {
        var clone = new LaunchLog { _arguments = _arguments.AsSpan(0, _used).ToArray(), _used = _used };
        clone._entries.AddRange(_entries);
        clone._offsets.AddRange(_offsets);
        return clone;
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        _entries.Clear();
        _offsets.Clear();
        _used = 0;
    }

    private static void AfterAnError(Action giveBack)
    {
        try
        {
            giveBack();
        }
        catch (CudaException)
        {
            // What fails now fails because of the first error, which is the one to be read.
        }
    }

    private readonly record struct Part(int First, int Count);

    private readonly record struct Entry(CudaKernel? Kernel, CudaLaunchShape Shape, Part Arguments, Part Offsets, DevicePointer Destination, DevicePointer Source, long Bytes, PinnedMemory Host);
}
