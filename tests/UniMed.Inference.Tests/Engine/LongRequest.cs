namespace UniMed.Inference.Tests.Engine;

/// <summary>A request that answers for seconds, so that others have to wait behind it; disposing it takes it out.</summary>
internal sealed class LongRequest : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Task<TextAnswer> _answer;

    private LongRequest(UniMedEngine engine, MedicalImage image)
    {
        var endless = new GenerationOptions { MaxNewTokens = 800, MinLength = 800 };
        PendingAnswer<TextAnswer> pending = engine.DescribeAsync(image, null, new RequestOptions { Generation = endless }, _cancel.Token);
        _answer = pending.AsTask();
        FirstToken = WaitForFirst(pending);
    }

    private Task FirstToken { get; }

    /// <summary>Starts it and waits until it has its first token.</summary>
    public static async Task<LongRequest> StartAsync(UniMedEngine engine, MedicalImage image)
    {
        var request = new LongRequest(engine, image);
        await request.FirstToken;
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        await Task.WhenAny(_answer);
        _cancel.Dispose();
    }

    private static async Task WaitForFirst(PendingAnswer<TextAnswer> pending)
    {
        await using IAsyncEnumerator<GeneratedToken> tokens = pending.GetAsyncEnumerator();
        await tokens.MoveNextAsync();
    }
}
