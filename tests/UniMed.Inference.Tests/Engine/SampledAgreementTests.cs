using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>Confidence: scores of answers, and how far samples agree.</summary>
public class SampledAgreementTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static MedicalImage Image { get; } = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_score_of_an_answer_is_that_of_its_tokens()
    {
        TextAnswer plain = await nano.Study.AskAsync("Which plane is this MRI slice in?", cancellationToken: Cancellation);
        Assert.Null(plain.UncalibratedScore);
        TextAnswer answer = await nano.Study.AskAsync(
            "Which plane is this MRI slice in?", new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true } }, Cancellation);
        UncalibratedSequenceScore score = answer.UncalibratedScore!;
        double product = answer.LogProbabilities!.Aggregate(1.0, (all, one) => all * Math.Exp(one));
        Assert.Equal(product, Math.Exp(score.LogProbability), 9);
        Assert.Equal(score.LogProbability, score.MeanLogProbability * answer.TokenIds.Count, 9);
        Assert.Equal(Math.Pow(product, -1.0 / answer.TokenIds.Count), score.Perplexity, 9);
    }

    [Fact]
    public async Task Samples_of_an_engine_are_those_of_their_seeds_and_share_image_and_prompt()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        var options = new RequestOptions { Generation = new GenerationOptions { Temperature = 3, TopP = 1, Seed = 40, MaxNewTokens = 8 } };
        UncalibratedAgreement<TextAnswer> agreement = await SampledAgreement.MeasureAsync(6, (each, cancellation) => engine.AskAsync(Image, "Is there a tumor?", each, cancellation), options, Cancellation);
        Assert.Equal(1, engine.Statistics.ImagesEncoded);
        Assert.True(engine.Statistics.SharedPromptTokens >= 5 * 32);
        for (int i = 0; i < 6; i++)
        {
            GenerationOptions generation = options.Generation with { DoSample = true, Seed = 40 + (ulong)i };
            TextAnswer alone = await nano.Study.AskAsync("Is there a tumor?", new RequestOptions { Generation = generation }, Cancellation);
            Assert.Equal(alone.TokenIds, agreement.Answers[i].TokenIds);
        }

        string[] said = [.. agreement.Answers.Select(answer => AnswerText.ForEvaluation(answer.Text))];
        Assert.Equal(said.Max(text => said.Count(other => other == text)) / 6.0, agreement.Share);
        Assert.Equal(said.Count(other => other == AnswerText.ForEvaluation(agreement.MostCommon.Text)) / 6.0, agreement.Share);
        Assert.Null(agreement.MeanPairwiseIoU);
    }

    [Fact]
    public async Task Boxes_agree_by_their_overlap_and_certain_answers_agree_wholly()
    {
        var cold = new RequestOptions { Generation = new GenerationOptions { TopK = 1 } };
        UncalibratedAgreement<LocateAnswer> same = await SampledAgreement.MeasureAsync(4, (options, cancellation) => nano.Study.LocateAsync("left insula", options, cancellation), cold, Cancellation);
        Assert.Equal((1, 1), (same.Share, same.MeanPairwiseIoU));

        var hot = new RequestOptions { ConstrainToTask = true, Generation = new GenerationOptions { Temperature = 8, TopP = 1, TopK = 0 } };
        UncalibratedAgreement<LocateAnswer> spread = await SampledAgreement.MeasureAsync(5, (options, cancellation) => nano.Study.LocateAsync("left insula", options, cancellation), hot, Cancellation);
        PixelBox[] boxes = [.. spread.Answers.Select(answer => answer.Pixels!.Value)];
        double sum = 0;
        for (int i = 0; i < boxes.Length; i++)
        {
            for (int j = 0; j < i; j++)
                sum += Overlap(boxes[i], boxes[j]);
        }

        Assert.Equal(sum / 10, spread.MeanPairwiseIoU!.Value, 9);
        Assert.True(spread.MeanPairwiseIoU < 1);
    }

    [Fact]
    public async Task A_sample_that_fails_stops_the_others_and_its_error_is_raised()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxQueuedRequests = 3, MaxRunningRequests = 1 });
        var options = new RequestOptions { Generation = new GenerationOptions { MinLength = 90 } };
        await Assert.ThrowsAsync<EngineOverloadedException>(() => SampledAgreement.MeasureAsync(50, (each, cancellation) => engine.DescribeAsync(Image, null, each, cancellation), options, Cancellation));
        EngineStatistics after = engine.Statistics;
        Assert.Equal((0, 0), (after.Queued, after.Completed));
        await Assert.ThrowsAsync<UniMedException>(() => SampledAgreement.MeasureAsync(1, (each, cancellation) => engine.DescribeAsync(Image, null, each, cancellation), options, Cancellation));
    }

    private static double Overlap(PixelBox a, PixelBox b)
    {
        if (a.X2 < a.X1 - 1 || a.Y2 < a.Y1 - 1 || b.X2 < b.X1 - 1 || b.Y2 < b.Y1 - 1)
            return 0;
        double width = Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + 1;
        double height = Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + 1;
        if (width <= 0 || height <= 0)
            return 0;
        double all = ((a.X2 - a.X1 + 1) * (a.Y2 - a.Y1 + 1)) + ((b.X2 - b.X1 + 1) * (b.Y2 - b.Y1 + 1));
        return width * height / (all - (width * height));
    }
}
