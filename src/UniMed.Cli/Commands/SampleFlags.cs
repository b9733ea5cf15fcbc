using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>Asking several times: how far sampled answers agree.</summary>
internal sealed class SampleFlags
{
    /// <summary>The option's name.</summary>
    public const string Name = "--samples";

    private readonly Option<int?> _samples = NumberOption.CreateOptional<int>(
        Name, $"Draw this many answers with seeds from --seed on, 2 to {SampledAgreement.MaxSamples}; give the most common one, and how far they agree (uncalibrated).");

    public void AddTo(Command command) => command.Add(_samples);

    /// <exception cref="UsageException">The number is out of range, or does not go with beams.</exception>
    public void Check(ParseResult parsed, RequestOptions options)
    {
        if (parsed.GetValue(_samples) is not { } samples)
            return;
        if (samples is < 2 or > SampledAgreement.MaxSamples)
            throw new UsageException($"--samples is {samples}; it must be from 2 to {SampledAgreement.MaxSamples}.");
        if (options.Generation.NumBeams > 1)
            throw new UsageException("--samples draws tokens at random and excludes --num-beams. Give one of them.");
    }

    /// <summary>One answer, or the most common of the samples and how far they agree.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">How to answer.</param>
    /// <param name="live">Shows the one answer while it is made.</param>
    /// <param name="ask">Asks the question.</param>
    /// <param name="cancellationToken">Stops the answers.</param>
    public async Task<(TAnswer Answer, AgreementRecord? Agreement)> AskAsync<TAnswer>(
        ParseResult parsed,
        RequestOptions options,
        LiveAnswer live,
        Func<RequestOptions, CancellationToken, PendingAnswer<TAnswer>> ask,
        CancellationToken cancellationToken)
        where TAnswer : TaskAnswer
    {
        if (parsed.GetValue(_samples) is not { } samples)
            return (await live.FollowAsync(ask(options, cancellationToken)), null);
        UncalibratedAgreement<TAnswer> agreement = await live.WaitAsync(SampledAgreement.MeasureAsync(samples, ask, options, cancellationToken));
        return (agreement.MostCommon, new AgreementRecord(samples, agreement.Share, agreement.MeanPairwiseIoU));
    }
}
