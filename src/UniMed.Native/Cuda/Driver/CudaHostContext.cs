using System.Globalization;

namespace UniMed.Native.Cuda;

/// <summary>
/// What a host program has on a card and shares with the model: a context, and the stream in which it prepares pictures. Handles are raw, as every binding of CUDA gives them:
/// ManagedCuda's <c>CudaContext.Context.Pointer</c>, ILGPU's <c>CudaAccelerator.NativePtr</c>, the <c>cudaStream_t</c> of a library on the CUDA runtime.
/// </summary>
/// <remarks>
/// Both stay the host's. The context is made current for the length of each call, on whichever thread that is, and what was current before is so again after it. It is never destroyed or reset.
/// Own work runs in streams of its own; in the host's stream nothing is put but the record of an event. Dispose the model (or device) first, then the stream, then the context.
/// Immutable and thread-safe.
/// </remarks>
public sealed class CudaHostContext
{
    private CudaHostContext(nint context, int? ordinal, nint stream)
    {
        Context = context;
        Ordinal = ordinal;
        Stream = stream;
    }

    /// <summary>CUcontext; 0 where the primary context of <see cref="Ordinal"/> is meant.</summary>
    public nint Context { get; }

    /// <summary>Number of the card whose primary context is meant; null where <see cref="Context"/> is given.</summary>
    public int? Ordinal { get; }

    /// <summary>CUstream; 0 is CUDA's default stream.</summary>
    public nint Stream { get; }

    /// <summary>A context that the host made.</summary>
    /// <param name="context">CUcontext. It outlives the model.</param>
    /// <param name="stream">CUstream of that context, in which pictures are made that the model is to read; 0 is the default stream. It outlives the model.</param>
    /// <exception cref="ArgumentException">The context is 0.</exception>
    public static CudaHostContext Of(nint context, nint stream = 0) => context != 0
        ? new CudaHostContext(context, null, stream)
        : throw new ArgumentException(
            $"The CUDA context is 0, which is none. Give the handle that cuCtxCreate returned, or take {nameof(Primary)} for the context of the CUDA runtime, PyTorch and TorchSharp.", nameof(context));

    /// <summary>The primary context of a card, which the CUDA runtime and whatever is built on it (PyTorch, TorchSharp) works in. It is retained, and released with the model.</summary>
    /// <param name="ordinal">Number of the card, from 0, as CUDA counts in this process (CUDA_VISIBLE_DEVICES).</param>
    /// <param name="stream">CUstream of that context, in which pictures are made that the model is to read; 0 is the default stream. It outlives the model.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static CudaHostContext Primary(int ordinal, nint stream = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        return new CudaHostContext(0, ordinal, stream);
    }

    /// <summary>For a log.</summary>
    public override string ToString()
    {
        string which = Ordinal is { } ordinal ? $"primary context of card {ordinal.ToString(CultureInfo.InvariantCulture)}" : $"context 0x{Context:x}";
        return $"{which}, {(Stream == 0 ? "default stream" : $"stream 0x{Stream:x}")}";
    }
}
