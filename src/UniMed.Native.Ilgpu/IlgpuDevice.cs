using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using UniMed.Native.Gpu;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// The model on any GPU, without a toolkit: kernels in C#, compiled by ILGPU when they are first wanted. Matrices lie on the device as they are stored (F64 as fp32), in tiles of 32 rows; activations, keys
/// and values are fp32, and so is all arithmetic. Operations run in one order after the call returns; <see cref="Device.Download"/> waits.
/// </summary>
/// <remarks>Thread-safe. A token's results do not depend on its batch.</remarks>
internal sealed partial class IlgpuDevice : GpuDevice<IlgpuMatrix, IlgpuMemory>, IKernelCompiler
{
    private readonly IlgpuAccelerator _opened;
    private readonly IlgpuKernels _kernels;
    private readonly IlgpuMemoryPool _pool;
    private readonly AcceleratorStream _stream;
    private readonly Lock _gate;
    private readonly BatchNumbers _sentNumbers = new();
    private IlgpuMemory? _sentBatch;
    private int _sentBlockSize;

    /// <summary>Takes over an opened accelerator.</summary>
    /// <param name="name">The name that selected it.</param>
    /// <param name="opened">What ILGPU opened; disposed with the device.</param>
    public IlgpuDevice(string name, IlgpuAccelerator opened)
    {
        _opened = opened;
        _kernels = opened.Kernels;
        _gate = opened.Work;
        _pool = new IlgpuMemoryPool(opened.Accelerator);
        _stream = opened.Accelerator.CreateStream();
        Info = new DeviceInfo(DeviceKind.Ilgpu, name, $"{opened.Description}; ILGPU kernels compiled at run time, f32, f16, bf16, int8 and int4 weights, fp32 arithmetic and cache");
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <inheritdoc/>
    public override long AllocatedBytes
    {
        get
        {
            lock (_gate)
                return _pool.InUseBytes - (_sentBatch?.Bytes ?? 0);
        }
    }

    /// <inheritdoc/>
    protected override DeviceStep CreateStepCore() => new DirectStep(this);

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<float> source, Tensor destination)
    {
        Send(At(destination), source);
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor source, Span<float> destination)
    {
        Fetch(At(source), destination);
    }

    /// <inheritdoc/>
    protected override void CopyCore(Tensor source, Tensor destination)
    {
        ArrayView<float> from = At(source);
        ArrayView<float> to = At(destination);
        lock (_gate)
            from.CopyTo(_stream, to);
    }

    /// <inheritdoc/>
    public Task CompileAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            foreach (IIlgpuKernel kernel in _kernels.All)
            {
                cancellationToken.ThrowIfCancellationRequested();
                kernel.Compile();
            }
        },
        cancellationToken);

    /// <summary>Waits for what is running and gives all memory back.</summary>
    protected override void DisposeCore()
    {
        lock (_gate)
        {
            _stream.Synchronize();
            _sentBatch = null;
            _pool.Dispose();
            _stream.Dispose();
        }

        _opened.Dispose();
    }

    /// <inheritdoc/>
    public override IlgpuMemory Take(long bytes) => _pool.Take(bytes);

    private static ArrayView<float> At(in Tensor tensor) => MemoryOf(tensor).View<float>().SubView(tensor.Offset, tensor.Length);

    private void Launch<TArguments>(IlgpuKernel<TArguments> kernel, Index3D grid, TArguments arguments)
        where TArguments : struct
    {
        lock (_gate)
            kernel.Launch(_stream, grid, arguments);
    }

    /// <summary>Copies host numbers; they may be changed when the call returns.</summary>
    private void Send<T>(ArrayView<T> destination, ReadOnlySpan<T> source)
        where T : unmanaged
    {
        if (source.IsEmpty)
            return;
        lock (_gate)
        {
            destination.SubView(0, source.Length).CopyFromCPU(_stream, source);
            _stream.Synchronize();
        }
    }

    /// <summary>Waits for all work asked for and copies numbers to the host.</summary>
    private void Fetch<T>(ArrayView<T> source, Span<T> destination)
        where T : unmanaged
    {
        if (destination.IsEmpty)
            return;
        lock (_gate)
        {
            source.SubView(0, destination.Length).CopyToCPU(_stream, destination);
            _stream.Synchronize();
        }
    }

    /// <summary>Host numbers as memory of the device.</summary>
    private IlgpuMemory Sent<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        IlgpuMemory memory = Take(Math.Max(1, values.Length) * (long)Marshal.SizeOf<T>());
        Send(memory.View<T>(), values);
        return memory;
    }
}
