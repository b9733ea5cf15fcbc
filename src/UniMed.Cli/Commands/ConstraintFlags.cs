using System.CommandLine;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>What answers may be; free text by default.</summary>
internal sealed class ConstraintFlags
{
    private const int LongestSchema = 1 << 20;

    private readonly Option<string?> _form = new("--constrain")
    {
        Description = "Allow only answers of a form: box ({<x1><y1><x2><y2>}, whole percent, x1 < x2 and y1 < y2), box-any (the same with corners in any order) or yes-no.",
        HelpName = "box|box-any|yes-no",
    };

    private readonly Option<string[]> _choices = new("--choice") { Description = "Allow only this answer; give several to choose from.", HelpName = "TEXT" };

    private readonly Option<string?> _schema = new("--json-schema")
    {
        Description = "Allow only JSON of the schema in this file: a regular subset of JSON Schema (objects with all properties required, strings, integers, numbers, booleans, null, bounded arrays, enum).",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_form, _choices, _schema])
            command.Add(option);
    }

    /// <summary>The schema's file, so that no output is it.</summary>
    public InputFiles AddInputs(ParseResult parsed, InputFiles inputs) => parsed.GetValue(_schema) is { } schema ? inputs.Add(schema, "the JSON schema") : inputs;

    /// <summary>The constraint; null for none.</summary>
    /// <exception cref="UsageException">Several are given, one is not a constraint, or the schema's file cannot be read.</exception>
    public AnswerConstraint? Read(ParseResult parsed)
    {
        string? form = parsed.GetValue(_form);
        string[] choices = parsed.GetValue(_choices) ?? [];
        string? schema = parsed.GetValue(_schema);
        if ((form is null ? 0 : 1) + (choices.Length == 0 ? 0 : 1) + (schema is null ? 0 : 1) > 1)
            throw new UsageException("--constrain, --choice and --json-schema exclude one another. Give one of them.");
        foreach (string choice in choices)
            TextArgument.Require("A --choice", choice);
        TextArgument.RequireDifferent("--choice", choices);
        try
        {
            return form is not null ? OfForm(form)
                : choices.Length > 0 ? AnswerConstraint.Choice(choices)
                : schema is not null ? AnswerConstraint.JsonSchema(ReadSchema(schema))
                : null;
        }
        catch (UniMedException error)
        {
            throw new UsageException(error.Message);
        }
    }

    private static AnswerConstraint OfForm(string form) => form switch
    {
        "box" => AnswerConstraint.Box,
        "box-any" => AnswerConstraint.UnorderedBox,
        "yes-no" => AnswerConstraint.YesNo,
        _ => throw new UsageException($"--constrain is '{form}'; it must be box, box-any or yes-no."),
    };

    private static string ReadSchema(string path)
    {
        try
        {
            // A pipe does not tell its length.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] bytes = new byte[LongestSchema + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= LongestSchema
                ? new StreamReader(new MemoryStream(bytes, 0, length)).ReadToEnd()
                : throw new UsageException($"--json-schema: {path} has more than {LongestSchema} bytes, the most that a schema has.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--json-schema: {path} cannot be read: {error.Message}");
        }
    }
}
