using UniMed.Inference.Weights.Layout;
using UniMed.Native;
using UniMed.WeightsConverter.Torch;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Decides how each tensor is written, and why one is written in more bits than asked for.</summary>
internal sealed class FormatPlan
{
    private readonly WeightDtype _dtype;
    private readonly IReadOnlyList<WeightPart> _keepF16;
    private readonly IReadOnlyList<WeightPart> _keepInt8;

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="ConversionException">Parts are kept in a conversion that does not quantize.</exception>
    public FormatPlan(ConversionRequest request)
    {
        _dtype = request.Dtype;
        if (request.KeepF16 is not null && _dtype is not (WeightDtype.Int8 or WeightDtype.Int4))
            throw new ConversionException($"--keep-f16 belongs to --dtype int8 and int4; --dtype is {OptionText.Of(_dtype).ToLowerInvariant()}. Leave one of them out.");
        if (request.KeepInt8 is not null && _dtype != WeightDtype.Int4)
            throw new ConversionException($"--keep-int8 belongs to --dtype int4; --dtype is {OptionText.Of(_dtype).ToLowerInvariant()}. Leave one of them out.");
        _keepF16 = request.KeepF16 ?? [];
        _keepInt8 = _dtype == WeightDtype.Int4 ? request.KeepInt8 ?? ConversionRequest.DefaultKeepInt8 : [];
    }

    /// <summary>How a tensor is written.</summary>
    public OutputFormat Of(PlannedTensor tensor) => _dtype switch
    {
        WeightDtype.F32 => OutputFormat.Plain(ElementType.F32),
        WeightDtype.F16 => OutputFormat.Plain(ElementType.F16),
        WeightDtype.BF16 => OutputFormat.Plain(ElementType.BF16),
        WeightDtype.Int8 or WeightDtype.Int4 => Quantized(tensor, out _),
        _ => OutputFormat.Plain(tensor.Lora is null ? tensor.Source.Type.ToElementType()!.Value : ElementType.F32),
    };

    /// <summary>Why a matrix is written in more bits than the conversion asks for; null when it is not.</summary>
    public string? ReasonForMoreBits(PlannedTensor tensor)
    {
        if (_dtype is not (WeightDtype.Int8 or WeightDtype.Int4))
            return null;
        Quantized(tensor, out string? reason);
        return reason;
    }

    private OutputFormat Quantized(PlannedTensor tensor, out string? reason)
    {
        reason = null;
        LayoutTensor layout = tensor.Layout;
        OutputFormat plain = OutputFormat.Plain(layout.TypeBesideBlocks);
        if (WeightParts.Of(layout.Role) is not { } part)
            return plain;
        if (_keepF16.Contains(part))
        {
            reason = $"{WeightParts.Text(part)} is kept";
            return plain;
        }

        if (!layout.CanBeQuantized)
        {
            reason = $"the engine cuts it at column {layout.SplitAt} (task_token_c), which is not a multiple of {BlockQuantization.BlockSize}";
            return plain;
        }

        if (!_keepInt8.Contains(part))
            return _dtype == WeightDtype.Int8 ? OutputFormat.Int8 : OutputFormat.Int4;
        reason = $"{WeightParts.Text(part)} is kept";
        return OutputFormat.Int8;
    }
}
