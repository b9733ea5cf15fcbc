using System.Text.Json.Serialization;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>An answer with a box; the box is null when the answer does not spell one.</summary>
internal sealed record LocateRecord : AnswerRecord
{
    public LocateRecord()
    {
    }

    public LocateRecord(TaskAnswer answer, BoxRecord? box)
        : base(UniMedTask.Refer, answer) => Box = box;

    [JsonPropertyOrder(5)]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public BoxRecord? Box { get; init; }

    /// <summary>The annotated picture, where one was asked for.</summary>
    [JsonPropertyOrder(15)]
    public string? Picture { get; init; }
}

/// <summary>A box as two corners x1, y1, x2, y2.</summary>
/// <param name="Percent">Whole percent of the image's width and height, as the model wrote them.</param>
/// <param name="Pixels">Pixels of the image.</param>
internal sealed record BoxRecord(IReadOnlyList<int> Percent, IReadOnlyList<double> Pixels)
{
    public static BoxRecord From(PercentBox percent, PixelBox pixels) =>
        new([percent.X1, percent.Y1, percent.X2, percent.Y2], [pixels.X1, pixels.Y1, pixels.X2, pixels.Y2]);
}
