using UniMed.Inference.Tasks;

namespace UniMed.Inference;

/// <summary>An answer that is text: vqa, identify, caption, qa and raw prompts.</summary>
public sealed record TextAnswer : TaskAnswer
{
    internal TextAnswer(Reply reply)
        : base(reply)
    {
    }
}
