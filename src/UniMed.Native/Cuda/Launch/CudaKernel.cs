namespace UniMed.Native.Cuda;

/// <summary>A kernel of a loaded module. Thread-safe; usable as long as its module.</summary>
internal sealed class CudaKernel
{
    private readonly ICudaDriver _driver;
    private readonly CudaFunction _function;
    private readonly Lock _gate = new();
    private int _sharedBytes = CudaLaunchShape.SharedBytesWithoutAsking;

    /// <summary>Made by the module.</summary>
    public CudaKernel(ICudaDriver driver, CudaFunction function, string name)
    {
        _driver = driver;
        _function = function;
        Name = name;
    }

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>Asks about it.</summary>
    public int GetAttribute(CudaFunctionAttribute attribute) => _driver.GetAttribute(_function, attribute);

    /// <summary>Starts it; <see cref="CudaLaunch"/> puts the arguments together. Asks for more shared memory where the launch needs it.</summary>
    public void Launch(in CudaLaunchShape shape, CudaStream stream, ReadOnlySpan<byte> arguments, ReadOnlySpan<int> offsets)
    {
        if (shape.SharedBytes > Volatile.Read(ref _sharedBytes))
            AllowSharedBytes(shape.SharedBytes);
        _driver.Launch(_function, shape, stream, arguments, offsets);
    }

    private void AllowSharedBytes(int bytes)
    {
        lock (_gate)
        {
            if (bytes <= _sharedBytes)
                return;
            _driver.SetAttribute(_function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, bytes);
            Volatile.Write(ref _sharedBytes, bytes);
        }
    }
}
