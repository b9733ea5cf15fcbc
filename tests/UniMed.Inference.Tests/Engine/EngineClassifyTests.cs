using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>Classification inside the engine: the scores of the study, and nobody disturbed.</summary>
public class EngineClassifyTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly string[][] Lists =
    [
        ["axial brain MRI", "coronal brain MRI", "sagittal brain MRI", "peripheral blood smear"],
        ["yes", "no"],
        ["left insula", "left", "left insula and a great deal more text than any pass has rows for, so that it is scored in several passes, one after the other, each of them with a part of it"],
        [.. Enumerable.Range(0, 30).Select(i => $"category {i} of many")],
    ];

    private static MedicalImage[] Images { get; } = [.. new[] { "mri_axial_031.png", "mri_coronal_038.png" }.Select(name => MedicalImage.Load(Golden.Path("nano", "images", name)))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(16, 256, true)]
    [InlineData(3, 16, true)]
    [InlineData(2, 40, false)]
    public async Task Scores_and_text_have_the_bits_of_the_study_in_any_company(int running, int prefillRows, bool sharePrefixes)
    {
        var options = new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true, MaxNewTokens = 12 } };
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = running, MaxPrefillRows = prefillRows, SharePrefixes = sharePrefixes, KvCacheTokens = 2048 });
        (MedicalImage Image, string[] Labels, bool Constrained)[] asked = [.. Images.SelectMany(image => Lists.SelectMany(labels => new[] { (image, labels, false), (image, labels, true) }))];
        Task<ClassifyAnswer>[] classified =
        [
            .. asked.Select(one => engine.ClassifyAsync(
                one.Image, one.Labels, "slice", options with { ConstrainToTask = one.Constrained }, Cancellation).AsTask()),
        ];
        Task<TextAnswer>[] others = [.. Images.Select(image => engine.DescribeAsync(image, cancellationToken: Cancellation).AsTask())];
        for (int i = 0; i < asked.Length; i++)
        {
            using Study study = nano.Model.Open(asked[i].Image);
            ClassifyAnswer expected = await study.ClassifyAsync(asked[i].Labels, "slice", options with { ConstrainToTask = asked[i].Constrained }, Cancellation);
            ClassifyAnswer actual = await classified[i];
            Assert.Equal(expected.Scores, actual.Scores);
            Assert.Equal(expected.TokenIds, actual.TokenIds);
            Assert.Equal(expected.LogProbabilities, actual.LogProbabilities);
            if (asked[i].Constrained)
                Assert.Contains(actual.Text, asked[i].Labels);
        }

        for (int i = 0; i < Images.Length; i++)
        {
            using Study study = nano.Model.Open(Images[i]);
            Assert.Equal((await study.DescribeAsync(cancellationToken: Cancellation)).TokenIds, (await others[i]).TokenIds);
        }

        Assert.Equal(asked.Length + Images.Length, engine.Statistics.Completed);
    }

    [Fact]
    public async Task The_prompt_is_computed_once_for_all_labels()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { SharePrefixes = false });
        ClassifyAnswer answer = await engine.ClassifyAsync(Images[0], Lists[3], cancellationToken: Cancellation);
        Assert.Equal(30, answer.Scores.Count);
        Assert.Equal(answer.PromptTokens, engine.Statistics.PromptTokens);
    }

    [Fact]
    public async Task Whoever_leaves_gives_all_blocks_back()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { SharePrefixes = false, MaxRunningRequests = 3 });
        int free = engine.Statistics.FreeKvBlocks;
        var random = new Random(4);
        for (int round = 0; round < 12; round++)
        {
            using var cancel = new CancellationTokenSource();
            Task[] tasks = [.. Enumerable.Range(0, 4).Select(i => (Task)engine.ClassifyAsync(Images[i % 2], Lists[i], cancellationToken: i < 3 ? cancel.Token : Cancellation).AsTask())];
            await Task.Delay(random.Next(60), Cancellation);
            await cancel.CancelAsync();
            foreach (Task task in tasks)
                await task.ContinueWith(_ => { }, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
        Assert.Equal(free, engine.Statistics.FreeKvBlocks);
        Assert.Equal(0, engine.Statistics.Failed);
    }

    [Fact]
    public async Task A_device_that_fails_while_labels_are_scored_loses_them_and_recovers()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        await using var engine = UniMedEngine.Create(model);
        ClassifyAnswer expected = await engine.ClassifyAsync(Images[0], Lists[0], cancellationToken: Cancellation);
        int free = engine.Statistics.FreeKvBlocks;
        int failures = 0;
        for (int after = 3; ; after += 13)
        {
            // Until the request needs fewer operations than are let through.
            device.FailAfter = after;
            Exception? error = await Record.ExceptionAsync(() => engine.ClassifyAsync(Images[0], Lists[0], cancellationToken: Cancellation).AsTask());
            device.FailAfter = null;
            if (error is null)
                break;
            Assert.IsType<UniMedException>(error);
            failures++;
            ClassifyAnswer again = await engine.ClassifyAsync(Images[0], Lists[0], cancellationToken: Cancellation);
            Assert.Equal(expected.Scores, again.Scores);
            Assert.Equal(free, engine.Statistics.FreeKvBlocks);
        }

        Assert.True(failures >= 8, $"Only {failures} places were tried.");
    }

    [Fact]
    public async Task Labels_that_do_not_fit_fail_alone_and_say_why()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { KvCacheTokens = 256 });
        UniMedException large = await Assert.ThrowsAsync<UniMedException>(() => engine.ClassifyAsync(Images[0], Lists[3], cancellationToken: Cancellation).AsTask());
        Assert.Contains("labels to score included", large.Message, StringComparison.Ordinal);
        string endless = string.Join(' ', Enumerable.Repeat("left insula", 600));
        UniMedException positions = await Assert.ThrowsAsync<UniMedException>(() => engine.ClassifyAsync(Images[0], ["a", endless], cancellationToken: Cancellation).AsTask());
        Assert.Contains("1024", positions.Message, StringComparison.Ordinal);
        Assert.Throws<UniMedException>(() => { _ = engine.ClassifyAsync(Images[0], ["only one"], cancellationToken: Cancellation); });
    }
}
