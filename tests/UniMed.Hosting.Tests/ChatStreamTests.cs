using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using UniMed.Inference;
using UniMed.Tests;
using Xunit;

namespace UniMed.Hosting.Tests;

/// <summary>How a chat's work ends, on whose threads it runs, and which pictures it takes.</summary>
public sealed class ChatStreamTests(ChatHost host) : IClassFixture<ChatHost>
{
    private const string Plane = "Which plane is this MRI slice in?";

    private static readonly ChatOptions Endless = new()
    {
        RawRepresentationFactory = _ => new RequestOptions { Generation = new GenerationOptions { MaxNewTokens = 800, MinLength = 900 } },
    };

    private static readonly Dictionary<string, Action<IServiceProvider>> Calls = new()
    {
        ["UniMedChatClient.GetResponseAsync"] = services => Client(services).GetResponseAsync("why?", new ChatOptions { MaxOutputTokens = 3 }).GetAwaiter().GetResult(),
        ["UniMedChatClient.GetStreamingResponseAsync"] = services =>
        {
            Assert.True(Read(Client(services), new ChatOptions { MaxOutputTokens = 3 }, 9) is > 0 and < 9);
            Assert.Equal(1, Read(Client(services), Endless, 1));
        },
        ["UniMedChatClient.Dispose"] = services => Client(services).Dispose(),
    };

    private static string Slice => Golden.Path("nano", "images", "mri_axial_080.png");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Types => ["image/png", "image/jpeg", "IMAGE/x-unknown", "application/octet-stream", "Application/Octet-Stream"];

    [Fact]
    public async Task Leaving_a_stream_takes_its_request_out_of_the_engine()
    {
        (UniMedEngine engine, UniMedChatClient client) = host.Another();
        await using (engine)
        {
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync("long", Endless, Cancellation))
                break;
            await using (IAsyncEnumerator<ChatResponseUpdate> updates = client.GetStreamingResponseAsync("long", Endless, Cancellation).GetAsyncEnumerator(Cancellation))
                await updates.MoveNextAsync();
            using var cancel = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync("long", Endless, cancel.Token))
                    await cancel.CancelAsync();
            });
            // A drain waits for those that still run: had they gone on, they would count as completed.
            await engine.DrainAsync();
            Assert.Equal((0, 3), (engine.Statistics.Completed, engine.Statistics.Cancelled));
        }
    }

    [Fact]
    public async Task A_cancelled_call_takes_its_request_out_of_the_engine()
    {
        (UniMedEngine engine, UniMedChatClient client) = host.Another();
        await using (engine)
        {
            using var cancel = new CancellationTokenSource();
            Task<ChatResponse> response = client.GetResponseAsync("long", Endless, cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
            await engine.DrainAsync();
            Assert.Equal((0, 1), (engine.Statistics.Completed, engine.Statistics.Cancelled));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_picture_is_what_it_holds_whatever_its_media_type_says(string type)
    {
        ChatResponse expected = await AskAsync("image/png", File.ReadAllBytes(Slice));
        Assert.Equal(expected.Text, (await AskAsync(type, File.ReadAllBytes(Slice))).Text);
        Assert.Contains("image 1 of the message", (await Assert.ThrowsAsync<ImageException>(() => AskAsync(type, [1, 2, 3]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_asks_nothing_is_refused()
    {
        foreach (string nothing in (string[])["", " ", "[vqa]", " [refer]  ", "[caption]"])
        {
            UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => host.Client.GetResponseAsync(nothing, cancellationToken: Cancellation));
            Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
            Assert.StartsWith("The message holds ", error.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.GetResponseAsync([null!], cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.Client.GetResponseAsync((IEnumerable<ChatMessage>)null!, cancellationToken: Cancellation));
    }

    [Fact]
    public void Every_public_method_that_may_wait_is_called_here() =>
        Assert.Equal(AwaitableApi.Of(typeof(UniMedChatClient).Assembly, "UniMed.Hosting"), Calls.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Nothing_comes_back_to_a_thread_that_blocks()
    {
        foreach ((string _, Action<IServiceProvider> call) in Calls)
        {
            Assert.Equal(0, CallersThread.BlockInContext(() => InContainer(call)));
            Assert.Equal(0, CallersThread.BlockInScheduler(() => InContainer(call)));
        }

        // The container's own end is synchronous too.
        static void InContainer(Action<IServiceProvider> call)
        {
            using ServiceProvider services = new ServiceCollection().AddUniMed(options => options.ModelPath = Golden.NanoModel).BuildServiceProvider();
            call(services);
        }
    }

    [Fact]
    public void Options_of_a_container_that_are_missing_are_refused_when_the_model_is_asked_for()
    {
        foreach (string? path in (string?[])["", " ", null])
            Assert.Contains("ModelPath", Refused(options => options.ModelPath = path!), StringComparison.Ordinal);
        Assert.Contains("Model is null", Refused(options => (options.ModelPath, options.Model) = ("x", null!)), StringComparison.Ordinal);
        Assert.Contains("Engine is null", Refused(options => (options.ModelPath, options.Engine) = ("x", null!)), StringComparison.Ordinal);

        static string Refused(Action<UniMedHostingOptions> configure)
        {
            using ServiceProvider services = new ServiceCollection().AddUniMed(configure).BuildServiceProvider();
            return Assert.Throws<UniMedException>(services.GetRequiredService<UniMedModel>).Message;
        }
    }

    private static IChatClient Client(IServiceProvider services) => services.GetRequiredService<IChatClient>();

    private static int Read(IChatClient client, ChatOptions options, int most)
    {
        IAsyncEnumerator<ChatResponseUpdate> updates = client.GetStreamingResponseAsync("why?", options).GetAsyncEnumerator();
        int read = 0;
        while (read < most && updates.MoveNextAsync().AsTask().GetAwaiter().GetResult())
            read++;
        updates.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return read;
    }

    private Task<ChatResponse> AskAsync(string type, byte[] picture) =>
        host.Client.GetResponseAsync([new ChatMessage(ChatRole.User, [new DataContent(picture, type), new TextContent(Plane)])], cancellationToken: Cancellation);
}
