using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>Tokens that a step chooses: pinned memory that its last copies write, and where they go from there. A place keeps its memory, so a step that comes again is the same copies.</summary>
internal sealed class StepTokens(CudaDevice device) : IDisposable
{
    private const int TokenBytes = 2 * sizeof(int);

    private readonly List<PinnedMemory> _pinned = [];
    private readonly List<Memory<SampledToken>> _results = [];

    /// <summary>Where the step writes tokens of so many rows.</summary>
    public PinnedMemory Add(Memory<SampledToken> result)
    {
        int place = _results.Count;
        int bytes = result.Length * TokenBytes;
        if (place == _pinned.Count)
            _pinned.Add(device.AllocateHost(bytes));
        if (_pinned[place].Bytes < bytes)
        {
            device.FreeHost(_pinned[place]);
            _pinned[place] = device.AllocateHost(bytes);
        }

        _results.Add(result);
        return _pinned[place].Slice(0, bytes);
    }

    /// <summary>Waits for the step where it chose tokens, and hands them over.</summary>
    public void Read()
    {
        if (_results.Count == 0)
            return;
        device.Wait();
        for (int place = 0; place < _results.Count; place++)
            CudaDevice.Unpack(MemoryMarshal.Cast<byte, int>(_pinned[place].Span)[..(2 * _results[place].Length)], _results[place].Span);
        Clear();
    }

    /// <summary>Forgets what was asked for.</summary>
    public void Clear() => _results.Clear();

    public void Dispose()
    {
        foreach (PinnedMemory memory in _pinned)
            device.FreeHost(memory);
        _pinned.Clear();
    }
}
