using System.Globalization;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Tasks;

/// <summary>Records in a log or a debugger: lists are written out, numbers rounded. Their values stay exact.</summary>
public sealed class PrintedRecordsTests
{
    [Fact]
    public async Task An_answer_prints_its_token_ids_and_no_type_names()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "reference" });
        using Study study = model.Open(Golden.Path("nano", "images", "mri_sagittal_073.png"));
        var options = new RequestOptions { IncludeTimings = true, IncludeRouting = true, Generation = new GenerationOptions { LogProbabilities = true } };

        LocateAnswer place = await study.LocateAsync("left hippocampus", options, TestContext.Current.CancellationToken);
        ClassifyAnswer category = await study.ClassifyAsync(["MRI", "CT"], options: options, cancellationToken: TestContext.Current.CancellationToken);

        Assert.StartsWith($"LocateAnswer {{ Text = {place.Text}, PromptTokens = {place.PromptTokens}, TokenIds = [{string.Join(", ", place.TokenIds)}], FinishReason = Stop", place.ToString(), StringComparison.Ordinal);
        Assert.Contains($"Percent = {place.Percent}, Pixels = PixelBox {{", place.ToString(), StringComparison.Ordinal);
        Assert.Contains("Scores = [LabelScore { Label = ", category.ToString(), StringComparison.Ordinal);
        Assert.All([place.ToString(), category.ToString(), model.Config.ToString()], NamesNoCollection);
    }

    [Fact]
    public void A_box_prints_rounded_and_stays_exact()
    {
        PixelBox box = new PercentBox(77, 20, 90, 90).ToPixels(155, 100);

        Assert.Equal("PixelBox { X1 = 119.35, Y1 = 20, X2 = 139.5, Y2 = 90 }", box.ToString());
        Assert.Equal("119.35000000000001", box.X1.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Scores_print_to_four_decimals()
    {
        Assert.Equal("LabelScore { Label = CT, Probability = 0.3333, LogProbability = -1.0986 }", new LabelScore("CT", 1 / 3.0, Math.Log(1 / 3.0)).ToString());
        Assert.Equal("StageTimings { Vision = 1.2346, Connector = 0, Prefill = 3, Tokens = [0.1, 0.3] }", new StageTimings(1.23456, 0, 3, [0.1, 0.1 + 0.2]).ToString());
    }

    private static void NamesNoCollection(string printed)
    {
        Assert.DoesNotContain("System.", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("`1", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("ReadOnlyArray", printed, StringComparison.Ordinal);
    }
}
