using UniMed.Inference.Messages;

namespace UniMed.Inference;

/// <summary>Wall-clock time of the stages of one answer, in milliseconds.</summary>
/// <param name="Vision">Vision transformer; 0 when the features of the picture were kept already.</param>
/// <param name="Connector">Router and experts; 0 when the picture's visual tokens for this task were kept already.</param>
/// <param name="Prefill">Prompt to first logits.</param>
/// <param name="Tokens">Each new token; the first costs only its choice.</param>
public sealed record StageTimings(double Vision, double Connector, double Prefill, IReadOnlyList<double> Tokens)
{
    /// <summary>From pixels to the first token.</summary>
    public double TimeToFirstToken => Vision + Connector + Prefill + (Tokens.Count > 0 ? Tokens[0] : 0);

    /// <summary>All stages together.</summary>
    public double Total => Vision + Connector + Prefill + Tokens.Sum();

    /// <summary>For a person: numbers to four decimals, lists written out.</summary>
    public override string ToString() => $"{nameof(StageTimings)} {{ {nameof(Vision)} = {Printed.Number(Vision)}, {nameof(Connector)} = {Printed.Number(Connector)}, {nameof(Prefill)} = {Printed.Number(Prefill)}, {nameof(Tokens)} = {Printed.Numbers(Tokens)} }}";
}
