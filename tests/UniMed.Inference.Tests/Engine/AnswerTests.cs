using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What the library promises about answers, on the bundled model.</summary>
public class AnswerTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly RequestOptions Everything = new()
    {
        Generation = new GenerationOptions { LogProbabilities = true },
        IncludeRouting = true,
        IncludeTimings = true,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streamed_tokens_are_the_answer_and_their_texts_join_to_it()
    {
        PendingAnswer<TextAnswer> pending = nano.Study.DescribeAsync(options: Everything, cancellationToken: Cancellation);
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in pending)
            tokens.Add(token);
        TextAnswer answer = await pending;

        Assert.Equal(answer.TokenIds, tokens.Select(token => token.Id));
        Assert.Equal(answer.LogProbabilities, tokens.Select(token => token.LogProbability!.Value));
        Assert.Equal(answer.Text, string.Concat(tokens.Select(token => token.Text)).Trim());
    }

    [Fact]
    public async Task Routing_timings_and_probabilities_come_when_asked_for_and_not_otherwise()
    {
        TextAnswer plain = await nano.Study.AskAsync("Which plane is this MRI slice in?", cancellationToken: Cancellation);
        Assert.Null(plain.Routing);
        Assert.Null(plain.Timings);
        Assert.Null(plain.LogProbabilities);

        // A picture that no other study has open.
        MedicalImage picture = MedicalImage.Load(Golden.Path("nano", "images", "mri_coronal_038.png"));
        using Study fresh = nano.Model.Open(picture);
        TextAnswer full = await fresh.AskAsync("Which plane is this MRI slice in?", Everything, Cancellation);
        RoutingMap routing = Assert.Single(full.Routing!);
        Assert.Equal((36, 5), (routing.Tokens, routing.Experts));
        for (int token = 0; token < routing.Tokens; token++)
            Assert.Equal(1, Enumerable.Range(0, routing.Experts).Sum(expert => (double)routing[token, expert]), 5);
        Assert.Equal(1, routing.MeanWeights().Sum(), 5);
        Assert.True(full.Timings!.Vision > 0 && full.Timings.Connector > 0 && full.Timings.Prefill > 0);
        Assert.Equal(full.TokenIds.Count, full.Timings.Tokens.Count);
        Assert.Equal(full.TokenIds.Count, full.LogProbabilities!.Count);
        Assert.All(full.LogProbabilities, value => Assert.InRange(value, -50f, 0f));

        TextAnswer again = await fresh.AskAsync("Which plane is this MRI slice in?", Everything, Cancellation);
        Assert.Equal((0, 0), (again.Timings!.Vision, again.Timings.Connector));
        using Study other = nano.Model.Open(picture);
        TextAnswer shared = await other.AskAsync("Which plane is this MRI slice in?", Everything, Cancellation);
        Assert.Equal((0, 0), (shared.Timings!.Vision, shared.Timings.Connector));
    }

    [Fact]
    public async Task Text_only_questions_have_no_routing_and_no_vision_time()
    {
        TextAnswer answer = await nano.Model.AnswerAsync("which blood cell fights infection ?", Everything, Cancellation);
        Assert.Equal("white blood cell", answer.Text);
        Assert.Null(answer.Routing);
        Assert.Equal(0, answer.Timings!.Vision);
    }

    [Fact]
    public async Task A_location_is_given_in_percent_pixels_and_coco_form()
    {
        LocateAnswer answer = await nano.Study.LocateAsync("left cerebellum", cancellationToken: Cancellation);
        Assert.True(answer.Parsed);
        Assert.Equal(answer.Text, answer.Percent.ToString());
        PixelBox pixels = answer.Pixels!.Value;
        Assert.Equal(answer.Percent!.Value.X1 / 100.0 * nano.Study.Image.Width, pixels.X1, 6);
        Assert.Equal(answer.Percent.Value.Y2 / 100.0 * nano.Study.Image.Height, pixels.Y2, 6);
        Assert.Equal((pixels.X1, pixels.Y1, pixels.X2 - pixels.X1, pixels.Y2 - pixels.Y1), pixels.CocoXywh);
    }

    [Fact]
    public async Task A_location_that_is_not_a_box_says_so_and_keeps_the_text()
    {
        LocateAnswer answer = await nano.Study.LocateAsync("left cerebellum", new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 3 } }, Cancellation);
        Assert.False(answer.Parsed);
        Assert.Null(answer.Percent);
        Assert.Null(answer.Pixels);
        Assert.StartsWith("{<", answer.Text, StringComparison.Ordinal);
        Assert.Equal(FinishReason.Length, answer.FinishReason);
    }

    [Fact]
    public async Task Category_probabilities_sum_to_one_and_agree_with_what_is_generated()
    {
        string[] categories = ["axial brain MRI", "coronal brain MRI", "sagittal brain MRI", "peripheral blood smear"];
        ClassifyAnswer answer = await nano.Study.ClassifyAsync(categories, options: Everything, cancellationToken: Cancellation);
        Assert.Equal("axial brain MRI", answer.Text);
        Assert.Equal(answer.Text, answer.Label);
        Assert.Equal(categories.Order(), answer.Scores.Select(score => score.Label).Order());
        Assert.Equal(1, answer.Scores.Sum(score => score.Probability), 9);
        Assert.True(answer.Scores.Zip(answer.Scores.Skip(1)).All(pair => pair.First.LogProbability >= pair.Second.LogProbability));
        // The generated answer is the best category token for token, so both ways of computing its probability meet.
        Assert.Equal(answer.LogProbabilities!.Sum(value => (double)value), answer.Scores[0].LogProbability, 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Log_probabilities_of_greedy_and_beam_answers_are_those_of_the_model(int beams)
    {
        var options = new RequestOptions { Generation = new GenerationOptions { NumBeams = beams, LogProbabilities = true } };
        TextAnswer answer = await nano.Study.DescribeAsync(options: options, cancellationToken: Cancellation);
        string prompt = new PromptTemplate(nano.Model.Config.Prompt).WithImage(Instructions.Caption());
        using var bare = new BarePrompt(nano.Model.Assembly, prompt, nano.Study.Image, UniMedTask.Caption, answer.TokenIds.Count);
        float[] scored = bare.Score([.. answer.TokenIds], Cancellation);
        Assert.Equal(answer.TokenIds.Count, answer.LogProbabilities!.Count);
        for (int i = 0; i < scored.Length; i++)
            Assert.Equal(scored[i], answer.LogProbabilities[i], 4);
    }

    [Fact]
    public async Task Sampling_is_a_function_of_the_seed_and_not_of_its_batch()
    {
        var template = new PromptTemplate(nano.Model.Config.Prompt);
        RawRequest[] requests =
        [
            .. Enumerable.Range(0, 6).Select(seed => new RawRequest(
                template.WithImage(Instructions.Caption()),
                [nano.Study],
                UniMedTask.Caption,
                new RequestOptions { Generation = new GenerationOptions { DoSample = true, Temperature = 3, TopP = 1, Seed = (ulong)seed, MaxNewTokens = 12, LogProbabilities = true } })),
        ];
        IReadOnlyList<TextAnswer> together = await nano.Model.GenerateBatchAsync(requests, Cancellation);
        Assert.True(together.Select(answer => answer.Text).Distinct().Count() > 1, "Seeds should differ in what they draw at this temperature.");
        for (int i = 0; i < requests.Length; i++)
        {
            TextAnswer alone = await nano.Model.GenerateAsync(requests[i].Prompt, requests[i].Images, requests[i].Task, requests[i].Options, Cancellation);
            Assert.Equal(alone.TokenIds, together[i].TokenIds);
            Assert.Equal(alone.LogProbabilities, together[i].LogProbabilities);
        }
    }

    [Fact]
    public async Task Many_questions_at_once_about_one_new_study_give_the_bits_of_one_after_the_other()
    {
        string[] phrases = ["left cerebellum", "right cerebellum", "left temporal lobe", "right temporal lobe", "left insula", "right frontal lobe"];
        var expected = new List<LocateAnswer>();
        foreach (string phrase in phrases)
            expected.Add(await nano.Study.LocateAsync(phrase, Everything, Cancellation));

        using Study fresh = nano.Model.Open(nano.Study.Image);
        LocateAnswer[] actual = await Task.WhenAll(phrases.Select(phrase => fresh.LocateAsync(phrase, Everything, Cancellation).AsTask()));
        for (int i = 0; i < phrases.Length; i++)
        {
            Assert.Equal(expected[i].TokenIds, actual[i].TokenIds);
            Assert.Equal(expected[i].LogProbabilities, actual[i].LogProbabilities);
        }
    }

    [Fact]
    public async Task An_answer_cancelled_before_it_began_ends_its_enumeration_too()
    {
        PendingAnswer<TextAnswer> pending = nano.Study.DescribeAsync(cancellationToken: new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken token in pending.WithCancellation(Cancellation))
                Assert.Fail($"Token {token.Id} came from a cancelled answer.");
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending.AsTask());
    }

    [Fact]
    public async Task A_cache_that_holds_one_request_answers_a_batch_in_turns()
    {
        using UniMedModel small = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { KvCacheTokens = 192 });
        using Study study = small.Open(nano.Study.Image);
        var template = new PromptTemplate(small.Config.Prompt);
        var request = new RawRequest(template.WithImage(Instructions.Caption()), [study], UniMedTask.Caption);
        IReadOnlyList<TextAnswer> answers = await small.GenerateBatchAsync([request, request, request], Cancellation);
        TextAnswer expected = await nano.Study.DescribeAsync(cancellationToken: Cancellation);
        Assert.All(answers, answer => Assert.Equal(expected.TokenIds, answer.TokenIds));

        TextAnswer[] parallel = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => study.DescribeAsync(cancellationToken: Cancellation).AsTask()));
        Assert.All(parallel, answer => Assert.Equal(expected.TokenIds, answer.TokenIds));
    }

    [Fact]
    public async Task An_answer_that_reaches_the_models_positions_ends_with_the_reason_context()
    {
        string filler = string.Concat(Enumerable.Repeat("the left frontal lobe and the right frontal lobe , ", 84));
        var options = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 1000, MinLength = 1000 } };
        TextAnswer answer = await nano.Model.AnswerAsync(filler, options, Cancellation);
        Assert.Equal(FinishReason.Context, answer.FinishReason);

        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => nano.Model.AnswerAsync(filler + filler, cancellationToken: Cancellation).AsTask());
        Assert.Contains("1024", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_cannot_be_answered_say_why()
    {
        UniMedException noPlaceholder = await Assert.ThrowsAsync<UniMedException>(
            () => nano.Model.GenerateAsync("<s>[INST] hello [/INST]", [nano.Study], UniMedTask.Vqa, cancellationToken: Cancellation).AsTask());
        Assert.Contains("<ImageHere>", noPlaceholder.Message, StringComparison.Ordinal);

        UniMedException textTask = await Assert.ThrowsAsync<UniMedException>(
            () => nano.Model.GenerateAsync("<s>[INST] <Img><ImageHere></Img> hello [/INST]", [nano.Study], UniMedTask.Qa, cancellationToken: Cancellation).AsTask());
        Assert.Contains("'qa'", textTask.Message, StringComparison.Ordinal);

        UniMedException badOption = await Assert.ThrowsAsync<UniMedException>(
            () => nano.Study.AskAsync("?", new RequestOptions { Generation = new GenerationOptions { NumBeams = 0 } }, Cancellation).AsTask());
        Assert.Contains("beams", badOption.Message, StringComparison.OrdinalIgnoreCase);

        using UniMedModel other = UniMedModel.Load(Golden.NanoModel);
        UniMedException foreign = await Assert.ThrowsAsync<UniMedException>(
            () => other.GenerateAsync("<Img><ImageHere></Img>", [nano.Study], UniMedTask.Vqa, cancellationToken: Cancellation).AsTask());
        Assert.Contains("another model", foreign.Message, StringComparison.Ordinal);
    }
}
