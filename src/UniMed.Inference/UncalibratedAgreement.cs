using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>
/// How far sampled answers to one question agree: the more they do, the surer the model is of what it says. Uncalibrated: a share of the model's own samples, and no measured frequency of being
/// right.
/// </summary>
/// <typeparam name="TAnswer">Kind of answer.</typeparam>
/// <param name="Answers">Every sample, in the order of their seeds.</param>
/// <param name="MostCommon">The first of the most common answers; of equally common ones the one that came first.</param>
/// <param name="Share">Share of the answers that say the same as <paramref name="MostCommon"/>: above 0, up to 1. Texts are compared in lower case as the evaluation does, boxes by their numbers.</param>
/// <param name="MeanPairwiseIoU">
/// For locations the mean over all pairs of answers of intersection over union of their boxes in pixels, by the evaluation's convention (sides counted with both ends, "+1"): 0 to 1; a pair in which
/// one is no box counts as 0. Null for other answers.
/// </param>
public sealed record UncalibratedAgreement<TAnswer>(IReadOnlyList<TAnswer> Answers, TAnswer MostCommon, double Share, double? MeanPairwiseIoU)
    where TAnswer : TaskAnswer
{
    /// <summary>For a person: numbers to four decimals, of the other answers their texts.</summary>
    public override string ToString()
    {
        string overlap = MeanPairwiseIoU is { } mean ? Printed.Number(mean) : "";
        return $"UncalibratedAgreement {{ {nameof(Share)} = {Printed.Number(Share)}, {nameof(MeanPairwiseIoU)} = {overlap}, {nameof(MostCommon)} = {MostCommon}, {nameof(Answers)} = {Printed.List(Answers.Select(answer => answer.Text))} }}";
    }
}
