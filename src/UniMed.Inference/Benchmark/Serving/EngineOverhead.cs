namespace UniMed.Inference.Benchmark.Serving;

/// <summary>What one request pays for going through an engine: time per output token of the same request to the model and to the engine, in turns.</summary>
internal sealed class EngineOverhead(UniMedModel model, UniMedEngine engine, ServingRequest request, int newTokens)
{
    private readonly RequestOptions _options = ServingBenchmark.Exactly(newTokens);

    /// <summary>One request to each.</summary>
    /// <param name="engineFirst">Who begins.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Mean milliseconds of the tokens after the first.</returns>
    /// <exception cref="UniMedException">The two answers differ.</exception>
    public async Task<(double Model, double Engine)> PairAsync(bool engineFirst, CancellationToken cancellationToken)
    {
        TextAnswer? through = engineFirst ? await AskEngineAsync(cancellationToken).ConfigureAwait(false) : null;
        TextAnswer alone = await AskModelAsync(cancellationToken).ConfigureAwait(false);
        through ??= await AskEngineAsync(cancellationToken).ConfigureAwait(false);
        return alone.TokenIds.SequenceEqual(through.TokenIds)
            ? (TokenTime(alone), TokenTime(through))
            : throw new UniMedException("The engine's answer is not the model's: this is a fault in UniMed, please report it.");
    }

    private async Task<TextAnswer> AskEngineAsync(CancellationToken cancellationToken) =>
        await engine.GenerateAsync(request.Prompt, request.Images, request.Task, _options, cancellationToken).AsTask().ConfigureAwait(false);

    private async Task<TextAnswer> AskModelAsync(CancellationToken cancellationToken)
    {
        Study[] studies = [.. request.Images.Select(model.Open)];
        try
        {
            return await model.GenerateAsync(request.Prompt, studies, request.Task, _options, cancellationToken).AsTask().ConfigureAwait(false);
        }
        finally
        {
            foreach (Study study in studies)
                study.Dispose();
        }
    }

    /// <summary>The steps that the answer itself reports: both sides take them in the same place, between one chosen token and the next.</summary>
    private double TokenTime(TextAnswer answer)
    {
        ServingBenchmark.RequireLength(answer, newTokens);
        return answer.Timings!.Tokens.Skip(1).Average();
    }
}
