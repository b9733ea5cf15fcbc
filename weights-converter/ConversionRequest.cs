namespace UniMed.WeightsConverter;

/// <summary>What to convert, where to, and how.</summary>
public sealed record ConversionRequest
{
    /// <summary>The default of <see cref="MaxShardBytes"/>: 4 GiB.</summary>
    public const long DefaultMaxShardBytes = 4L << 30;

    /// <summary>The default of <see cref="KeepInt8"/>: lm_head.</summary>
    /// <remarks>In 4 bits the head costs as many answers as all other matrices together (docs/numerics.md), and it holds less than 2 % of the full model's weights.</remarks>
    public static IReadOnlyList<WeightPart> DefaultKeepInt8 { get; } = [WeightPart.LmHead];

    /// <summary>The vision transformer's .pth. A vit.json beside it, where there is one, gives its sizes.</summary>
    public required string VisionPath { get; init; }

    /// <summary>The language model's Hugging Face folder.</summary>
    public required string LanguageFolder { get; init; }

    /// <summary>The training checkpoint.</summary>
    public required string CheckpointPath { get; init; }

    /// <summary>The folder to write. It must not exist, or be empty, unless <see cref="Force"/> is set.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Type of the converted tensors (f16).</summary>
    public WeightDtype Dtype { get; init; } = WeightDtype.F16;

    /// <summary>Parts that a conversion to int8 or int4 writes as F16 (null: none). Must be null with every other dtype.</summary>
    public IReadOnlyList<WeightPart>? KeepF16 { get; init; }

    /// <summary>Parts that a conversion to int4 writes as int8 unless <see cref="KeepF16"/> names them (null: <see cref="DefaultKeepInt8"/>). Must be null with every other dtype.</summary>
    public IReadOnlyList<WeightPart>? KeepInt8 { get; init; }

    /// <summary>Replace an output folder that is not empty, once the conversion has succeeded.</summary>
    public bool Force { get; init; }

    /// <summary>Most bytes of tensor data in one safetensors file, at least 1 (4 GiB). A larger tensor gets its own file.</summary>
    public long MaxShardBytes { get; init; } = DefaultMaxShardBytes;

    /// <summary>Options of the model that the checkpoint's configuration does not give.</summary>
    public ConversionOptions Options { get; init; } = new();
}
