namespace UniMed.Native;

/// <summary>
/// One place where the model can run: its memory, its layout of weights, and the operations of the model, each as large as the best kernel wants it.
/// </summary>
/// <remarks>
/// Activations are row-major fp32 matrices (<see cref="Tensor"/>); rows are tokens of one or of many requests, and operations that look across rows get the
/// requests' borders. Weights keep their stored type and are widened where they are used; sums are fp32 or better. Matrices of linear layers, gates, attention projections, routers and
/// experts may be quantized (<see cref="WeightFormat"/>); biases, norms, embedding tables and patch embeddings are floating point. Every output element is summed in one fixed
/// order that depends on neither the batch nor the number of threads, so a request gives the same bits alone and in any company. Outputs must not overlap inputs
/// except where an operation says so. Operations may run after the call returns; <see cref="Download"/> waits. Wrong shapes,
/// indices out of range, overlaps and another device's objects (also another instance's of the same type) are <see cref="ArgumentException"/>, disposed objects and a disposed device
/// <see cref="ObjectDisposedException"/>: mistakes of the caller, not of a file. Nothing is written before they are found. Thread-safe: operations on different outputs may run at once.
/// <para>
/// This class is the one gate: each operation checks its arguments here, alike for every device, and then calls the device's own part, the method of the same name and Core. A Core may rely on
/// what was checked, is not called for outputs without elements, and refuses only what is the device's own limit.
/// </para>
/// </remarks>
public abstract partial class Device : IDisposable
{
    private readonly Device _maker;
    private int _disposed;

    /// <summary>Creates the base of a device.</summary>
    protected Device() => _maker = this;

    /// <summary>Creates the base of a device that hands its operations on to another one: what that one made is its own too, and is called by that one's name in messages.</summary>
    /// <param name="inner">The device that makes and runs everything.</param>
    protected Device(Device inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _maker = inner._maker;
    }

    /// <summary>What this device is.</summary>
    public abstract DeviceInfo Info { get; }

    /// <summary>Bytes of device memory now held by buffers, caches and weights this device allocated (weights used in place from a file do not count).</summary>
    public abstract long AllocatedBytes { get; }

    /// <summary>True after <see cref="Dispose"/>: operations answer with <see cref="ObjectDisposedException"/>.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Allocates fp32 memory; contents are undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had.</exception>
    public DeviceBuffer Allocate(long elements)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        return AllocateCore(elements);
    }

    /// <summary>Makes a step: operations that are run again and again and may be recorded.</summary>
    public DeviceStep CreateStep()
    {
        ThrowIfDisposed();
        return CreateStepCore();
    }

    /// <summary>Copies host numbers into a matrix.</summary>
    /// <param name="source">As many numbers as the matrix has.</param>
    /// <param name="destination">The matrix.</param>
    public void Upload(ReadOnlySpan<float> source, Tensor destination)
    {
        ThrowIfDisposed();
        RequireUsable(destination, nameof(destination));
        Require.Length(source.Length, destination, nameof(source));
        UploadCore(source, destination);
        KeepAlive(destination.Buffer);
    }

    /// <summary>Waits for the matrix and copies it to the host.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="destination">Room for as many numbers as the matrix has.</param>
    public void Download(Tensor source, Span<float> destination)
    {
        ThrowIfDisposed();
        RequireUsable(source, nameof(source));
        Require.Length(destination.Length, source, nameof(destination));
        DownloadCore(source, destination);
        KeepAlive(source.Buffer);
    }

    /// <summary>Copies a matrix of the same shape.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="destination">As many rows and columns, elsewhere.</param>
    public void Copy(Tensor source, Tensor destination)
    {
        ThrowIfDisposed();
        RequireUsable(source, nameof(source));
        RequireUsable(destination, nameof(destination));
        Require.Shape(destination, source.Rows, source.Columns, nameof(destination));
        Require.Apart(destination, source, nameof(destination));
        if (source.Length == 0)
            return;
        CopyCore(source, destination);
        KeepAlive(source.Buffer, destination.Buffer);
    }

    /// <summary>Closes the device once; objects that it made may be disposed before and after.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        DisposeCore();
        GC.SuppressFinalize(this);
    }

    /// <summary>Allocates fp32 memory for a number of elements that is not negative.</summary>
    protected abstract DeviceBuffer AllocateCore(long elements);

    /// <summary>Makes a step.</summary>
    protected abstract DeviceStep CreateStepCore();

    /// <summary>Copies host numbers, possibly none, into a matrix of as many.</summary>
    protected abstract void UploadCore(ReadOnlySpan<float> source, Tensor destination);

    /// <summary>Waits for the matrix, possibly of no elements, and copies it to the host.</summary>
    protected abstract void DownloadCore(Tensor source, Span<float> destination);

    /// <summary>Copies a matrix to one of the same shape that does not overlap it.</summary>
    protected abstract void CopyCore(Tensor source, Tensor destination);

    /// <summary>Gives back what the device holds; called once.</summary>
    protected virtual void DisposeCore()
    {
    }

    /// <summary>The device is in use.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    /// <summary>A matrix in this device's memory.</summary>
    private void RequireUsable(in Tensor tensor, string name)
    {
        if (tensor.Buffer is null)
            throw new ArgumentException($"{name} is a default tensor, which lies in no buffer: take one of a buffer of this device.", name);
        RequireUsable(tensor.Buffer, name);
    }

    /// <summary>An object of this device, in use.</summary>
    private void RequireUsable(DeviceObject made, string name)
    {
        ArgumentNullException.ThrowIfNull(made, name);
        if (!ReferenceEquals(made.Device, _maker))
            throw Foreign(made, name);
        ObjectDisposedException.ThrowIf(made.IsDisposed, made);
    }

    private ArgumentException Foreign(DeviceObject made, string name)
    {
        string maker = made.Device.Info.Name;
        string instance = maker == Info.Name ? "another instance of device" : "device";
        return new ArgumentException($"{name} was made by {instance} '{maker}', not by this device '{Info.Name}'; allocate or load it on the device that uses it.", name);
    }

    /// <summary>Cores hold bare addresses; this keeps the finalizers of what nobody disposed from freeing the memory under a running operation.</summary>
    private static void KeepAlive(object? first, object? second = null, object? third = null, object? fourth = null)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        GC.KeepAlive(third);
        GC.KeepAlive(fourth);
    }
}
