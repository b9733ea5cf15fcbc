using UniMed.Inference;

namespace UniMed.Cli.Rendering;

/// <summary>Milliseconds of each stage, to the microsecond; vision and connector are 0 where an earlier question about the image paid for them.</summary>
internal sealed record TimingsRecord(double Vision, double Connector, double Prefill, IReadOnlyList<double> Tokens)
{
    public TimingsRecord(StageTimings timings)
        : this(Round(timings.Vision), Round(timings.Connector), Round(timings.Prefill), [.. timings.Tokens.Select(Round)])
    {
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 3);
}
