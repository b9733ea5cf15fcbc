using UniMed.Bench;

namespace UniMed.GpuBench.Reporting;

/// <summary>One load of the whole model.</summary>
/// <param name="Dtype">How matrices are stored.</param>
/// <param name="Batch">Requests together.</param>
/// <param name="Skipped">Why it was not measured; null when it was.</param>
/// <param name="LoadSeconds">Making and uploading the weights.</param>
/// <param name="WeightBytes">Weights that the first token reads, as stored.</param>
/// <param name="StepWeightBytes">Weights that every further token reads, as stored.</param>
/// <param name="Vision">Milliseconds in the vision transformer, all images.</param>
/// <param name="Connector">Milliseconds in the connector, all images.</param>
/// <param name="Prompt">Milliseconds from visual tokens to the first token of each request.</param>
/// <param name="FirstToken">Milliseconds from pixels to it: TTFT.</param>
/// <param name="Step">Milliseconds a further token of all requests: TPOT.</param>
/// <param name="FirstTokenShare">Time that its weights take at copy bandwidth, as a share of <paramref name="FirstToken"/>.</param>
/// <param name="StepShare">The same of a step.</param>
internal sealed record ModelRow(
    string Dtype,
    int Batch,
    string? Skipped,
    double LoadSeconds = 0,
    long WeightBytes = 0,
    long StepWeightBytes = 0,
    Spread? Vision = null,
    Spread? Connector = null,
    Spread? Prompt = null,
    Spread? FirstToken = null,
    Spread? Step = null,
    double FirstTokenShare = 0,
    double StepShare = 0)
{
    /// <summary>Tokens of all requests a second, while decoding.</summary>
    public double TokensPerSecond => Step is null ? 0 : Batch * 1e3 / Step.Median;
}
