namespace UniMed.Inference.Scheduling;

/// <summary>One request on its way: a whole prompt and the studies its placeholders stand for.</summary>
internal sealed record Question(string Prompt, IReadOnlyList<Study> Studies, UniMedTask Task, RequestOptions Options, Action<GeneratedToken>? OnToken)
{
    /// <summary>A request that is whole: nothing in it is missing, and its lists cannot change any more.</summary>
    /// <param name="request">The request.</param>
    /// <param name="onToken">Receives each token; null when nobody listens.</param>
    /// <exception cref="ArgumentException">Something in it is null.</exception>
    /// <exception cref="UniMedException">The prompt is empty or white space, or there is no such task.</exception>
    public static Question Of(RawRequest request, Action<GeneratedToken>? onToken)
    {
        _ = request.Task.Name();
        return new Question(Argument.Text(request.Prompt, "prompt"), Argument.Items(request.Images, "images"), request.Task, (request.Options ?? new RequestOptions()).Whole(), onToken);
    }
}
