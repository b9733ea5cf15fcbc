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
