using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace UniMed.Native.Ilgpu;

/// <summary>
/// The model on any GPU, without a toolkit: kernels in C#, compiled by ILGPU when they are first wanted. Matrices lie on the device as they are stored (F64 as fp32), in tiles of 32 rows; activations, keys
/// and values are fp32, and so is all arithmetic. Operations run in one order after the call returns; <see cref="Download"/> waits.
/// </summary>
/// <remarks>Thread-safe. A token's results do not depend on its batch.</remarks>
internal sealed partial class IlgpuDevice : Device, IKernelCompiler
{
    private readonly IlgpuAccelerator _opened;
    private readonly IlgpuKernels _kernels;
    private readonly IlgpuMemoryPool _pool;
    private readonly AcceleratorStream _stream;
    private readonly Lock _gate;
    private IlgpuBatch? _lastBatch;
    private bool _disposed;

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
                return _pool.InUseBytes - (_lastBatch?.Numbers.Bytes ?? 0);
        }
    }

    /// <inheritdoc/>
    public override DeviceStep CreateStep() => new DirectStep();

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        if (elements > long.MaxValue / sizeof(float))
            throw new InsufficientMemoryException($"A buffer of {elements} numbers does not fit any memory.");
        return new IlgpuBuffer(this, Take(Math.Max(1, elements) * sizeof(float)), elements);
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        if (source.Length != destination.Length)
            throw new ArgumentException($"{source.Length} numbers do not fill a {destination.Rows} x {destination.Columns} matrix.", nameof(source));
        Send(At(destination), source);
        GC.KeepAlive(destination.Buffer);
    }

    /// <inheritdoc/>
    public override void Download(Tensor source, Span<float> destination)
    {
        if (source.Length != destination.Length)
            throw new ArgumentException($"A {source.Rows} x {source.Columns} matrix does not fill {destination.Length} numbers.", nameof(destination));
        Fetch(At(source), destination);
        GC.KeepAlive(source.Buffer);
    }

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor destination)
    {
        Require.Shape(destination, source.Rows, source.Columns, nameof(destination));
        ArrayView<float> from = At(source);
        ArrayView<float> to = At(destination);
        if (source.Length > 0)
        {
            lock (_gate)
                from.CopyTo(_stream, to);
        }
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
    public override void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _stream.Synchronize();
            _lastBatch = null;
            _pool.Dispose();
            _stream.Dispose();
        }

        _opened.Dispose();
    }

    private IlgpuMemory Take(long bytes) => _pool.Take(bytes);

    private ArrayView<float> At(Tensor tensor)
    {
        if (tensor.Buffer is not IlgpuBuffer buffer || !ReferenceEquals(buffer.Device, this))
            throw new ArgumentException($"The tensor lives on another device ({tensor.Buffer?.GetType().Name ?? "none"}).");
        return buffer.View.SubView(tensor.Offset, tensor.Length);
    }

    private static TWeights Own<TWeights>(DeviceWeights weights)
        where TWeights : DeviceWeights
    {
        if (weights is not TWeights own)
            throw new ArgumentException($"The weights were loaded by another device ({weights?.GetType().Name ?? "null"}).");
        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        return own;
    }

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

    private static int Blocks(long work, int each) => checked((int)((work + each - 1) / each));
}
