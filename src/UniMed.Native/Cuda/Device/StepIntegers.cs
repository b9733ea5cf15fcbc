using System.Runtime.InteropServices;

namespace UniMed.Native.Cuda;

/// <summary>The integers that a step's kernels read (token ids, rows, positions, block tables): gathered while operations are asked for, sent in one copy before they start.</summary>
internal sealed class StepIntegers(CudaDevice device) : IDisposable
{
    private const int FirstCapacity = 1024;

    private int[] _values = new int[FirstCapacity];
    private CudaMemory? _memory;
    private int _count;

    /// <summary>Adds integers and says where the kernels will find them.</summary>
    public DevicePointer Add(ReadOnlySpan<int> values)
    {
        values.CopyTo(Reserve(values.Length, out DevicePointer pointer));
        return pointer;
    }

    /// <summary>Makes room for integers, which the caller writes.</summary>
    public Span<int> Reserve(int count, out DevicePointer pointer)
    {
        while (_values.Length - _count < count)
            Array.Resize(ref _values, _values.Length * 2);
        _memory ??= device.Take(_values.Length * sizeof(int));
        pointer = _memory.Pointer + (_count * (long)sizeof(int));
        Span<int> place = _values.AsSpan(_count, count);
        _count += count;
        return place;
    }

    /// <summary>Sends them. False when the card's memory was too small: it is larger now, so the places are others and must be asked for again.</summary>
    public bool TrySend()
    {
        if (_count == 0)
            return true;
        if (_memory!.Bytes < _count * (long)sizeof(int))
        {
            _memory.Dispose();
            _memory = device.Take(_values.Length * sizeof(int));
            return false;
        }

        device.Send(_memory.Pointer, MemoryMarshal.AsBytes(_values.AsSpan(0, _count)));
        return true;
    }

    /// <summary>Forgets what was added.</summary>
    public void Clear() => _count = 0;

    public void Dispose() => _memory?.Dispose();
}
