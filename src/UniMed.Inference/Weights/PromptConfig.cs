namespace UniMed.Inference;

/// <summary>Prompt template and tokens (docs/uni-med.md, section 5).</summary>
public sealed record PromptConfig
{
    /// <summary>The prompt around an instruction with an image; {instruction} is replaced.</summary>
    public string ImageTemplate { get; init; } = "<s>[INST] <Img><ImageHere></Img> {instruction} [/INST]";

    /// <summary>The prompt around an instruction without an image.</summary>
    public string TextTemplate { get; init; } = "<s>[INST] {instruction} [/INST]";

    /// <summary>Where the visual tokens go.</summary>
    public string ImagePlaceholder { get; init; } = "<ImageHere>";

    /// <summary>Beginning-of-sequence token.</summary>
    public int BosTokenId { get; init; } = 1;

    /// <summary>End-of-sequence token: generation stops at it.</summary>
    public int EosTokenId { get; init; } = 2;

    /// <summary>Unknown token.</summary>
    public int UnkTokenId { get; init; }

    /// <summary>Padding token; the engine never pads, it is kept for hosts.</summary>
    public int PadTokenId { get; init; }
}
