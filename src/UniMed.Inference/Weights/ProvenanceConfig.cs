using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>Where the weights came from.</summary>
public sealed record ProvenanceConfig
{
    /// <summary>The converter and its version.</summary>
    public required string Converter { get; init; }

    /// <summary>The dtype option: f32, f16, bf16, int8, int4 or keep.</summary>
    public required string Dtype { get; init; }

    /// <summary>Every source file that was read, in the order of reading.</summary>
    public required IReadOnlyList<SourceFile> Sources { get; init; }

    /// <summary>LoRA rank that was merged; 0 when none.</summary>
    public int LoraRank { get; init; }

    /// <summary>LoRA alpha that was merged: W' = W + (alpha / rank) B A.</summary>
    public double LoraAlpha { get; init; }

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(ProvenanceConfig)} {{ {nameof(Converter)} = {Converter}, {nameof(Dtype)} = {Dtype}, {nameof(Sources)} = {Printed.List(Sources)}, {nameof(LoraRank)} = {LoraRank}, {nameof(LoraAlpha)} = {Printed.Number(LoraAlpha)} }}";
}
