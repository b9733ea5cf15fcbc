using System.Globalization;
using UniMed.Native;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>What the engine promises, on the bundled model.</summary>
public sealed class EngineTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly MedicalImage[] Images =
        [.. new[] { "mri_axial_031.png", "mri_axial_080.png", "mri_coronal_038.png" }.Select(name => MedicalImage.Load(Golden.Path("nano", "images", name)))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(16, 5, true)]
    [InlineData(256, 16, true)]
    [InlineData(64, 3, false)]
    public async Task A_random_mix_gets_the_answers_of_each_request_alone(int prefillRows, int running, bool share)
    {
        var random = new Random(prefillRows);
        EngineQuestion[] questions = [.. Enumerable.Range(0, 24).Select(_ => EngineQuestion.Random(random, nano.Model, Images))];
        var alone = new List<TextAnswer>();
        foreach (EngineQuestion question in questions)
            alone.Add(await question.AskAloneAsync(nano.Model, Cancellation));

        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxPrefillRows = prefillRows, MaxRunningRequests = running, SharePrefixes = share });
        TextAnswer[] together = await Task.WhenAll(questions.Select(question => question.Ask(engine, Cancellation).AsTask()));
        for (int i = 0; i < questions.Length; i++)
            EngineAnswers.AssertSame(alone[i], together[i]);
        Assert.Equal(share, engine.Statistics.SharedPromptTokens > 0);
        Assert.Equal(questions.Length, engine.Statistics.Completed);
    }

    [Fact]
    public async Task Six_questions_about_one_image_cost_one_look_and_one_prefix()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        string[] asked = ["Which plane is this MRI slice in?", "Which organ is this?", "Is there a tumor?", "Is the insula visible?", "Which modality is this?", "Is this axial?"];
        var options = new RequestOptions { IncludeRouting = true, IncludeTimings = true };
        TextAnswer[] answers = await Task.WhenAll(asked.Select(question => engine.AskAsync(Images[0], question, options, Cancellation).AsTask()));
        EngineStatistics statistics = engine.Statistics;
        Assert.Equal((1, 1), (statistics.ImagesEncoded, statistics.Projections));
        Assert.True(statistics.SharedPromptTokens >= 5 * 32, $"{statistics.SharedPromptTokens} positions were shared.");
        Assert.All(answers, answer => Assert.Equal(36, Assert.Single(answer.Routing!).Tokens));
        Assert.Equal(1, answers.Count(answer => answer.Timings!.Vision > 0));

        // Another task sees the same features, another file with the same picture nothing new.
        await engine.LocateAsync(MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png")), "left insula", cancellationToken: Cancellation);
        Assert.Equal((1, 2), (engine.Statistics.ImagesEncoded, engine.Statistics.Projections));
    }

    [Theory]
    [InlineData(1, 256L << 20, 1, 1)]
    [InlineData(6, 0, 1, 1)]
    [InlineData(1, 0, 5, 5)]
    public async Task Tasks_that_wait_for_one_image_share_a_pass_of_the_connector(int running, long visualCacheBytes, int looks, int projections)
    {
        // One request takes the whole cache: the others wait until it ends, and are then admitted together or, where one runs at a time, looked at in the queue.
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = running, KvCacheTokens = 880, VisualCacheBytes = visualCacheBytes });
        var template = new PromptTemplate(nano.Model.Config.Prompt);
        var options = new RequestOptions { IncludeRouting = true, Generation = new GenerationOptions { MaxNewTokens = 24, LogProbabilities = true } };
        EngineQuestion[] questions =
        [
            .. new (UniMedTask Task, string Instruction)[]
            {
                (UniMedTask.Vqa, Instructions.Vqa("Which plane is this MRI slice in?")),
                (UniMedTask.Refer, Instructions.Refer("left insula")),
                (UniMedTask.Identify, Instructions.Identify(new PercentBox(10, 20, 40, 60))),
                (UniMedTask.Caption, Instructions.Caption()),
                (UniMedTask.Cls, Instructions.Cls("medical image", ["axial brain MRI", "chest X-ray"])),
            }.Select(asked => new EngineQuestion(template.WithImage(asked.Instruction), [Images[0]], asked.Task, options)),
        ];
        LongRequest first = await LongRequest.StartAsync(engine, Images[1]);
        Task<TextAnswer>[] waiting = [.. questions.Select(question => question.Ask(engine, Cancellation).AsTask())];
        await first.DisposeAsync();
        TextAnswer[] together = await Task.WhenAll(waiting);

        for (int i = 0; i < questions.Length; i++)
        {
            TextAnswer alone = await questions[i].AskAloneAsync(nano.Model, Cancellation);
            EngineAnswers.AssertSame(alone, together[i]);
            Assert.Equal(alone.Routing!.Single().Weights, together[i].Routing!.Single().Weights);
        }

        Assert.Equal((1 + looks, 1 + projections), (engine.Statistics.ImagesEncoded, engine.Statistics.Projections));
    }

    [Fact]
    public async Task Features_of_two_images_that_are_kept_stay_until_both_are_seen_for_another_task()
    {
        // Both images' features and one task's tokens fit, not one token more: the second task's tokens of the first image push something out.
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { VisualCacheBytes = 280_000 });
        string prompt = new PromptTemplate(nano.Model.Config.Prompt).WithImages("Is the second one later?", 2);
        foreach (UniMedTask task in new[] { UniMedTask.Vqa, UniMedTask.Identify })
        {
            var question = new EngineQuestion(prompt, Images[..2], task, new RequestOptions());
            EngineAnswers.AssertSame(await question.AskAloneAsync(nano.Model, Cancellation), await question.Ask(engine, Cancellation));
        }

        Assert.Equal((2, 4), (engine.Statistics.ImagesEncoded, engine.Statistics.Projections));
    }

    [Fact]
    public async Task Tokens_stream_as_they_are_chosen()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        PendingAnswer<TextAnswer> pending = engine.DescribeAsync(Images[1], cancellationToken: Cancellation);
        var ids = new List<int>();
        await foreach (GeneratedToken token in pending)
            ids.Add(token.Id);
        Assert.Equal((await pending).TokenIds, ids);
    }

    [Fact]
    public async Task Bad_requests_fail_alone_and_say_why()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { KvCacheTokens = 128 });
        TextAnswer expected = await nano.Model.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
        Task<TextAnswer> good = engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation).AsTask();
        string prompt = new PromptTemplate(nano.Model.Config.Prompt).TextOnly("x");
        await Fails<UniMedException>(engine.GenerateAsync(prompt, [Images[0]], UniMedTask.Vqa, cancellationToken: Cancellation), "once for each image");
        await Fails<UniMedException>(engine.GenerateAsync(prompt, [], UniMedTask.Qa, With(new GenerationOptions { NumBeams = 2 }), Cancellation), "beams (NumBeams)");
        await Fails<UniMedException>(engine.GenerateAsync(prompt, [], UniMedTask.Qa, With(new GenerationOptions { MaxNewTokens = 0 }), Cancellation), "MaxNewTokens");
        await Fails<UniMedException>(engine.GenerateAsync(prompt, [], UniMedTask.Qa, With(new GenerationOptions { MaxNewTokens = 200 }), Cancellation), "larger KvCacheTokens");
        await Fails<UniMedException>(
            engine.GenerateAsync(new PromptTemplate(nano.Model.Config.Prompt).WithImage("x"), [Images[0]], UniMedTask.Qa, cancellationToken: Cancellation), "text only");
        Assert.Equal(expected.TokenIds, (await good).TokenIds);
        Assert.Equal((1, 5), (engine.Statistics.Completed, engine.Statistics.Failed));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_takes_requests_again_later()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxQueuedRequests = 2, MaxRunningRequests = 1 });
        LongRequest running = await LongRequest.StartAsync(engine, Images[0]);
        Task<TextAnswer>[] waiting = [.. Enumerable.Range(0, 2).Select(_ => engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation).AsTask())];
        Assert.Contains("2 requests are waiting", Assert.Throws<EngineOverloadedException>(() => { _ = engine.AnswerAsync("And this?", cancellationToken: Cancellation); }).Message, StringComparison.Ordinal);
        await running.DisposeAsync();
        await Task.WhenAll(waiting);
        await engine.AnswerAsync("And this?", cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Beams_run_beside_others_and_all_have_the_bits_that_each_has_alone()
    {
        var random = new Random(5);
        EngineQuestion[] questions = [.. Enumerable.Range(0, 18).Select(i =>
        {
            EngineQuestion question = EngineQuestion.Random(random, nano.Model, Images);
            GenerationOptions generation = question.Options.Generation;
            return i % 3 == 0 ? question : question with { Options = question.Options with { Generation = generation with { DoSample = false, NumBeams = 2 + (i % 4) } } };
        })];
        var alone = new List<TextAnswer>();
        foreach (EngineQuestion question in questions)
            alone.Add(await question.AskAloneAsync(nano.Model, Cancellation));

        // Some wait for rows, five beams have more than there are.
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = 4, MaxPrefillRows = 48 });
        int free = engine.Statistics.FreeKvBlocks;
        Task<ClassifyAnswer> classified = engine.ClassifyAsync(Images[0], ["axial brain MRI", "chest X-ray"], options: With(new GenerationOptions { NumBeams = 3, LogProbabilities = true }), cancellationToken: Cancellation).AsTask();
        TextAnswer[] together = await Task.WhenAll(questions.Select(question => question.Ask(engine, Cancellation).AsTask()));
        for (int i = 0; i < questions.Length; i++)
            EngineAnswers.AssertSame(alone[i], together[i]);
        Assert.Equal(
            (await nano.Study.ClassifyAsync(["axial brain MRI", "chest X-ray"], options: With(new GenerationOptions { NumBeams = 3, LogProbabilities = true }), cancellationToken: Cancellation)).Scores,
            (await classified).Scores);
        await engine.DrainAsync();
        Assert.Equal(free, engine.Statistics.FreeKvBlocks);
    }

    [Fact]
    public async Task A_study_of_an_engine_is_encoded_once_and_gives_its_memory_back()
    {
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { VisualCacheBytes = 0, SharePrefixes = false });
        await engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
        using Study own = nano.Model.Open(Images[2]);
        IReadOnlyList<int> expected = (await own.DescribeAsync(cancellationToken: Cancellation)).TokenIds;
        long before = nano.Model.AllocatedBytes;
        Study study = engine.Open(Images[2]);
        foreach (int _ in new[] { 1, 2 })
        {
            Assert.Equal(expected, (await study.DescribeAsync(cancellationToken: Cancellation)).TokenIds);
            await study.LocateAsync("left insula", cancellationToken: Cancellation);
            await engine.AskAsync(Images[2], "Which plane is this MRI slice in?", cancellationToken: Cancellation);
        }

        Assert.Equal(1, engine.Statistics.ImagesEncoded);
        await Assert.ThrowsAsync<UniMedException>(() => nano.Model.AskAsync(TaskRequest.Describe(), [study], cancellationToken: Cancellation).AsTask());
        Assert.Throws<UniMedException>(() => { _ = engine.AskAsync(TaskRequest.Describe(), [nano.Study], cancellationToken: Cancellation); });
        Assert.True(nano.Model.AllocatedBytes > before);
        study.Dispose();
        Assert.Equal(before, nano.Model.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => { _ = study.DescribeAsync(cancellationToken: Cancellation); });
    }

    [Fact]
    public async Task Requests_that_do_not_fit_wait_in_order_even_when_a_later_smaller_one_would_fit()
    {
        // The running request has the cache but for a few blocks; the first of the waiting ones needs more than those, the second does not.
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { KvCacheTokens = 960, SharePrefixes = false });
        LongRequest running = await LongRequest.StartAsync(engine, Images[0]);
        using var cancel = new CancellationTokenSource();
        var order = new List<int>();
        Task large = AskAsync(90, 0, cancel.Token);
        Task small = AskAsync(1, 1, Cancellation);
        await Task.Delay(100, Cancellation);
        Assert.Empty(order);
        // Who leaves lets the next one in.
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal([1], order);
        await running.DisposeAsync();

        async Task AskAsync(int newTokens, int index, CancellationToken cancellation)
        {
            await engine.AnswerAsync("Where is the insula?", With(new GenerationOptions { MaxNewTokens = newTokens }), cancellation);
            lock (order)
                order.Add(index);
        }
    }

    [Fact]
    public async Task Cancelled_and_late_requests_leave_and_the_others_do_not_notice()
    {
        TextAnswer expected = await nano.Study.DescribeAsync(cancellationToken: Cancellation);
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = 2 });
        using var cancel = new CancellationTokenSource();
        Task<TextAnswer> other = engine.DescribeAsync(Images[0], cancellationToken: Cancellation).AsTask();
        PendingAnswer<TextAnswer> running = engine.DescribeAsync(Images[0], cancellationToken: cancel.Token);
        Task<TextAnswer> queued = engine.DescribeAsync(Images[1], cancellationToken: cancel.Token).AsTask();
        Task<TextAnswer> late = engine.DescribeAsync(Images[1], null, new RequestOptions { Deadline = TimeSpan.FromMilliseconds(1) }, Cancellation).AsTask();
        await using (IAsyncEnumerator<GeneratedToken> tokens = running.GetAsyncEnumerator(Cancellation))
            await tokens.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => late);
        Assert.Equal(UniMedFailure.DeadlineExceeded, error.Reason);
        Assert.Contains("deadline", error.Message, StringComparison.Ordinal);
        Assert.Equal(expected.TokenIds, (await other).TokenIds);
    }

    [Fact]
    public async Task Higher_priorities_are_taken_first()
    {
        // What the scheduler writes when a request begins: answers come to callers on threads of their own, in whatever order those run.
        var logs = new CollectingLogs();
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { MaxRunningRequests = 1, LoggerFactory = logs });
        LongRequest running = await LongRequest.StartAsync(engine, Images[0]);
        Task[] waiting = [.. new[] { 0, 0, 5, 1 }.Select(priority => engine.AnswerAsync("Where is the insula?", new RequestOptions { Priority = priority }, Cancellation).AsTask())];
        await running.DisposeAsync();
        await Task.WhenAll(waiting);

        long[] begun = [.. logs.Of(10).Select(entry => long.Parse(entry.Message.Split(' ')[1], CultureInfo.InvariantCulture))];
        Assert.Equal(5, begun.Length);
        Assert.Equal([3, 4, 1, 2], begun[1..].Select(number => number - begun[0]));
    }

    [Fact]
    public async Task A_device_that_fails_once_loses_what_ran_and_nothing_else()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        TextAnswer expected = await model.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
        await using var engine = UniMedEngine.Create(model, new EngineOptions { MaxRunningRequests = 1 });
        device.FailAfter = 40;
        await Fails<UniMedException>(engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation), "fell off the bus");
        device.FailAfter = null;
        Assert.Equal(expected.TokenIds, (await engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation)).TokenIds);
        Assert.Equal(engine.Statistics.KvBlocks, engine.Statistics.FreeKvBlocks);
    }

    [Fact]
    public async Task A_device_that_keeps_failing_ends_the_engine_with_its_error()
    {
        var device = new FaultyDevice(DeviceCatalog.Create("reference"));
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions(), device);
        await using var engine = UniMedEngine.Create(model, new EngineOptions { MaxRunningRequests = 1 });
        device.FailAfter = 0;
        Task<TextAnswer>[] all = [.. Enumerable.Range(0, 5).Select(_ => engine.AnswerAsync("Where is the insula?", cancellationToken: Cancellation).AsTask())];
        foreach (Task<TextAnswer> answer in all)
            Assert.Contains("fell off the bus", (await Assert.ThrowsAsync<UniMedException>(() => answer)).Message, StringComparison.Ordinal);
        Assert.Contains("gave up", Assert.Throws<UniMedException>(() => { _ = engine.AnswerAsync("And now?", cancellationToken: Cancellation); }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposal_ends_what_waits_and_runs_and_gives_all_memory_back()
    {
        using UniMedModel model = UniMedModel.Load(Golden.NanoModel);
        await model.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
        long before = model.AllocatedBytes;
        var engine = UniMedEngine.Create(model, new EngineOptions { MaxRunningRequests = 1 });
        Task<TextAnswer>[] all = [.. Enumerable.Range(0, 4).Select(i => engine.DescribeAsync(Images[i % 3], cancellationToken: Cancellation).AsTask())];
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        foreach (Task<TextAnswer> answer in all)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal(before, model.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => { _ = engine.AnswerAsync("And now?", cancellationToken: Cancellation); });
        await model.AnswerAsync("Where is the insula?", cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_drained_engine_answers_what_it_has()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        Task<TextAnswer>[] all = [.. Images.Select(image => engine.AskAsync(image, "Which plane is this MRI slice in?", cancellationToken: Cancellation).AsTask())];
        await engine.DrainAsync();
        await Task.WhenAll(all);
        Assert.Equal(3, engine.Statistics.Completed);
    }

    private static RequestOptions With(GenerationOptions generation) => new() { Generation = generation };

    private static async Task Fails<TException>(PendingAnswer<TextAnswer> answer, string says)
        where TException : Exception =>
        Assert.Contains(says, (await Assert.ThrowsAsync<TException>(() => answer.AsTask())).Message, StringComparison.Ordinal);
}
