using System.Text;
using System.Text.Json;
using UniMed.Inference.Generation.Constraints;
using UniMed.Tests.Tokenization;
using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>JSON schemas: what is accepted is what a parser and a check of the values accept, and what is outside the subset is refused by name.</summary>
public class JsonSchemaTests
{
    public static TheoryData<string> Schemas =>
    [
        """{"type": "object", "properties": {"finding": {"type": "string", "maxLength": 6}, "side": {"enum": ["left", "right", null]}, "count": {"type": "integer", "minimum": -3, "maximum": 120}}, "required": ["finding", "side", "count"], "additionalProperties": false}""",
        """{"type": "array", "items": {"type": ["number", "boolean", "null"]}, "minItems": 1, "maxItems": 3}""",
        """{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "x", "type": ["string", "null"], "minLength": 1, "description": "y"}""",
        """{"type": "object", "properties": {"é \"q\"": {"type": "object"}, "b": {"type": "array", "items": {"type": "array", "items": {"const": 7}, "maxItems": 2}, "maxItems": 2}}, "required": ["b", "é \"q\""]}""",
        """{"type": "array", "items": {"type": "string"}, "maxItems": 0}""",
        """{"type": "integer"}""",
        """{"type": "array", "items": {"type": "boolean"}}""",
        """{"enum": [1, 1.50, "a\nb", true], "type": ["number", "string", "boolean"]}""",
    ];

    public static TheoryData<string, string> Refused => new()
    {
        { "{", "not JSON" },
        { "\ud800", "not JSON" },
        { "true", "# is true" },
        { "{}", "# has no type" },
        { """{"type": "text"}""", "#/type is 'text'" },
        { """{"type": []}""", "#/type is []" },
        { """{"type": ["null", "null"]}""", "names a type twice" },
        { """{"type": "string", "pattern": "a*"}""", "#/pattern is not in the subset" },
        { """{"anyOf": [{"type": "null"}]}""", "#/anyOf is not in the subset" },
        { """{"$ref": "#"}""", "#/$ref is not in the subset" },
        { """{"type": "number", "minimum": 0}""", "#/minimum is not in the subset" },
        { """{"type": "integer", "minimum": 0.5}""", "#/minimum is 0.5" },
        { """{"type": "integer", "minimum": 5, "maximum": 4}""", "#/minimum is 5" },
        { """{"type": "string", "maxLength": -1}""", "#/maxLength is -1" },
        { """{"type": "string", "maxLength": 1, "minLength": 2}""", "#/minLength is 2" },
        { """{"type": "string", "maxLength": 100000}""", "too large" },
        { """{"type": "string", "maxLength": 2000000000}""", "too large" },
        { """{"type": "array", "maxItems": 2}""", "# is an array without items" },
        { """{"type": "array", "items": {"type": "null"}, "maxItems": 1, "minItems": 2}""", "#/minItems is 2" },
        { """{"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "string", "format": "date"}}, "required": ["b"]}}, "required": ["a"]}""", "#/properties/a/properties/b/format" },
        { """{"type": "object", "properties": {"a": {"type": "null"}}}""", "#/properties/a is not required" },
        { """{"type": "object", "required": ["a"]}""", "#/required names 'a'" },
        { """{"type": "object", "properties": {"a": {"type": "null"}, "a": {"type": "null"}}, "required": ["a"]}""", "#/properties/a is given twice" },
        { """{"type": "object", "additionalProperties": {"type": "null"}}""", "#/additionalProperties" },
        { """{"type": "object", "properties": []}""", "#/properties is []" },
        { """{"type": "null", "type": "null"}""", "#/type is given twice" },
        { """{"enum": []}""", "#/enum is []" },
        { """{"enum": [{}]}""", "#/enum has {}" },
        { """{"enum": ["a"], "type": "integer"}""", "not of the type beside it" },
        { """{"const": "\ud800"}""", "not valid Unicode" },
    };

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Texts_are_accepted_exactly_when_parsing_and_checking_accepts_them(string schema)
    {
        using JsonDocument document = JsonDocument.Parse(schema);
        AnswerConstraint constraint = AnswerConstraint.JsonSchema(schema);
        var random = new Random(31);
        int accepted = 0;
        int refused = 0;
        foreach (string sample in Samples(constraint, 150, random))
        {
            Assert.True(JsonCheck.Satisfies(sample, document.RootElement), sample);
            for (int i = 0; i < 20; i++)
            {
                string edited = Edited(sample, random);
                bool expected = JsonCheck.Satisfies(edited, document.RootElement);
                Assert.True(expected == constraint.Accepts(edited), edited);
                _ = expected ? accepted++ : refused++;
            }
        }

        Assert.True(accepted > 0 && refused > 100, $"{accepted} edited texts were accepted, {refused} refused.");
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 256)]
    [InlineData(3, 170)]
    [InlineData(16, 32)]
    [InlineData(40, 16)]
    public void A_string_without_maxLength_ends_by_a_default_that_several_share(int strings, int longest)
    {
        string[] names = [.. Enumerable.Range(0, strings).Select(i => $"s{i}")];
        string schema = $$"""{"type": "object", "properties": {{{string.Join(", ", names.Select(name => $"\"{name}\": {{\"type\": \"string\"}}"))}}}, "required": [{{string.Join(", ", names.Select(name => $"\"{name}\""))}}]}""";
        AnswerConstraint constraint = AnswerConstraint.JsonSchema(schema);

        Assert.True(constraint.Accepts(Text(longest)));
        Assert.False(constraint.Accepts(Text(longest + 1)));

        string Text(int length) => "{" + string.Join(", ", names.Select(name => $"\"{name}\": \"{new string('e', length)}\"")) + "}";
    }

    [Fact]
    public void Strings_inside_an_array_count_as_often_as_it_may_have_elements()
    {
        AnswerConstraint constraint = AnswerConstraint.JsonSchema("""{"type": "array", "items": {"type": "string"}, "maxItems": 4}""");

        Assert.True(constraint.Accepts($"[\"{new string('e', 128)}\"]"));
        Assert.False(constraint.Accepts($"[\"{new string('e', 129)}\"]"));
    }

    [Fact]
    public void An_array_without_maxItems_ends_by_a_default()
    {
        AnswerConstraint constraint = AnswerConstraint.JsonSchema("""{"type": "array", "items": {"type": "null"}}""");

        Assert.True(constraint.Accepts($"[{string.Join(",", Enumerable.Repeat("null", 16))}]"));
        Assert.False(constraint.Accepts($"[{string.Join(",", Enumerable.Repeat("null", 17))}]"));
    }

    [Fact]
    public void A_larger_minimum_is_the_bound_where_none_is_given()
    {
        AnswerConstraint text = AnswerConstraint.JsonSchema("""{"type": "string", "minLength": 300}""");
        AnswerConstraint list = AnswerConstraint.JsonSchema("""{"type": "array", "items": {"const": 7}, "minItems": 20}""");

        Assert.True(text.Accepts($"\"{new string('e', 300)}\""));
        Assert.False(text.Accepts($"\"{new string('e', 301)}\""));
        Assert.True(list.Accepts($"[{string.Join(",", Enumerable.Repeat("7", 20))}]"));
        Assert.False(list.Accepts($"[{string.Join(",", Enumerable.Repeat("7", 21))}]"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_outside_the_subset_is_refused_with_its_place(string schema, string says) =>
        Assert.Contains(says, Assert.Throws<UniMedException>(() => AnswerConstraint.JsonSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Schemas_nested_too_deep_or_too_long_are_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type": "array", "maxItems": 1, "items": """, 200)) + """{"type": "null"}""" + new string('}', 200);
        Assert.Throws<UniMedException>(() => AnswerConstraint.JsonSchema(deep));
        using JsonDocument document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 1000 });
        Assert.Contains("64 deep", Assert.Throws<UniMedException>(() => AnswerConstraint.JsonSchema(document.RootElement)).Message, StringComparison.Ordinal);
        Assert.Contains("1048577 characters", Assert.Throws<UniMedException>(() => AnswerConstraint.JsonSchema(new string(' ', (1 << 20) + 1))).Message, StringComparison.Ordinal);
    }

    /// <summary>Answers drawn from the automaton over the small model's vocabulary, ending soon or late.</summary>
    private static IEnumerable<string> Samples(AnswerConstraint constraint, int count, Random random)
    {
        LlamaTokenizer tokenizer = NanoTokenizer.Instance;
        var automaton = new TokenAutomaton(constraint.Automaton, new ConstraintVocabulary(tokenizer, tokenizer.VocabSize), "schema");
        var ids = new int[tokenizer.VocabSize];
        for (int i = 0; i < count; i++)
        {
            var progress = new ConstraintProgress(automaton, automaton.MinTokens + random.Next(40));
            var answer = new List<int>();
            for (int token = ids[random.Next(progress.Allowed(ids))]; token != tokenizer.EosTokenId; token = ids[random.Next(progress.Allowed(ids))])
            {
                answer.Add(token);
                progress.Append(token);
            }

            yield return tokenizer.Decode([.. answer]);
        }
    }

    private static string Edited(string text, Random random)
    {
        string[] pieces = [" ", "\"", "\\", "\\u00e9", "\\ud83d", "\\uD7FF", "🙂", "é", "\u007f", "\n", "0", "7", "-", ".", ",", ":", "{", "}", "[", "]", "true", "null", "a", "e1", "\\/"];
        var edited = new StringBuilder(text);
        for (int edits = random.Next(1, 3); edits > 0; edits--)
        {
            int at = random.Next(edited.Length + 1);
            if (random.Next(3) > 0)
                edited.Insert(at, pieces[random.Next(pieces.Length)]);
            else if (at < edited.Length)
                edited.Remove(at, 1);
        }

        return edited.ToString();
    }
}
