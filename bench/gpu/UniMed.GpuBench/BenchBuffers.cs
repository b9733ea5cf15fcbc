using UniMed.Native;

namespace UniMed.GpuBench;

/// <summary>Matrices and weights on one device for the length of one measurement or check.</summary>
internal sealed class BenchBuffers(Device device) : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    /// <summary>The device.</summary>
    public Device Device => device;

    /// <summary>Gives it back at the end.</summary>
    public T DisposeWithThis<T>(T owned)
        where T : IDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>A matrix with these numbers.</summary>
    public Tensor Put(float[] values, int rows, int columns)
    {
        Tensor matrix = Empty(rows, columns);
        device.Upload(values, matrix);
        return matrix;
    }

    /// <summary>A matrix to be written.</summary>
    public Tensor Empty(int rows, int columns) => DisposeWithThis(device.Allocate((long)rows * columns)).AsTensor(rows, columns);

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
    }
}
