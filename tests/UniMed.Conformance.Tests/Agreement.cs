using UniMed.Inference;

namespace UniMed.Conformance.Tests;

/// <summary>How far a model agrees with full precision.</summary>
internal static class Agreement
{
    /// <summary>Greedy token ids of all items of the evaluation set, at most 100 each.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<int>>> EvaluationTokensAsync(UniMedModel model, CancellationToken cancellationToken)
    {
        var template = new PromptTemplate(model.Config.Prompt);
        var tokens = new List<IReadOnlyList<int>>();
        foreach (IGrouping<string, EvaluationItem> slice in EvaluationItem.ReadAll().GroupBy(item => item.Id[..item.Id.LastIndexOf('-')]))
        {
            using Study study = model.Open(Golden.Path("evaluation", slice.First(item => item.Image is not null).Image!));
            RawRequest[] requests =
            [
                .. slice.Select(item => item.Image is null
                    ? new RawRequest(template.TextOnly(item.Instruction), [], item.Task)
                    : new RawRequest(template.WithImage(item.Instruction), [study], item.Task)),
            ];
            tokens.AddRange((await model.GenerateBatchAsync(requests, cancellationToken)).Select(answer => answer.TokenIds));
        }

        return tokens;
    }

    /// <summary>Token ids of the golden cases, each with its own generation options.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="every">Takes every n-th case: for devices that are slow.</param>
    public static async Task<IReadOnlyList<IReadOnlyList<int>>> GoldenTokensAsync(UniMedModel model, CancellationToken cancellationToken, int every = 1)
    {
        using var studies = new GoldenStudies(model);
        var answers = new List<IReadOnlyList<int>>();
        foreach (NanoCase golden in NanoCase.Every(every))
            answers.Add((await Ask(model, golden, studies, cancellationToken)).TokenIds);
        return answers;
    }

    /// <summary>
    /// Token ids of the golden cases, and the largest difference of their logits: for devices that are slow. All are asked at once, so that they share passes, and an image is encoded once for both: an answer has
    /// the same bits in any company.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="logitsEvery">Takes every n-th case for logits.</param>
    /// <param name="every">Takes every n-th case for answers.</param>
    public static async Task<(IReadOnlyList<IReadOnlyList<int>> Tokens, double LargestLogitDifference)> GoldenTogetherAsync(
        UniMedModel model, CancellationToken cancellationToken, int logitsEvery = 1, int every = 1)
    {
        using var studies = new GoldenStudies(model);
        TextAnswer[] answers = await Task.WhenAll(NanoCase.Every(every).Select(golden => Ask(model, golden, studies, cancellationToken).AsTask()));
        return ([.. answers.Select(answer => answer.TokenIds)], LargestLogitDifference(model, cancellationToken, logitsEvery));
    }

    /// <summary>Share of the positions, up to the longer answer's end, that hold the same token.</summary>
    public static double EqualTokens(IReadOnlyList<IReadOnlyList<int>> expected, IReadOnlyList<IReadOnlyList<int>> actual)
    {
        int equal = 0, all = 0;
        foreach ((IReadOnlyList<int> reference, IReadOnlyList<int> ours) in expected.Zip(actual))
        {
            all += Math.Max(reference.Count, ours.Count);
            equal += reference.Zip(ours).Count(pair => pair.First == pair.Second);
        }

        return (double)equal / all;
    }

    /// <summary>Share of the answers that are equal in every token.</summary>
    public static double EqualAnswers(IReadOnlyList<IReadOnlyList<int>> expected, IReadOnlyList<IReadOnlyList<int>> actual) =>
        expected.Zip(actual).Average(pair => pair.First.SequenceEqual(pair.Second) ? 1.0 : 0);

    /// <summary>Largest difference of the logits at the last prompt position from the authors' code, over the golden cases.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="every">Takes every n-th case: for devices that are slow.</param>
    public static double LargestLogitDifference(UniMedModel model, CancellationToken cancellationToken, int every = 1)
    {
        using var golden = new GoldenTensors("nano");
        NanoCase[] cases = [.. NanoCase.Every(every)];
        // Math.Max gives NaN where a difference is NaN; Enumerable.Max would pass it over.
        return cases.Zip(GoldenLogits.Last(model, cases, cancellationToken))
            .SelectMany(pair => golden.Read($"{pair.First.Index}.logits_last").Zip(pair.Second, (reference, ours) => Math.Abs((double)reference - ours)))
            .Aggregate(0.0, Math.Max);
    }

    private static PendingAnswer<TextAnswer> Ask(UniMedModel model, NanoCase golden, GoldenStudies studies, CancellationToken cancellationToken) =>
        model.GenerateAsync(golden.Prompt, golden.ImagePath is { } path ? [studies.Open(path)] : [], golden.Task, new RequestOptions { Generation = golden.Generation }, cancellationToken);
}
