namespace UniMed.Bench;

/// <summary>Wall-clock times of one answered batch, in milliseconds.</summary>
/// <param name="Vision">All images through the vision transformer, together; 0 without images.</param>
/// <param name="Connector">All images through the connector, one after the other; 0 without images.</param>
/// <param name="Prompt">Prompts through the language model until the first token of each is chosen.</param>
/// <param name="Steps">Each further step: one token for every request.</param>
internal sealed record AnswerTimes(double Vision, double Connector, double Prompt, IReadOnlyList<double> Steps)
{
    /// <summary>Time to first token.</summary>
    public double FirstToken => Vision + Connector + Prompt;
}
