using System.Globalization;
using System.Text;
using UniMed.Inference.Messages;
using UniMed.Inference.Tasks;

namespace UniMed.Inference;

/// <summary>Which category an image belongs to (task cls): what the model generated, and how probable it finds each category.</summary>
public sealed record ClassifyAnswer : TaskAnswer
{
    internal ClassifyAnswer(Reply reply)
        : base(reply) => Scores = reply.LabelScores;

    /// <summary>The most probable category.</summary>
    public string Label => Scores[0].Label;

    /// <summary>Every category, most probable first.</summary>
    public IReadOnlyList<LabelScore> Scores { get; }

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(CultureInfo.InvariantCulture, $", {nameof(Label)} = {Label}, {nameof(Scores)} = {Printed.List(Scores)}");
        return true;
    }
}
