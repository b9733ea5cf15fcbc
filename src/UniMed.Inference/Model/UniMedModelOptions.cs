using UniMed.Inference.Messages;
using UniMed.Native;
using UniMed.Native.Cuda;

namespace UniMed.Inference;

/// <summary>How to load a model.</summary>
public sealed record UniMedModelOptions
{
    /// <summary>Positions in one block of the key-value cache.</summary>
    internal const int KvBlockSize = 16;

    private const int MaxThreads = 1024;

    /// <summary>Full-length contexts that the cache holds unless told otherwise.</summary>
    internal const int DefaultCachedContexts = 4;

    /// <summary>Name of the device, as <see cref="DeviceCatalog.List"/> gives it; "auto" chooses. Default "auto".</summary>
    public string Device { get; init; } = DeviceCatalog.Auto;

    /// <summary>A CUDA context and stream of the host program, in which the model is to work, on that context's card. Pictures in its memory can be opened then (<see cref="UniMedModel.Open(DevicePixels, Windowing?, bool, CancellationToken)"/>). Default: none; the device opens what it needs.</summary>
    public CudaHostContext? CudaHost { get; init; }

    /// <summary>Threads of the device "cpu", 1 to 1024. Answers do not depend on it. Default: one on each processor.</summary>
    public int? Threads { get; init; }

    /// <summary>Takes lines worth keeping: at loading which device runs the model, and why the better ones do not. Called from the loading thread. Default: none.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Positions in the key-value cache, 1 and up, shared by all requests at once; requests that do not fit wait. Default: four times the model's max_position_embeddings. Memory is only used as positions are.</summary>
    public int? KvCacheTokens { get; init; }

    /// <summary>Largest images that are accepted.</summary>
    public ImageLimits ImageLimits { get; init; } = new();

    internal void Validate()
    {
        if (KvCacheTokens is < 1)
            throw new UniMedException(UniMedFailure.InvalidInput, $"KvCacheTokens is {KvCacheTokens}; it must be 1 or more. Correct the model's options.");
        if (Threads is < 1 or > MaxThreads)
            throw new UniMedException(UniMedFailure.InvalidInput, $"Threads is {Threads}; it must be from 1 to {MaxThreads}. Correct the model's options.");
        Argument.Text(Device, $"{nameof(UniMedModelOptions)}.{nameof(Device)}");
        if (CudaHost is not null && Device != DeviceCatalog.Auto)
            throw new UniMedException(UniMedFailure.InvalidInput, $"Device is '{Device}' and CudaHost is given, which says itself which card it is. Leave Device out.");
        if (CudaHost is not null && Threads is not null)
            throw new UniMedException(UniMedFailure.InvalidInput, $"Threads is {Threads} and CudaHost is given; threads are for device '{DeviceCatalog.Cpu}'. Leave one of them out.");
        ArgumentNullException.ThrowIfNull(ImageLimits, $"{nameof(UniMedModelOptions)}.{nameof(ImageLimits)}");
    }
}
