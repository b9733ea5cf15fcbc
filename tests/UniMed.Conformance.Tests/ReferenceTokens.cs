using System.Text.Json;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>
/// golden/evaluation/reference-tokens.jsonl: the token ids of the reference device's answers to the evaluation set. One test computes them again; others compare their device with the file, since the
/// reference takes minutes.
/// </summary>
internal static class ReferenceTokens
{
    private const string Name = "reference-tokens.jsonl";

    /// <summary>Token ids by item, in the order of the items.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Read() => [.. File.ReadLines(Golden.Path("evaluation", Name)).Select(line => JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!.Ids)];

    /// <summary>Asserts that the file says the same, and leaves what it should say in the temporary folder where it does not.</summary>
    /// <param name="items">The items.</param>
    /// <param name="tokens">The token ids of each.</param>
    public static void AssertEqual(IEnumerable<EvaluationItem> items, IReadOnlyDictionary<string, IReadOnlyList<int>> tokens)
    {
        string[] received = [.. items.Select(item => JsonSerializer.Serialize(new Line(item.Id, [.. tokens[item.Id]]), JsonSerializerOptions.Web))];
        string golden = Golden.Path("evaluation", Name);
        if (File.Exists(golden) && received.SequenceEqual(File.ReadLines(golden)))
            return;
        string path = Path.Combine(Path.GetTempPath(), Name);
        File.WriteAllLines(path, received);
        Assert.Fail($"The reference device's answers differ from {golden}. Compare it with {path}; if the change is meant, copy that file over the golden one.");
    }

    private sealed record Line(string Id, int[] Ids);
}
