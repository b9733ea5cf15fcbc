using System.Text.Json.Serialization;
using UniMed.Cli.Requests;
using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>An answer as programs read it: a line of a run, or the one object of --json. README.md of this folder lists the members.</summary>
internal record AnswerRecord
{
    public AnswerRecord()
    {
    }

    /// <summary>Takes over what every answer carries.</summary>
    public AnswerRecord(UniMedTask task, TaskAnswer answer)
    {
        Task = task.Name();
        Text = answer.Text;
        TokenIds = answer.TokenIds;
        FinishReason = NameOf(answer.FinishReason);
        LogProbabilities = answer.LogProbabilities;
        UncalibratedScore = answer.UncalibratedScore;
        Routing = answer.Routing is { } maps ? MeanWeights(maps) : null;
        TimingsMs = answer.Timings is { } timings ? new TimingsRecord(timings) : null;
    }

    [JsonPropertyOrder(0)]
    public RequestId? Id { get; init; }

    [JsonPropertyOrder(1)]
    public string Task { get; init; } = "";

    [JsonPropertyOrder(2)]
    public string Text { get; init; } = "";

    [JsonPropertyOrder(3)]
    public IReadOnlyList<int> TokenIds { get; init; } = [];

    /// <summary>stop, length or context.</summary>
    [JsonPropertyOrder(4)]
    public string FinishReason { get; init; } = "";

    [JsonPropertyOrder(10)]
    public IReadOnlyList<float>? LogProbabilities { get; init; }

    [JsonPropertyOrder(11)]
    public UncalibratedSequenceScore? UncalibratedScore { get; init; }

    /// <summary>How far samples agree, where several were drawn.</summary>
    [JsonPropertyOrder(12)]
    public AgreementRecord? UncalibratedAgreement { get; init; }

    /// <summary>Mean weight of each expert over all visual tokens of all images.</summary>
    [JsonPropertyOrder(13)]
    public IReadOnlyList<double>? Routing { get; init; }

    [JsonPropertyOrder(14)]
    public TimingsRecord? TimingsMs { get; init; }

    private static string NameOf(FinishReason reason) => reason switch
    {
        Inference.FinishReason.Stop => "stop",
        Inference.FinishReason.Length => "length",
        _ => "context",
    };

    private static double[] MeanWeights(IReadOnlyList<RoutingMap> maps)
    {
        IReadOnlyList<double>[] means = [.. maps.Select(map => map.MeanWeights())];
        return [.. Enumerable.Range(0, means[0].Count).Select(expert => means.Average(image => image[expert]))];
    }
}

/// <summary>How far samples agree. Uncalibrated.</summary>
/// <param name="Samples">How many were drawn.</param>
/// <param name="Share">Share of those that say what is given as the answer.</param>
/// <param name="MeanPairwiseIou">Of boxes; null for other answers.</param>
internal sealed record AgreementRecord(int Samples, double Share, [property: JsonPropertyName("mean_pairwise_iou")] double? MeanPairwiseIou);

/// <summary>Milliseconds of each stage, to the microsecond; vision and connector are 0 where an earlier question about the image paid for them.</summary>
internal sealed record TimingsRecord(double Vision, double Connector, double Prefill, IReadOnlyList<double> Tokens)
{
    public TimingsRecord(StageTimings timings)
        : this(Round(timings.Vision), Round(timings.Connector), Round(timings.Prefill), [.. timings.Tokens.Select(Round)])
    {
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 3);
}
