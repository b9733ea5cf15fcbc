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
    private readonly HostAllocations _allocations = new();
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
    public override long AllocatedBytes => _allocations.Bytes;

    /// <summary>What a device would say of itself that was opened with one thread on each processor.</summary>
    internal static string DefaultDescription => Describe(Environment.ProcessorCount, ProcessorPrefetch.Hint);

    /// <inheritdoc/>
    protected override DeviceStep CreateStepCore() => new DirectStep(this);

    /// <inheritdoc/>
    protected override DeviceBuffer AllocateCore(long elements) => new HostBuffer(this, _allocations, elements);

    /// <inheritdoc/>
    protected override KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        // Tiles read keys as they lie: in whole vectors, and in whole groups of rows, up to three behind the last.
        int rowLength = headDim <= int.MaxValue - Kernels.Pad ? Kernels.PadColumns(headDim) : headDim;
        return new HostKvCache(this, _allocations, layers, kvHeads, headDim, blocks, blockSize, rowLength, Kernels.TileRows);
    }

    /// <inheritdoc/>
    protected override unsafe void UploadCore(ReadOnlySpan<float> source, Tensor destination) => source.CopyTo(new Span<float>(Data(destination), source.Length));

    /// <inheritdoc/>
    protected override unsafe void DownloadCore(Tensor source, Span<float> destination) => new ReadOnlySpan<float>(Data(source), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    protected override unsafe void CopyCore(Tensor source, Tensor destination) =>
        Buffer.MemoryCopy(Data(source), Data(destination), destination.Length * sizeof(float), source.Length * sizeof(float));

    /// <summary>Ends the threads. Buffers, caches and weights are disposed by whoever asked for them.</summary>
    protected override void DisposeCore() => _team.Dispose();

    private static string Describe(int threads, PrefetchHint prefetch) =>
        $"{Kernels.Best.VectorBits}-bit SIMD{ProcessorVectors.Unused(Kernels.Best.VectorBits)} on {threads} thread{(threads == 1 ? string.Empty : "s")}; f32, f16, bf16, int8 and int4 weights in place; "
        + $"activations in fp32, 16 bits beside int8, 8 bits beside int4{(X86Base.IsSupported ? $"; weights fetched ahead with {ProcessorPrefetch.Describe(prefetch)}" : string.Empty)}";

    private static unsafe float* Data(Tensor tensor) => HostBuffer.Data(tensor);

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
