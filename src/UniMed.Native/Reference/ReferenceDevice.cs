using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// The specification of every operation: plain fp32 C#, one operation a file, parallel over rows. Other devices are tested against it; it is chosen where exactness
/// is wanted more than speed.
/// </summary>
/// <remarks>Thread-safe. Weights are used in place from the memory they were loaded from. Results are the same on every processor and for every number of threads.</remarks>
public sealed partial class ReferenceDevice : Device
{

    /// <inheritdoc/>
    public override DeviceInfo Info { get; } = new(DeviceKind.Reference, "reference", $"plain fp32 C# on {Environment.ProcessorCount} processors; the specification of every operation");

    /// <inheritdoc/>
    public override long AllocatedBytes => Allocations.Bytes;

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long elements) => new HostBuffer<ReferenceDevice>(Allocations, elements);

    /// <inheritdoc/>
    public override KvCache CreateKvCache(int layers, int kvHeads, int headDim, int blocks, int blockSize)
    {
        Require.CacheSizes(layers, kvHeads, headDim, blocks, blockSize);
        return new ReferenceKvCache(this, layers, kvHeads, headDim, blocks, blockSize);
    }

    /// <inheritdoc/>
    public override DeviceStep CreateStep() => new DirectStep();

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

    /// <summary>Does nothing: buffers, caches and weights are disposed by whoever asked for them.</summary>
    public override void Dispose()
    {
    }

    internal HostAllocations Allocations { get; } = new();

    private static unsafe float* Data(Tensor tensor) =>
        tensor.Buffer is HostBuffer<ReferenceDevice> buffer
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

    private static ReferenceKvCache Own(KvCache cache)
    {
        ReferenceKvCache own = cache as ReferenceKvCache ?? throw new ArgumentException($"The cache was made by another device ({cache?.GetType().Name ?? "null"}).");
        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        return own;
    }
}
