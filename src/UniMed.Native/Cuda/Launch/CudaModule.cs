using System.Collections.Concurrent;

namespace UniMed.Native.Cuda;

/// <summary>The kernels on a device, by name. Thread-safe; dispose it before the driver.</summary>
internal sealed class CudaModule : IDisposable
{
    private const int NamesInAnError = 3;

    private readonly ICudaDriver _driver;
    private readonly CudaModuleHandle _handle;
    private readonly ConcurrentDictionary<string, CudaKernel> _kernels = new(StringComparer.Ordinal);
    private int _disposed;

    private CudaModule(ICudaDriver driver, CudaModuleHandle handle, string source)
    {
        _driver = driver;
        _handle = handle;
        Source = source;
    }

    /// <summary>Where the kernels came from, for errors.</summary>
    public string Source { get; }

    /// <summary>Loads the kernels of this build: those the driver brings, or the file <see cref="CudaBuildFile.Fatbin"/>.</summary>
    /// <exception cref="DeviceUnavailableException">This build has no GPU kernels.</exception>
    /// <exception cref="CudaException">The card does not take them.</exception>
    public static CudaModule Load(ICudaDriver driver)
    {
        if (driver.BringsKernels)
            return Load(driver, [], CudaBuildFile.HostLibrary.FileName);
        string path = CudaBuildFile.Fatbin.Find(out string reason) ?? throw new DeviceUnavailableException(driver.DeviceName, reason);
        try
        {
            return Load(driver, File.ReadAllBytes(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DeviceUnavailableException(driver.DeviceName, $"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Loads an image.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="image">Fatbin, cubin or PTX; empty for a driver that brings its kernels.</param>
    /// <param name="source">For errors.</param>
    public static CudaModule Load(ICudaDriver driver, ReadOnlySpan<byte> image, string source) => new(driver, driver.LoadModule(image, source), source);

    /// <summary>A kernel by its name in native/cuda; looked up once.</summary>
    /// <exception cref="DeviceUnavailableException">There is none of that name; the message has those with the nearest names.</exception>
    public CudaKernel Kernel(string name)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _kernels.TryGetValue(name, out CudaKernel? known) ? known : _kernels.GetOrAdd(name, Find(name));
    }

    /// <summary>Unloads the kernels. No launch may be under way.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _driver.Fault is null)
            _driver.UnloadModule(_handle);
    }

    private CudaKernel Find(string name)
    {
        if (_driver.TryGetFunction(_handle, name, out CudaFunction function))
        {
            CudaParameter[] parameters = _driver.FindParameters(_handle, function) ?? throw new DeviceUnavailableException(
                _driver.DeviceName,
                $"{Source} does not say which parameters kernel {name} has, and a driver before CUDA 12.4 does not either: build native/cuda again, or update the driver");
            return new CudaKernel(_driver, function, name, parameters);
        }

        List<string> near = [.. _driver.GetFunctionNames(_handle).OrderBy(other => EditDistance.Of(name, other)).Take(NamesInAnError)];
        throw new DeviceUnavailableException(
            _driver.DeviceName,
            $"{Source} has no kernel named {name}{(near.Count > 0 ? $" (nearest: {string.Join(", ", near)})" : "")}: it is of another version; build native/cuda again");
    }
}
