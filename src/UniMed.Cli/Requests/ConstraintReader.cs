using System.Text.Json;
using UniMed.Inference;

namespace UniMed.Cli.Requests;

/// <summary>Reads what a request says its answer may be. Requests that follow one another with the same choices or schema share what is made of them. Not thread-safe.</summary>
/// <param name="otherwise">The constraint of requests that say nothing; null for none.</param>
internal sealed class ConstraintReader(AnswerConstraint? otherwise)
{
    private (string Text, AnswerConstraint Constraint)? _last;

    /// <summary>The constraint; null for none.</summary>
    /// <exception cref="RequestException">Several are given, or one is not a constraint.</exception>
    public AnswerConstraint? Read(MemberReader members)
    {
        string? form = members.Text("constrain");
        string[]? choices = members.Texts("choices");
        JsonElement? schema = members.Object("json_schema");
        if ((form is null ? 0 : 1) + (choices is null ? 0 : 1) + (schema is null ? 0 : 1) > 1)
            throw new RequestException("invalid_request", "'constrain', 'choices' and 'json_schema' exclude one another. Give one of them.");
        if (choices is not null && choices.Distinct(StringComparer.Ordinal).Count() < choices.Length)
            throw new RequestException("invalid_request", "member 'choices' holds a text twice. Give each once.");
        try
        {
            if (choices is not null)
                return Kept("c" + JsonSerializer.Serialize(choices, Rendering.UnimedJson.Lines.StringArray), () => AnswerConstraint.Choice(choices));
            if (schema is { } given)
                return Kept("s" + given.GetRawText(), () => AnswerConstraint.JsonSchema(given));
        }
        catch (UniMedException error)
        {
            throw new RequestException("invalid_request", error.Message);
        }

        return form switch
        {
            null => otherwise,
            "none" => null,
            "box" => AnswerConstraint.Box,
            "box-any" => AnswerConstraint.UnorderedBox,
            "yes-no" => AnswerConstraint.YesNo,
            _ => throw new RequestException("invalid_request", $"member 'constrain' is '{form}'; it must be box, box-any, yes-no or none."),
        };
    }

    private AnswerConstraint Kept(string text, Func<AnswerConstraint> make)
    {
        if (_last is not { } last || last.Text != text)
            _last = (text, make());
        return _last.Value.Constraint;
    }
}
