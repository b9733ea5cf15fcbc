using UniMed.Inference.Tokenization;

namespace UniMed.Inference;

/// <summary>What the authors' code does to generated text before anyone reads or scores it. Thread-safe.</summary>
public static class AnswerText
{
    /// <summary>
    /// The answer in generated text: cut at the first <c>&lt;/s&gt;</c>, every <c>&lt;s&gt;</c> taken out, what stands after the last
    /// <c>[/INST]</c>, without white space around it (Python's str.strip).
    /// </summary>
    /// <param name="decoded">Generated tokens, decoded.</param>
    public static string Clean(string decoded)
    {
        ArgumentNullException.ThrowIfNull(decoded);
        int end = decoded.IndexOf("</s>", StringComparison.Ordinal);
        string text = (end < 0 ? decoded : decoded[..end]).Replace("<s>", "", StringComparison.Ordinal);
        const string Instruction = "[/INST]";
        int instruction = text.LastIndexOf(Instruction, StringComparison.Ordinal);
        return PythonWhiteSpace.Strip(instruction < 0 ? text : text[(instruction + Instruction.Length)..]).ToString();
    }

    /// <summary>
    /// An answer as the evaluation scores it (all but boxes): lower case, every <c>&lt;unk&gt;</c> taken out, without white space around it.
    /// Lower case is the invariant culture's, letter by letter; Python's differs for a final sigma and the dotted capital I only.
    /// </summary>
    /// <param name="answer">A cleaned answer.</param>
    public static string ForEvaluation(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
#pragma warning disable CA1308 // The evaluation compares lower-case texts.
        string lower = answer.ToLowerInvariant();
#pragma warning restore CA1308
        return PythonWhiteSpace.Strip(lower.Replace("<unk>", "", StringComparison.Ordinal)).ToString();
    }
}
