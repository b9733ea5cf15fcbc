using System.Text;
using System.Text.Json;
using UniMed.Inference.Generation.Constraints;

namespace UniMed.Inference;

/// <summary>
/// What an answer may be: a set of texts. Generation under a constraint chooses among the tokens that keep the answer inside it, in every spelling the vocabulary has, so the whole answer is
/// one of the texts, exactly, and it is complete within <see cref="GenerationOptions.MaxNewTokens"/>. The reference knows no constraints: none is the default, and keeps its tokens.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. Make one and use it for many requests: the first request of a model compiles it for the model's vocabulary (milliseconds; a tenth of a second for a box, up to half a second for
/// schemas with strings of hundreds of characters), and what is compiled lives as long as the constraint.
/// </remarks>
public sealed class AnswerConstraint
{
    private const int LongestSchema = 1 << 20;

    private readonly string _name;
    private readonly Lazy<ByteAutomaton> _automaton;

    private AnswerConstraint(string name, Grammar grammar)
    {
        _name = name;
        _automaton = new Lazy<ByteAutomaton>(ByteAutomaton.Of(grammar));
    }

    private AnswerConstraint(string name, Func<ByteAutomaton> make)
    {
        _name = name;
        _automaton = new Lazy<ByteAutomaton>(make);
    }

    /// <summary>
    /// A box of the refer task: <c>{&lt;x1&gt;&lt;y1&gt;&lt;x2&gt;&lt;y2&gt;}</c>, whole numbers from 0 to 100 with x1 &lt; x2 and y1 &lt; y2, so it has an area. Where the model would turn a box
    /// inside out, it is held to another number; <see cref="UnorderedBox"/> lets it.
    /// </summary>
    public static AnswerConstraint Box { get; } = new("box", BoxGrammar.Ordered);

    /// <summary>A box as <see cref="Box"/>, with its corners in the order the model gives them: they may be equal or turned inside out, as in the reference's evaluation.</summary>
    public static AnswerConstraint UnorderedBox { get; } = new("box with corners in any order", BoxGrammar.Unordered);

    /// <summary><c>yes</c>, <c>no</c>, <c>Yes</c> or <c>No</c>.</summary>
    public static AnswerConstraint YesNo { get; } = new("yes or no", Texts(["yes", "no", "Yes", "No"]));

    internal ByteAutomaton Automaton => _automaton.Value;

    /// <summary>One of some texts, to the letter.</summary>
    /// <param name="choices">One or more; none empty or with white space around it. Their order does not matter.</param>
    /// <exception cref="UniMedException">There is none, one cannot be an answer, or they are too many.</exception>
    public static AnswerConstraint Choice(IReadOnlyList<string> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Count == 0)
            throw new UniMedException(UniMedFailure.InvalidInput, "There are no choices. Give at least one text that the answer may be.");
        for (int i = 0; i < choices.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(choices[i]) || choices[i].Trim().Length != choices[i].Length || !IsWellFormed(choices[i]))
                throw new UniMedException(UniMedFailure.InvalidInput, $"Choice {i} is '{choices[i]}'. A choice is a text without white space around it and without broken surrogate pairs; correct or remove it.");
        }

        return new AnswerConstraint($"one of {choices.Count} choices", Texts(choices));
    }

    /// <summary>
    /// JSON of a regular subset of JSON Schema: objects whose properties are all required (they are written in the schema's order), strings with minLength and maxLength, integers with minimum and
    /// maximum (64 bits), numbers, booleans, null, arrays with items, minItems and maxItems, enum and const of scalars, and several types at once. The only white space is at most one space
    /// behind a comma or colon; a number has up to 15 digits on each side of the point; characters beyond U+FFFF are not escaped.
    /// </summary>
    /// <remarks>
    /// What a schema does not bound has a default bound, or a model that never ends it would fill the answer. A string without maxLength holds up to 256 characters; where a text of the schema may hold more than
    /// two such strings, they share 512, and each holds at least 16. An array without maxItems has up to 16 elements. A larger minLength or minItems is then the bound.
    /// </remarks>
    /// <param name="schema">The schema; untrusted. At most 1 MiB.</param>
    /// <exception cref="UniMedException">It is no JSON, is outside the subset (the message names the keyword and its place) or too large.</exception>
    public static AnswerConstraint JsonSchema(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Length > LongestSchema)
            throw new UniMedException(UniMedFailure.InvalidInput, $"The JSON schema has {schema.Length} characters; {LongestSchema} are allowed. Give a smaller one.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema);
            return JsonSchema(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"The JSON schema is not JSON: {error.Message} Correct it.", error);
        }
    }

    /// <inheritdoc cref="JsonSchema(string)"/>
    public static AnswerConstraint JsonSchema(JsonElement schema) => new("JSON schema", JsonSchemaReader.Read(schema));

    /// <summary>True when a text, as it is, is in the set.</summary>
    public bool Accepts(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsWellFormed(text) && Automaton.Accepts(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The constraint in a few words.</summary>
    public override string ToString() => _name;

    private static Grammar Texts(IReadOnlyList<string> texts) => Grammar.OneOf([.. texts.Select(Grammar.Text)]);

    private static bool IsWellFormed(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int length) != System.Buffers.OperationStatus.Done)
                return false;
            rest = rest[length..];
        }

        return true;
    }
}
