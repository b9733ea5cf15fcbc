using Microsoft.Extensions.Configuration;
using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>A section of a host's configuration: what can be written of <see cref="UniMedHostingOptions"/>. What is not there stays as it is by default.</summary>
internal sealed class UniMedSettings
{
    public string? ModelPath { get; set; }

    public ModelSettings? Model { get; set; }

    public EngineSettings? Engine { get; set; }

    /// <summary>Reads a section.</summary>
    /// <exception cref="UniMedException">It is not there, has a key that is not known, or a value that is of another kind; the message has the key.</exception>
    public static UniMedSettings Read(IConfigurationSection section)
    {
        try
        {
            return section.Get<UniMedSettings>(binder => binder.ErrorOnUnknownConfiguration = true)
                ?? throw new UniMedException(UniMedFailure.InvalidInput, $"The configuration has no section '{section.Path}', or it is empty. Write it, with {nameof(ModelPath)} in it.");
        }
        catch (InvalidOperationException error)
        {
            string cause = error.InnerException is { } inner ? $" {inner.Message}" : "";
            throw new UniMedException(UniMedFailure.InvalidInput, $"The configuration's section '{section.Path}' cannot be used: {error.Message}{cause} Its keys are the members of {nameof(UniMedHostingOptions)}; correct or remove this one.", error);
        }
    }

    /// <summary>Sets what is written here.</summary>
    public void ApplyTo(UniMedHostingOptions options)
    {
        options.ModelPath = ModelPath ?? options.ModelPath;
        if (Model is { } model)
            options.Model = model.Over(options.Model);
        if (Engine is { } engine)
            options.Engine = engine.Over(options.Engine);
    }

    /// <summary>Of <see cref="UniMedModelOptions"/>.</summary>
    internal sealed class ModelSettings
    {
        public string? Device { get; set; }

        public int? Threads { get; set; }

        public int? KvCacheTokens { get; set; }

        public LimitSettings? ImageLimits { get; set; }

        public UniMedModelOptions Over(UniMedModelOptions options) => options with
        {
            Device = Device ?? options.Device,
            Threads = Threads ?? options.Threads,
            KvCacheTokens = KvCacheTokens ?? options.KvCacheTokens,
            ImageLimits = ImageLimits?.Over(options.ImageLimits) ?? options.ImageLimits,
        };
    }

    /// <summary>Of <see cref="UniMed.Inference.ImageLimits"/>.</summary>
    internal sealed class LimitSettings
    {
        public int? MaxDimension { get; set; }

        public long? MaxPixels { get; set; }

        public long? MaxEncodedBytes { get; set; }

        public ImageLimits Over(ImageLimits limits) => limits with
        {
            MaxDimension = MaxDimension ?? limits.MaxDimension,
            MaxPixels = MaxPixels ?? limits.MaxPixels,
            MaxEncodedBytes = MaxEncodedBytes ?? limits.MaxEncodedBytes,
        };
    }

    /// <summary>Of <see cref="EngineOptions"/>.</summary>
    internal sealed class EngineSettings
    {
        public int? MaxQueuedRequests { get; set; }

        public int? MaxRunningRequests { get; set; }

        public int? MaxPrefillRows { get; set; }

        public int? MaxImagesAtOnce { get; set; }

        public int? KvCacheTokens { get; set; }

        public long? VisualCacheBytes { get; set; }

        public bool? SharePrefixes { get; set; }

        public EngineOptions Over(EngineOptions options) => options with
        {
            MaxQueuedRequests = MaxQueuedRequests ?? options.MaxQueuedRequests,
            MaxRunningRequests = MaxRunningRequests ?? options.MaxRunningRequests,
            MaxPrefillRows = MaxPrefillRows ?? options.MaxPrefillRows,
            MaxImagesAtOnce = MaxImagesAtOnce ?? options.MaxImagesAtOnce,
            KvCacheTokens = KvCacheTokens ?? options.KvCacheTokens,
            VisualCacheBytes = VisualCacheBytes ?? options.VisualCacheBytes,
            SharePrefixes = SharePrefixes ?? options.SharePrefixes,
        };
    }
}
