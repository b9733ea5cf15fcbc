using System.Text.Json.Serialization;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>An answer with the probability of every label.</summary>
internal sealed record ClassifyRecord : AnswerRecord
{
    public ClassifyRecord()
    {
    }

    public ClassifyRecord(ClassifyAnswer answer)
        : base(UniMedTask.Cls, answer)
    {
        Label = answer.Label;
        Scores = answer.Scores;
    }

    /// <summary>The most probable label.</summary>
    [JsonPropertyOrder(5)]
    public string Label { get; init; } = "";

    /// <summary>Every label, most probable first.</summary>
    [JsonPropertyOrder(6)]
    public IReadOnlyList<LabelScore> Scores { get; init; } = [];
}
