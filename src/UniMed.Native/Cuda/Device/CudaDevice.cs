using System.Runtime.InteropServices;
using UniMed.Native.Gpu;

namespace UniMed.Native.Cuda;

/// <summary>
/// The CUDA kernels of native/cuda behind the device contract, on a card or emulated on the CPU. Matrices lie on the card as binary16, bfloat16 or in quantized blocks, in
/// fragment order, activations as fp32, keys and values as binary16. Operations are launched into one stream and run after the call returns; <see cref="Device.Download"/> waits.
/// </summary>
/// <remarks>Thread-safe. A token's results do not depend on its batch. Linear layers that are stored quantized stay so; the connector's experts and second router layer are widened
/// to binary16 when they are uploaded.</remarks>
internal sealed partial class CudaDevice : GpuDevice<CudaMatrix, CudaMemory>
{
    /// <summary>Bytes of a piece in which weights travel: of the page-locked memory on the host, and of the room on the card.</summary>
    public const int StagingBytes = 8 << 20;

    private readonly ICudaDriver _driver;
    private readonly CudaModule _module;
    private readonly CudaMemoryPool _pool;
    private readonly CudaStream _stream;
    private readonly PinnedStaging _staging;
    private readonly Lock _stagingGate = new();

    /// <summary>Opens the kernels on a driver, which it owns from now on.</summary>
    /// <exception cref="DeviceUnavailableException">This build has no kernels for it.</exception>
    /// <param name="driver">The card.</param>
    /// <param name="hostStream">Stream of the host in the driver's context, where the context is shared with the host; null where it is not.</param>
    public CudaDevice(ICudaDriver driver, CudaStream? hostStream = null)
    {
        _driver = driver;
        _hostStream = hostStream;
        try
        {
            _module = CudaModule.Load(driver);
            _stream = driver.CreateStream();
            _recordingStream = driver.CreateStream();
            _pool = new CudaMemoryPool(driver);
            _staging = new PinnedStaging(driver, _stream, StagingBytes);
        }
        catch
        {
            driver.Dispose();
            throw;
        }

        Info = new DeviceInfo(DeviceKind.Cuda, driver.DeviceName, $"{driver.Properties.Description}; CUDA kernels from {_module.Source}, f16, bf16, int8 and int4 weights, fp32 activations{(hostStream is null ? "" : "; in a context that the host shares")}");
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <inheritdoc/>
    public override long AllocatedBytes => _pool.Counters.InUseBytes;

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<float> source, Tensor destination)
    {
        RequireNoStep(nameof(Upload));
        Send(At(destination), MemoryMarshal.AsBytes(source));
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor source, Span<float> destination)
    {
        RequireNoStep(nameof(Download));
        DevicePointer from = At(source);
        _driver.Synchronize(_stream);
        if (destination.Length > 0)
            _driver.CopyToHost(MemoryMarshal.AsBytes(destination), from);
    }

    /// <inheritdoc/>
    protected override void CopyCore(Tensor source, Tensor destination)
    {
        DevicePointer from = At(source);
        DevicePointer to = At(destination);
        if (Step is { } step)
            step.Log.AddCopy(to, from, source.Length * sizeof(float));
        else
            _driver.CopyOnDevice(to, from, source.Length * sizeof(float), _stream);
    }

    /// <summary>Waits for what is running and closes the driver.</summary>
    protected override void DisposeCore()
    {
        _staging.Dispose();
        _pool.Dispose();
        _module.Dispose();
        _driver.Dispose();
    }

    /// <inheritdoc/>
    public override CudaMemory Take(long bytes)
    {
        GiveBackLeftSteps();
        return _pool.Allocate(bytes, _stream);
    }

    /// <summary>Sends host bytes; the stream is past them when it comes to later work.</summary>
    public void Send(DevicePointer destination, ReadOnlySpan<byte> source)
    {
        lock (_stagingGate)
            _staging.Upload(destination, source);
    }

    /// <summary>Memory for one operation.</summary>
    private CudaScratch Scratch(long bytes) => Step is { } step ? step.Take(bytes) : new CudaScratch(Take(bytes), null);

    private static DevicePointer At(in Tensor tensor) => MemoryOf(tensor).Pointer + (tensor.Offset * sizeof(float));

    /// <summary>Every kernel of native/cuda waits for the ones before it itself (primitives/dependency.h), so it may start while they end.</summary>
    private CudaLaunch Begin(string kernel, CudaLaunchShape shape) => new(_module.Kernel(kernel), shape with { OverlapsPrevious = true });

    /// <summary>Host integers as memory of the card, for one operation.</summary>
    private CudaScratch SendIntegers(ReadOnlySpan<int> values)
    {
        if (Step is { } step)
            return new CudaScratch(step.Place(values));
        CudaMemory memory = Take(Math.Max(1, values.Length) * sizeof(int));
        Send(memory.Pointer, MemoryMarshal.AsBytes(values));
        return new CudaScratch(memory, null);
    }
}
