using System.Runtime.Intrinsics.X86;
using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// The processor: SIMD kernels on a fixed team of threads, weights in place in the memory they were loaded from, whether fp32, binary16, bfloat16 or quantized. Activations, sums and
/// the cache are fp32: beside floating-point weights its numbers differ from the reference's in the order of sums alone. Products with int8 and int4 weights round activations to 16 and to 8 bits, with a
/// scale for each block of 32.
/// </summary>
/// <remarks>Thread-safe. Results do not depend on the number of threads, nor on what else is in a batch; they do depend on the instruction set (the width of a vector). Operations are done when the call returns.</remarks>
public sealed partial class CpuDevice : Device
{
    private readonly Kernels _kernels;
    private readonly ThreadTeam _team;

    /// <summary>Opens the device with one thread on each processor.</summary>
    public CpuDevice()
        : this(new CpuDeviceOptions())
    {
    }

    /// <summary>Opens the device.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive, or the prefetch hint is not one.</exception>
    /// <exception cref="ArgumentException">A processor does not exist, or the list is empty.</exception>
    /// <exception cref="PlatformNotSupportedException">Processors are named on another system than Linux.</exception>
    public CpuDevice(CpuDeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int threads = options.Threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, nameof(options));
        if (options.Prefetch is { } prefetch && !Enum.IsDefined(prefetch))
            throw new ArgumentOutOfRangeException(nameof(options), prefetch, $"{nameof(CpuDeviceOptions.Prefetch)} is none of {string.Join(", ", Enum.GetNames<PrefetchHint>())}.");
        _kernels = options.Prefetch is null ? Kernels.Best : Kernels.Create(options.Prefetch.Value);
        _team = new ThreadTeam(threads, options.Processors is { } processors ? new ThreadAffinity(processors) : null);
        Info = new DeviceInfo(DeviceKind.Cpu, DeviceCatalog.Cpu, Describe(threads, _kernels.Prefetch));
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <inheritdoc/>
    public override long AllocatedBytes => Allocations.Bytes;

    /// <summary>What a device would say of itself that was opened with one thread on each processor.</summary>
    internal static string DefaultDescription => Describe(Environment.ProcessorCount, ProcessorPrefetch.Hint);

    /// <inheritdoc/>
    public override DeviceStep CreateStep() => new DirectStep();

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long elements) => new HostBuffer<CpuDevice>(Allocations, elements);

    /// <inheritdoc/>
    public override KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        Require.CacheSizes(layers, kvHeads, headDim, blocks, blockSize);
        return new CpuKvCache(this, layers, kvHeads, headDim, blocks, blockSize);
    }

    /// <inheritdoc/>
    public override unsafe void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        if (source.Length != destination.Length)
            throw new ArgumentException($"{source.Length} numbers do not fill a {destination.Rows} x {destination.Columns} matrix.", nameof(source));
        source.CopyTo(new Span<float>(Data(destination), source.Length));
        KeepAlive(destination);
    }

    /// <inheritdoc/>
    public override unsafe void Download(Tensor source, Span<float> destination)
    {
        if (source.Length != destination.Length)
            throw new ArgumentException($"A {source.Rows} x {source.Columns} matrix does not fill {destination.Length} numbers.", nameof(destination));
        new ReadOnlySpan<float>(Data(source), destination.Length).CopyTo(destination);
        KeepAlive(source);
    }

    /// <inheritdoc/>
    public override unsafe void Copy(Tensor source, Tensor destination)
    {
        Require.Shape(destination, source.Rows, source.Columns, nameof(destination));
        Buffer.MemoryCopy(Data(source), Data(destination), destination.Length * sizeof(float), source.Length * sizeof(float));
        KeepAlive(source, destination);
    }

    /// <summary>Ends the threads. Buffers, caches and weights are disposed by whoever asked for them.</summary>
    public override void Dispose() => _team.Dispose();

    internal HostAllocations Allocations { get; } = new();

    private static string Describe(int threads, PrefetchHint prefetch) =>
        $"{Kernels.Best.VectorBits}-bit SIMD{ProcessorVectors.Unused(Kernels.Best.VectorBits)} on {threads} thread{(threads == 1 ? string.Empty : "s")}; f32, f16, bf16, int8 and int4 weights in place; "
        + $"activations in fp32, 16 bits beside int8, 8 bits beside int4{(X86Base.IsSupported ? $"; weights fetched ahead with {ProcessorPrefetch.Describe(prefetch)}" : string.Empty)}";

    private static unsafe float* Data(Tensor tensor) =>
        tensor.Buffer is HostBuffer<CpuDevice> buffer
            ? buffer.Data + tensor.Offset
            : throw new ArgumentException($"The tensor lives on another device ({tensor.Buffer?.GetType().Name ?? "none"}).");

    /// <summary>Operations hold bare addresses; this keeps the finalizers of buffers nobody disposed from freeing the memory under a running operation.</summary>
    private static void KeepAlive(Tensor first, Tensor? second = null, Tensor? third = null)
    {
        GC.KeepAlive(first.Buffer);
        GC.KeepAlive(second?.Buffer);
        GC.KeepAlive(third?.Buffer);
    }

    private static TWeights Own<TWeights>(DeviceWeights weights)
        where TWeights : DeviceWeights
    {
        TWeights own = weights as TWeights ?? throw new ArgumentException($"The weights were loaded by another device ({weights?.GetType().Name ?? "null"}).");
        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        return own;
    }

    private static CpuKvCache Own(KvCache cache)
    {
        CpuKvCache own = cache as CpuKvCache ?? throw new ArgumentException($"The cache was made by another device ({cache?.GetType().Name ?? "null"}).");
        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        return own;
    }

    /// <summary>Runs units on the team, or here when they are too little work to share.</summary>
    private unsafe void Run(int units, long multiplyAdds, delegate*<void*, int, void> unit, void* state)
    {
        if (multiplyAdds >= WorkPlan.SerialWork)
        {
            _team.Run(units, unit, state);
            return;
        }

        for (int i = 0; i < units; i++)
            unit(state, i);
    }
}
