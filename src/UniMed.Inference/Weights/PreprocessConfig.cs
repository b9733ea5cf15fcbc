using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>How an image becomes pixels (docs/uni-med.md, section 2).</summary>
public sealed record PreprocessConfig
{
    /// <summary>Resampling filter; <c>bicubic</c> is Pillow's, a = -0.5 with antialiasing.</summary>
    public string Resample { get; init; } = "bicubic";

    /// <summary>Subtracted from each channel (red, green, blue) after division by 255.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary>Each channel is divided by this after the mean is subtracted.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(PreprocessConfig)} {{ {nameof(Resample)} = {Resample}, {nameof(Mean)} = {Printed.Numbers(Mean)}, {nameof(Std)} = {Printed.Numbers(Std)} }}";
}
