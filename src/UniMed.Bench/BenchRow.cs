namespace UniMed.Bench;

/// <summary>One load of one model.</summary>
/// <param name="Weights">How matrices are stored; "as stored" of a model folder.</param>
/// <param name="Batch">Requests answered together.</param>
/// <param name="LoadSeconds">Making or mapping the weights and handing them to the device.</param>
/// <param name="WarmUpMs">The first answer, which is not counted: it loads kernels and fills pools.</param>
/// <param name="VisionMs">All images through the vision transformer; absent without images.</param>
/// <param name="ConnectorMs">All images through the connector; absent without images.</param>
/// <param name="PromptMs">All prompts through the language model until the first token of each.</param>
/// <param name="TtftMs">Time to first token: the three together.</param>
/// <param name="TpotMs">Time per output token: one step of all requests.</param>
/// <param name="ImagesPerSecond">Of vision and connector.</param>
/// <param name="PromptTokensPerSecond">Of all requests.</param>
/// <param name="DecodeTokensPerSecond">Of all requests.</param>
/// <param name="DecodeGigabytesPerSecond">Bytes of weights as stored that a step reads, by its time.</param>
/// <param name="BandwidthShare">The same as a share of the measured bandwidth.</param>
/// <param name="VisionGigaflops">10^9 operations a second in the vision transformer; absent without images.</param>
/// <param name="PromptGigaflops">10^9 operations a second in the prompt.</param>
/// <param name="PromptPeakShare">The same as a share of the measured peak; absent where none was measured.</param>
/// <param name="DeviceBytes">Memory of the device in use.</param>
public sealed record BenchRow(
    string Weights,
    int Batch,
    double LoadSeconds,
    double WarmUpMs,
    Spread? VisionMs,
    Spread? ConnectorMs,
    Spread PromptMs,
    Spread TtftMs,
    Spread TpotMs,
    double? ImagesPerSecond,
    double PromptTokensPerSecond,
    double DecodeTokensPerSecond,
    double DecodeGigabytesPerSecond,
    double BandwidthShare,
    double? VisionGigaflops,
    double PromptGigaflops,
    double? PromptPeakShare,
    long DeviceBytes);
