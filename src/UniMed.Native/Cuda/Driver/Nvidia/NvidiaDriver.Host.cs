namespace UniMed.Native.Cuda.Nvidia;

/// <content>Contexts and streams that the host made.</content>
internal sealed unsafe partial class NvidiaDriver
{
    // CU_STREAM_LEGACY and CU_STREAM_PER_THREAD: the default streams by name, which every context has.
    private const nint LegacyStream = 1;
    private const nint PerThreadStream = 2;

    /// <summary>Opens the card that a context of the host is on, in that context.</summary>
    /// <param name="library">The driver.</param>
    /// <param name="host">The context, and a stream of it.</param>
    /// <exception cref="ArgumentException">The context is none, or the stream is none of it; the message says what to give.</exception>
    /// <exception cref="CudaException">The card cannot be used now.</exception>
    public static NvidiaDriver Over(NvidiaLibrary library, CudaHostContext host)
    {
        NvidiaDriver driver = host.Ordinal is { } ordinal
            ? new NvidiaDriver(library, library.Devices[ordinal])
            : new NvidiaDriver(library, CardOf(library, host.Context), host.Context);
        try
        {
            driver.RequireStream(host.Stream);
            return driver;
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    /// <summary>The card that a context is on.</summary>
    private static CudaDeviceProperties CardOf(NvidiaLibrary library, nint context)
    {
        NvidiaEntryPoints cuda = library.EntryPoints;
        CudaStatus status = cuda.cuCtxPushCurrent(context);
        if (status is CudaStatus.InvalidContext or CudaStatus.ContextIsDestroyed or CudaStatus.InvalidValue or CudaStatus.InvalidHandle)
        {
            CudaException cause = library.Error($"cuCtxPushCurrent of context 0x{context:x}", status);
            throw new ArgumentException(
                $"0x{context:x} is no CUDA context, or one that was destroyed: {cause.ErrorName}. Give the handle that cuCtxCreate returned, while the context lives; "
                + $"for the context of the CUDA runtime, PyTorch and TorchSharp take {nameof(CudaHostContext)}.{nameof(CudaHostContext.Primary)}.",
                cause);
        }

        if (status != CudaStatus.Success)
            throw library.Error($"cuCtxPushCurrent of context 0x{context:x}", status);
        int device;
        status = cuda.cuCtxGetDevice(&device);
        nint popped;
        cuda.cuCtxPopCurrent(&popped);
        if (status != CudaStatus.Success)
            throw library.Error($"cuCtxGetDevice of context 0x{context:x}", status);
        foreach (CudaDeviceProperties card in library.Devices)
        {
            int known;
            if (cuda.cuDeviceGet(&known, card.Ordinal) == CudaStatus.Success && known == device)
                return card;
        }

        throw new ArgumentException($"Context 0x{context:x} is on device {device}, which is none of the {library.Devices.Count} that the driver lists. Give a context of a card that is in CUDA_VISIBLE_DEVICES.");
    }

    private static CudaException HostContextIsGone(NvidiaLibrary library, string device, string operation, nint context)
    {
        const CudaStatus Status = CudaStatus.ContextIsDestroyed;
        CudaException words = library.Error(operation, Status);
        return new CudaException(
            $"{device}: {operation} in context 0x{context:x} of the host", Status, words.ErrorName, words.ErrorText,
            "The host destroyed or reset its context while the model was open. Dispose the model before the context, and load it again over one that lives.");
    }

    /// <summary>Refuses a stream of another context: its events would order nothing here.</summary>
    private void RequireStream(nint stream)
    {
        if (stream is 0 or LegacyStream or PerThreadStream)
            return;
        using Current current = Enter("cuStreamGetCtx");
        nint owner;
        CudaStatus status = _cuda.cuStreamGetCtx(stream, &owner);
        if (status is CudaStatus.InvalidHandle or CudaStatus.InvalidContext or CudaStatus.InvalidValue or CudaStatus.ContextIsDestroyed)
        {
            CudaException cause = _library.Error($"cuStreamGetCtx of stream 0x{stream:x}", status);
            throw new ArgumentException($"0x{stream:x} is no CUDA stream, or one that was destroyed: {cause.ErrorName}. Give a stream of the context that lives, or 0 for the default stream.", cause);
        }

        Check(status, $"cuStreamGetCtx of stream 0x{stream:x}");
        if (owner != _context)
        {
            throw new ArgumentException(
                $"Stream 0x{stream:x} belongs to context 0x{owner:x}, and the model would work in context 0x{_context:x}. Give a stream of that context, or the context of this stream.");
        }
    }
}
