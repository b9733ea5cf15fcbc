using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>Callers may block on everything, on threads that run nothing meanwhile: the library never comes back to a caller's context.</summary>
public sealed class CallersContextTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly MedicalImage Image = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));
    private static readonly RequestOptions Short = new() { Generation = new GenerationOptions { MaxNewTokens = 3 } };

    private static readonly Dictionary<string, Action<UniMedModel>> Calls = new()
    {
        ["MedicalImage.LoadAsync"] = _ =>
        {
            using FileStream picture = File.OpenRead(Golden.Path("nano", "images", "mri_axial_031.png"));
            Assert.Equal(Image.ContentHash, MedicalImage.LoadAsync(picture).GetAwaiter().GetResult().ContentHash);
        },
        ["UniMedModel.AskAsync"] = model => Block(model.AskAsync(TaskRequest.Answer("Where?"), Short)),
        ["UniMedModel.AnswerAsync"] = model => Block(model.AnswerAsync("Where?", Short)),
        ["UniMedModel.GenerateAsync"] = model => Block(model.GenerateAsync("<s>[INST] [qa] Where? [/INST]", [], UniMedTask.Qa, Short)),
        ["UniMedModel.GenerateBatchAsync"] = model => model.GenerateBatchAsync([new RawRequest("[qa] Where?", [], UniMedTask.Qa, Short), new RawRequest("[qa] Why?", [], UniMedTask.Qa, Short)]).GetAwaiter().GetResult(),
        ["UniMedModel.WarmUpAsync"] = model => model.WarmUpAsync().GetAwaiter().GetResult(),
        ["UniMedModel.Dispose"] = _ =>
        {
            UniMedModel own = UniMedModel.Load(Golden.NanoModel);
            PendingAnswer<TextAnswer> running = own.AnswerAsync("Where?", Short);
            own.Dispose();
            Assert.True(Record.Exception(() => Block(running)) is null or ObjectDisposedException);
        },
        ["Study.AskAsync"] = InStudy(study => Block(study.AskAsync("Where?", Short))),
        ["Study.LocateAsync"] = InStudy(study => Block(study.LocateAsync("insula", Short))),
        ["Study.IdentifyAsync"] = InStudy(study => Block(study.IdentifyAsync(new PercentBox(0, 0, 9, 9), Short))),
        ["Study.DescribeAsync"] = InStudy(study => Block(study.DescribeAsync(null, Short))),
        ["Study.ClassifyAsync"] = InStudy(study => Block(study.ClassifyAsync(["axial", "coronal"], options: Short))),
        ["Study.Dispose"] = model =>
        {
            Study study = model.Open(Image);
            PendingAnswer<TextAnswer> running = study.AskAsync("Where?", Short);
            study.Dispose();
            Assert.True(Record.Exception(() => Block(running)) is null or ObjectDisposedException);
        },
        ["UniMedEngine.AnswerAsync"] = InEngine(engine => Block(engine.AnswerAsync("Where?", Short))),
        ["UniMedEngine.AskAsync"] = InEngine(engine => Block(engine.AskAsync(Image, "Where?", Short))),
        ["UniMedEngine.LocateAsync"] = InEngine(engine => Block(engine.LocateAsync(Image, "insula", Short))),
        ["UniMedEngine.IdentifyAsync"] = InEngine(engine => Block(engine.IdentifyAsync(Image, new PercentBox(0, 0, 9, 9), Short))),
        ["UniMedEngine.DescribeAsync"] = InEngine(engine => Block(engine.DescribeAsync(Image, null, Short))),
        ["UniMedEngine.ClassifyAsync"] = InEngine(engine => Block(engine.ClassifyAsync(Image, ["axial", "coronal"], options: Short))),
        ["UniMedEngine.GenerateAsync"] = InEngine(engine => Block(engine.GenerateAsync("[qa] Where?", [], UniMedTask.Qa, Short))),
        ["UniMedEngine.DrainAsync"] = InEngine(engine =>
        {
            PendingAnswer<TextAnswer> running = engine.DescribeAsync(Image, null, Short);
            engine.DrainAsync().GetAwaiter().GetResult();
            Block(running);
        }),
        ["UniMedEngine.DisposeAsync"] = InEngine(engine =>
        {
            PendingAnswer<TextAnswer> running = engine.DescribeAsync(Image);
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Assert.True(Record.Exception(() => Block(running)) is null or OperationCanceledException);
        }),
        ["UniMedEngine.Dispose"] = InEngine(engine =>
        {
            PendingAnswer<TextAnswer> running = engine.DescribeAsync(Image);
            engine.Dispose();
            Assert.True(Record.Exception(() => Block(running)) is null or OperationCanceledException);
        }),
        ["PendingAnswer`1.AsTask"] = model => _ = model.AnswerAsync("Where?", Short).AsTask().Result,
        ["PendingAnswer`1.GetAwaiter"] = model => model.AnswerAsync("Where?", Short).GetAwaiter().GetResult(),
        ["PendingAnswer`1.GetAsyncEnumerator"] = model =>
        {
            Assert.Equal(3, Read(model.AnswerAsync("Where?", Short), 9));
            Assert.Equal(1, Read(model.AnswerAsync("Where?"), 1));
            InEngine(engine => Assert.Equal(3, Read(engine.DescribeAsync(Image, null, Short), 9)))(model);
            InEngine(engine => Assert.Equal(1, Read(engine.DescribeAsync(Image), 1)))(model);
            InEngine(CancelWhileItRuns)(model);
        },
        ["SampledAgreement.MeasureAsync"] = model =>
        {
            SampledAgreement.MeasureAsync(3, (options, cancellation) => model.AnswerAsync("Where?", options, cancellation), Short).GetAwaiter().GetResult();
            InEngine(engine => SampledAgreement.MeasureAsync(3, (options, cancellation) => engine.AnswerAsync("Where?", options, cancellation), Short).GetAwaiter().GetResult())(model);
        },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Calls.Keys];

    [Fact]
    public void Every_public_method_that_may_wait_is_called_here() =>
        Assert.Equal(AwaitableApi.Of(typeof(UniMedModel).Assembly, "UniMed.Inference"), Calls.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_comes_back_to_a_thread_that_blocks(string name)
    {
        Assert.Equal(0, CallersThread.BlockInContext(() => Calls[name](nano.Model)));
        Assert.Equal(0, CallersThread.BlockInScheduler(() => Calls[name](nano.Model)));
    }

    [Fact]
    public void What_a_user_interface_awaits_goes_on_in_its_thread() => CallersThread.Pump(async () =>
    {
        int thread = Environment.CurrentManagedThreadId;
        using (var engine = UniMedEngine.Create(nano.Model))
        {
            await engine.AskAsync(Image, "Where?", Short);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await foreach (GeneratedToken _ in engine.DescribeAsync(Image, null, Short))
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
            await engine.DrainAsync();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
        }

        await nano.Study.AskAsync("Where?", Short);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
    });

    [Fact]
    public Task What_follows_an_answer_or_a_token_may_block_on_the_next_answer() => Task.Run(async () =>
    {
        await nano.Model.AnswerAsync("Where?", Short, Cancellation);
        Block(nano.Model.AnswerAsync("Why?", Short, Cancellation));
        await foreach (GeneratedToken _ in nano.Model.AnswerAsync("When?", Short, Cancellation))
            Block(nano.Model.AnswerAsync("Who?", Short, Cancellation));
        await nano.Model.AnswerAsync("How?", Short, Cancellation).AsTask().ContinueWith(
            _ => Block(nano.Model.AnswerAsync("Which?", Short, Cancellation)), Cancellation, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }, Cancellation).WaitAsync(TimeSpan.FromMinutes(2), Cancellation);

    private static void Block<T>(PendingAnswer<T> answer) => answer.AsTask().GetAwaiter().GetResult();

    private static int Read(PendingAnswer<TextAnswer> answer, int most)
    {
        IAsyncEnumerator<GeneratedToken> tokens = answer.GetAsyncEnumerator();
        int read = 0;
        while (read < most && tokens.MoveNextAsync().AsTask().GetAwaiter().GetResult())
            read++;
        tokens.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return read;
    }

    private static void CancelWhileItRuns(UniMedEngine engine)
    {
        using var cancel = new CancellationTokenSource();
        PendingAnswer<TextAnswer> answer = engine.DescribeAsync(Image, cancellationToken: cancel.Token);
        Assert.Equal(1, Read(answer, 1));
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Block(answer));
    }

    private static Action<UniMedModel> InStudy(Action<Study> action) => model =>
    {
        using Study study = model.Open(Image);
        action(study);
    };

    private static Action<UniMedModel> InEngine(Action<UniMedEngine> action) => model =>
    {
        using var engine = UniMedEngine.Create(model);
        action(engine);
    };
}
