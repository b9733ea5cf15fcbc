namespace UniMed.WeightsConverter.Reporting;

/// <summary>What a conversion did with every key of its sources. Immutable.</summary>
public sealed record ConversionReport
{
    /// <summary>The folder that was written.</summary>
    public required string Output { get; init; }

    /// <summary>The dtype option: keep, f32, f16, bf16, int8 or int4.</summary>
    public required string Dtype { get; init; }

    /// <summary>Bytes of all files of the output.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Names of the files of the output.</summary>
    public required IReadOnlyList<string> OutputFiles { get; init; }

    /// <summary>Options and where each value came from.</summary>
    public required IReadOnlyList<ReportedOption> Options { get; init; }

    /// <summary>Tensors of the output, in the order of planning: vision, connector, language.</summary>
    public required IReadOnlyList<UsedTensor> Used { get; init; }

    /// <summary>Tensors and bytes of each format of the output.</summary>
    public required IReadOnlyList<FormatTotal> Formats { get; init; }

    /// <summary>Matrices that were written in more bits than the dtype asks for, and why.</summary>
    public required IReadOnlyList<KeptTensor> Kept { get; init; }

    /// <summary>LoRA pairs that were merged.</summary>
    public required IReadOnlyList<MergedLora> Merged { get; init; }

    /// <summary>Keys whose tensor was replaced by the checkpoint's.</summary>
    public required IReadOnlyList<UnusedKey> Overridden { get; init; }

    /// <summary>Keys that nothing needs.</summary>
    public required IReadOnlyList<UnusedKey> Unused { get; init; }

    /// <summary>Keys that are no parameters (buffers), or the same tensor as another key.</summary>
    public required IReadOnlyList<UnusedKey> Ignored { get; init; }

    /// <summary>Optional tensors that no source holds, and what stands for them. A required one that is missing is an error instead.</summary>
    public required IReadOnlyList<UnusedKey> Missing { get; init; }

    /// <summary>What else was decided, one sentence each: wrappers taken off keys, sets of weights passed over, token ids without a piece.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
