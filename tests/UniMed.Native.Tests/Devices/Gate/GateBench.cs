namespace UniMed.Native.Tests.Devices.Gate;

/// <summary>The device under test, a second one of its kind, one of another kind, and what was made on them.</summary>
internal sealed class GateBench(Device device, Device twin, Device other) : IDisposable
{
    private readonly List<IDisposable> _made = [];

    /// <summary>The device under test.</summary>
    public Device Device => device;

    /// <summary>Another instance of its type.</summary>
    public Device Twin => twin;

    /// <summary>A device of another type.</summary>
    public Device Other => other;

    /// <summary>Disposes it with the bench.</summary>
    public T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Add(made);
        return made;
    }

    /// <summary>A matrix of zeros in a buffer of its own.</summary>
    public Tensor Matrix(Device device, int rows, int columns)
    {
        Tensor matrix = Keep(device.Allocate((long)rows * columns)).AsTensor(rows, columns);
        device.Upload(new float[matrix.Length], matrix);
        return matrix;
    }

    public void Dispose()
    {
        foreach (IDisposable made in _made)
            made.Dispose();
    }
}
