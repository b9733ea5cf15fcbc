using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>Work that nobody waits for ends; work that somebody waits for goes on.</summary>
public sealed class PendingAnswerTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly MedicalImage Image = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));
    private static readonly RequestOptions Endless = new() { Generation = new GenerationOptions { MaxNewTokens = 800, MinLength = 900 } };

    private static readonly Dictionary<string, Func<PendingAnswer<TextAnswer>, Task>> WaysToLeave = new()
    {
        ["break"] = async answer =>
        {
            await foreach (GeneratedToken _ in answer)
                break;
        },
        ["an exception in the loop"] = async answer =>
        {
            await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
            {
                await foreach (GeneratedToken _ in answer)
                    throw new InvalidTimeZoneException();
            });
        },
        ["disposal before the first token"] = async answer => await answer.GetAsyncEnumerator().DisposeAsync(),
        ["a cancelled enumeration"] = async answer =>
        {
            using var cancel = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (GeneratedToken _ in answer.WithCancellation(cancel.Token))
                    await cancel.CancelAsync();
            });
        },
        ["an enumeration that was cancelled before it began"] = async answer =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (GeneratedToken _ in answer.WithCancellation(new CancellationToken(canceled: true)))
                    Assert.Fail("There is a token.");
            });
        },
    };

    public static TheoryData<string> Ways => [.. WaysToLeave.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_leaves_the_tokens_takes_the_request_out_of_the_engine(string way)
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        PendingAnswer<TextAnswer> answer = engine.DescribeAsync(Image, null, Endless, Cancellation);
        await WaysToLeave[way](answer);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.AsTask());
        Assert.Equal((0, 0, 1), (engine.Statistics.Completed, engine.Statistics.Failed, engine.Statistics.Cancelled));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_leaves_the_tokens_of_a_study_stops_its_work(string way)
    {
        PendingAnswer<TextAnswer> answer = nano.Study.DescribeAsync(null, Endless, Cancellation);
        await WaysToLeave[way](answer);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.AsTask());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_asked_for_the_whole_answer_before_still_gets_it(string way)
    {
        var options = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 20, MinLength = 21 } };
        await using var engine = UniMedEngine.Create(nano.Model);
        foreach (PendingAnswer<TextAnswer> answer in (PendingAnswer<TextAnswer>[])[engine.DescribeAsync(Image, null, options, Cancellation), nano.Study.DescribeAsync(null, options, Cancellation)])
        {
            Task<TextAnswer> whole = answer.AsTask();
            await WaysToLeave[way](answer);
            Assert.Equal(20, (await whole).TokenIds.Count);
        }
    }

    [Fact]
    public async Task Who_comes_to_the_end_of_the_tokens_has_the_answer()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        PendingAnswer<TextAnswer> answer = engine.AskAsync(Image, "Which plane is this MRI slice in?", cancellationToken: Cancellation);
        var ids = new List<int>();
        await foreach (GeneratedToken token in answer)
            ids.Add(token.Id);
        Assert.Equal((await answer).TokenIds, ids);
        Assert.Equal((1, 0), (engine.Statistics.Completed, engine.Statistics.Cancelled));
    }

    [Fact]
    public async Task Tokens_have_one_reader_at_a_time_and_a_second_one_gets_the_rest()
    {
        var options = new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 9, MinLength = 10 } };
        PendingAnswer<TextAnswer> answer = nano.Study.DescribeAsync(null, options, Cancellation);
        Task<TextAnswer> whole = answer.AsTask();
        IAsyncEnumerator<GeneratedToken> first = answer.GetAsyncEnumerator(Cancellation);
        Assert.Throws<InvalidOperationException>(() => first.Current);
        Assert.True(await first.MoveNextAsync());
        Assert.Throws<InvalidOperationException>(() => answer.GetAsyncEnumerator(Cancellation));
        var ids = new List<int> { first.Current.Id };
        await first.DisposeAsync();
        await foreach (GeneratedToken token in answer)
            ids.Add(token.Id);
        Assert.Equal((await whole).TokenIds, ids);
    }

    [Fact]
    public async Task A_cancelled_answer_names_the_callers_token()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        foreach (bool fromEngine in (bool[])[true, false])
        {
            using var cancel = new CancellationTokenSource();
            PendingAnswer<TextAnswer> answer = fromEngine ? engine.DescribeAsync(Image, null, Endless, cancel.Token) : nano.Study.DescribeAsync(null, Endless, cancel.Token);
            Task<TextAnswer> whole = answer.AsTask();
            await foreach (GeneratedToken _ in answer)
                break;
            await cancel.CancelAsync();
            Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => whole)).CancellationToken);
            Assert.True(whole.IsCanceled);
        }
    }

    [Fact]
    public async Task A_failed_request_leaves_nothing_at_the_callers_token()
    {
        using var process = new CancellationTokenSource();
        await using var engine = UniMedEngine.Create(nano.Model);
        WeakReference answer = await AskAsync();
        for (int i = 0; i < 50 && answer.IsAlive; i++)
        {
            await Task.Delay(20, Cancellation);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(answer.IsAlive, "A token that lives as long as the process holds every answer.");

        async Task<WeakReference> AskAsync()
        {
            PendingAnswer<TextAnswer> asked = engine.AnswerAsync("Where?", new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 0 } }, process.Token);
            await Assert.ThrowsAsync<UniMedException>(() => asked.AsTask());
            return new WeakReference(asked);
        }
    }
}
