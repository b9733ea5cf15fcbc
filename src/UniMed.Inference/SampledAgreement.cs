using UniMed.Inference.Scheduling;

namespace UniMed.Inference;

/// <summary>Asks one question several times with different seeds and counts how far the answers agree.</summary>
/// <remarks>Thread-safe. All samples run at once and share the image and the prompt's cache.</remarks>
/// <example><code>
/// var agreement = await SampledAgreement.MeasureAsync(
///     8, (options, cancellation) => engine.AskAsync(image, "Is there an effusion?", options, cancellation));
/// </code></example>
public static class SampledAgreement
{
    /// <summary>Most samples that may be compared.</summary>
    public const int MaxSamples = 1000;

    /// <summary>Samples answers of a study, a model or an engine.</summary>
    /// <typeparam name="TAnswer">Kind of answer.</typeparam>
    /// <param name="samples">How many: 2 to 1000.</param>
    /// <param name="ask">Asks the question with options and a cancellation that it must pass on.</param>
    /// <param name="options">Temperature, top-p and the rest; sampling is switched on, and sample i has the seed plus i. Null for the defaults.</param>
    /// <param name="cancellationToken">Stops all samples.</param>
    /// <exception cref="UniMedException">A number is out of range, or an answer failed; the other samples are stopped then.</exception>
    public static Task<UncalibratedAgreement<TAnswer>> MeasureAsync<TAnswer>(
        int samples, Func<RequestOptions, CancellationToken, PendingAnswer<TAnswer>> ask, RequestOptions? options = null, CancellationToken cancellationToken = default)
        where TAnswer : TaskAnswer
    {
        ArgumentNullException.ThrowIfNull(ask);
        options = (options ?? new RequestOptions()).Whole();
        return CollectAsync(samples, (i, cancellation) => ask(Sampled(options, i), cancellation), cancellationToken);
    }

    private static RequestOptions Sampled(RequestOptions options, int sample) =>
        options with { Generation = options.Generation with { DoSample = true, Seed = unchecked(options.Generation.Seed + (ulong)sample) } };

    private static async Task<UncalibratedAgreement<TAnswer>> CollectAsync<TAnswer>(
        int samples, Func<int, CancellationToken, PendingAnswer<TAnswer>> ask, CancellationToken cancellationToken)
        where TAnswer : TaskAnswer =>
        samples is < 2 or > MaxSamples
            ? throw new UniMedException(UniMedFailure.InvalidInput, $"{samples} samples cannot be compared; give a number from 2 to {MaxSamples}.")
            : Count(await AnswersTogether.CollectAsync(samples, ask, cancellationToken).ConfigureAwait(false));

    private static UncalibratedAgreement<TAnswer> Count<TAnswer>(TAnswer[] answers)
        where TAnswer : TaskAnswer
    {
        IGrouping<string, TAnswer> most = answers.GroupBy(WhatItSays, StringComparer.Ordinal).MaxBy(group => group.Count())!;
        return new UncalibratedAgreement<TAnswer>(answers, most.First(), (double)most.Count() / answers.Length, typeof(TAnswer) == typeof(LocateAnswer) ? MeanPairwiseIoU(answers) : null);
    }

    private static string WhatItSays(TaskAnswer answer) => answer is LocateAnswer { Percent: { } box } ? box.ToString() : AnswerText.ForEvaluation(answer.Text);

    private static double MeanPairwiseIoU(TaskAnswer[] answers)
    {
        double sum = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            for (int j = i + 1; j < answers.Length; j++)
            {
                if (answers[i] is LocateAnswer { Pixels: { } left } && answers[j] is LocateAnswer { Pixels: { } right })
                    sum += left.IoU(right);
            }
        }

        return sum / (answers.Length * (answers.Length - 1) / 2.0);
    }
}
