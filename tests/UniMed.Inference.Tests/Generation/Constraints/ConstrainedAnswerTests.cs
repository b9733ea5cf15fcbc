using UniMed.Inference.Tests.Engine;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>Constrained answers of the bundled model and its engine.</summary>
public class ConstrainedAnswerTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly AnswerConstraint[] Constraints =
    [
        AnswerConstraint.Box,
        AnswerConstraint.YesNo,
        AnswerConstraint.Choice(["axial", "coronal", "sagittal", "axial oblique", "naïve 日本 🙂"]),
        AnswerConstraint.JsonSchema(JsonSchemaTests.Schemas.First().Data),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_drawn_at_a_high_temperature_every_answer_is_in_its_constraint()
    {
        var template = new PromptTemplate(nano.Model.Config.Prompt);
        RawRequest[] requests =
        [
            .. Enumerable.Range(0, 90).Select(seed => new RawRequest(
                template.WithImage(Instructions.Refer("left insula")),
                [nano.Study],
                UniMedTask.Refer,
                new RequestOptions { Generation = Hot(Constraints[seed % Constraints.Length], seed) })),
        ];
        IReadOnlyList<TextAnswer> answers = await nano.Model.GenerateBatchAsync(requests, Cancellation);
        for (int i = 0; i < answers.Count; i++)
            Assert.True(Constraints[i % Constraints.Length].Accepts(answers[i].Text), answers[i].Text);
        Assert.All(answers.Where((_, i) => i % Constraints.Length == 0), answer => Assert.True(BoxAnswer.TryParse(answer.Text, out _)));
        Assert.True(answers.Select(answer => answer.Text).Distinct().Count() > 20, "At this temperature answers should differ.");
        Assert.True(answers.Select(answer => string.Join(' ', answer.TokenIds)).Distinct().Count() > answers.Select(answer => answer.Text).Distinct().Count(), "One text should have come in several spellings.");
    }

    [Fact]
    public async Task The_shortest_limit_that_is_accepted_is_enough()
    {
        foreach (AnswerConstraint constraint in Constraints)
        {
            int least = nano.Model.Assembly.Constraints.For(constraint)!.MinTokens;
            for (int seed = 0; seed < 5; seed++)
            {
                TextAnswer answer = await nano.Study.AskAsync("Where?", new RequestOptions { Generation = Hot(constraint, seed) with { MaxNewTokens = least } }, Cancellation);
                Assert.True(constraint.Accepts(answer.Text), answer.Text);
                Assert.True(answer.TokenIds.Count <= least);
                Assert.Equal(FinishReason.Stop, answer.FinishReason);
            }

            var tooShort = new RequestOptions { Generation = Hot(constraint, 0) with { MaxNewTokens = least - 1 } };
            UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => nano.Study.AskAsync("Where?", tooShort, Cancellation).AsTask());
            Assert.Contains($"takes {least} tokens", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_constraint_the_model_keeps_by_itself_changes_no_token()
    {
        TextAnswer free = await nano.Study.AskAsync("Which plane is this MRI slice in?", new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true } }, Cancellation);
        var generation = new GenerationOptions { LogProbabilities = true, Constraint = AnswerConstraint.Choice(["axial", "coronal", "sagittal"]) };
        TextAnswer constrained = await nano.Study.AskAsync("Which plane is this MRI slice in?", new RequestOptions { Generation = generation }, Cancellation);
        Assert.Equal(free.TokenIds, constrained.TokenIds);
        Assert.Equal(free.LogProbabilities, constrained.LogProbabilities);

        LocateAnswer freeBox = await nano.Study.LocateAsync("left cerebellum", cancellationToken: Cancellation);
        LocateAnswer box = await nano.Study.LocateAsync("left cerebellum", new RequestOptions { Generation = new GenerationOptions { Constraint = AnswerConstraint.Box } }, Cancellation);
        Assert.Equal(freeBox.TokenIds, box.TokenIds);
        Assert.Equal(freeBox.Percent, box.Percent);
    }

    [Fact]
    public async Task Log_probabilities_are_those_of_the_model_without_the_constraint()
    {
        var options = new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true, RepetitionPenalty = 1.3, Constraint = AnswerConstraint.Box } };
        TextAnswer answer = await nano.Study.DescribeAsync(options: options, cancellationToken: Cancellation);
        var template = new PromptTemplate(nano.Model.Config.Prompt);
        using var bare = new BarePrompt(nano.Model.Assembly, template.WithImage(Instructions.Caption()), nano.Study.Image, UniMedTask.Caption, answer.TokenIds.Count);
        float[] scored = bare.Score([.. answer.TokenIds], Cancellation);
        for (int i = 0; i < scored.Length; i++)
            Assert.Equal(scored[i], answer.LogProbabilities![i], 4);
    }

    [Fact]
    public async Task Constrained_and_free_requests_together_in_an_engine_have_the_bits_they_have_alone()
    {
        MedicalImage[] images = [.. new[] { "mri_axial_031.png", "mri_coronal_038.png" }.Select(name => MedicalImage.Load(Golden.Path("nano", "images", name)))];
        var random = new Random(21);
        EngineQuestion[] questions =
        [
            .. Enumerable.Range(0, 40).Select(i =>
            {
                EngineQuestion question = EngineQuestion.Random(random, nano.Model, images);
                GenerationOptions generation = question.Options.Generation;
                return i % 4 == 0
                    ? question
                    : question with { Options = new RequestOptions { Generation = generation with { Constraint = Constraints[i % Constraints.Length], MaxNewTokens = 40 + generation.MaxNewTokens } } };
            }),
        ];
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = 7, MaxPrefillRows = 48 });
        TextAnswer[] together = await Task.WhenAll(questions.Select(question => question.Ask(engine, Cancellation).AsTask()));
        for (int i = 0; i < questions.Length; i++)
        {
            TextAnswer alone = await questions[i].AskAloneAsync(nano.Model, Cancellation);
            Assert.Equal(alone.TokenIds, together[i].TokenIds);
            Assert.Equal(alone.LogProbabilities, together[i].LogProbabilities);
            Assert.True(questions[i].Options.Generation.Constraint?.Accepts(together[i].Text) ?? true);
        }
    }

    [Fact]
    public async Task A_limit_that_no_answer_fits_fails_that_request_of_an_engine_alone()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        var options = new RequestOptions { Generation = new GenerationOptions { Constraint = AnswerConstraint.Box, MaxNewTokens = 3 } };
        Task<TextAnswer> good = engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation).AsTask();
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => engine.AnswerAsync("Where is the insula?", options, Cancellation).AsTask());
        Assert.Contains("constraint (box)", error.Message, StringComparison.Ordinal);
        Assert.Equal((await nano.Model.AnswerAsync("Where is the insula?", cancellationToken: Cancellation)).TokenIds, (await good).TokenIds);
    }

    private static GenerationOptions Hot(AnswerConstraint constraint, int seed) =>
        new() { Constraint = constraint, DoSample = true, Temperature = 100, TopK = 0, TopP = 1, Seed = (ulong)seed };
}
