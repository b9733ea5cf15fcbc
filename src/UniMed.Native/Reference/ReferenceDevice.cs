using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// The specification of every operation: plain fp32 C#, one operation a file, parallel over rows. Other devices are tested against it; it is chosen where exactness
/// is wanted more than speed.
/// </summary>
/// <remarks>Thread-safe. Weights are used in place from the memory they were loaded from. Results are the same on every processor and for every number of threads.</remarks>
public sealed partial class ReferenceDevice : Device
{
    private readonly HostAllocations _allocations = new();

    /// <inheritdoc/>
    public override DeviceInfo Info { get; } = new(DeviceKind.Reference, "reference", $"plain fp32 C# on {Environment.ProcessorCount} processors; the specification of every operation");

    /// <inheritdoc/>
    public override long AllocatedBytes => _allocations.Bytes;

    /// <inheritdoc/>
    protected override DeviceBuffer AllocateCore(long elements) => new HostBuffer(this, _allocations, elements);

    /// <inheritdoc/>
    protected override KvCache CreateKvCacheCore(int layers, int kvHeads, int headDim, int blocks, int blockSize) =>
        new HostKvCache(this, _allocations, layers, kvHeads, headDim, blocks, blockSize, headDim, rowsBehind: 0);

    /// <inheritdoc/>
    protected override DeviceStep CreateStepCore() => new DirectStep(this);

    /// <inheritdoc/>
    protected override unsafe void UploadCore(ReadOnlySpan<float> source, Tensor destination) => source.CopyTo(new Span<float>(Data(destination), source.Length));

    /// <inheritdoc/>
    protected override unsafe void DownloadCore(Tensor source, Span<float> destination) => new ReadOnlySpan<float>(Data(source), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    protected override unsafe void CopyCore(Tensor source, Tensor destination) =>
        Buffer.MemoryCopy(Data(source), Data(destination), destination.Length * sizeof(float), source.Length * sizeof(float));

    private static unsafe float* Data(Tensor tensor) => HostBuffer.Data(tensor);
}
