using System.Text.RegularExpressions;
using Xunit;

namespace UniMed.Docs.Tests;

/// <summary>Documents can be read in a narrow window, and their figures have one place.</summary>
public partial class ProseTests
{
    private const int MaxLength = 120;

    public static TheoryData<string> Documents => [.. Document.Names];

    /// <summary>Where measured figures stand with their date and machine.</summary>
    public static TheoryData<string> WithoutFigures => [.. Document.Names.Where(name => name != "docs/performance.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Lines_are_at_most_120_characters_long_but_for_tables(string name)
    {
        bool isCode = false;
        foreach ((int index, string line) in Document.Read(name).Text.Split('\n').Index())
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            bool isTable = !isCode && line.StartsWith('|');
            Assert.True(isTable || line.Length <= MaxLength, $"{name}:{index + 1} has {line.Length} characters.");
        }
    }

    [Theory]
    [MemberData(nameof(WithoutFigures))]
    public void Measured_times_and_rates_stand_in_one_document(string name) => Assert.Empty(Figure().Matches(Document.Read(name).Text).Select(match => match.Value));

    [GeneratedRegex(@"\d+(\.\d+)? (ms|µs|ns|GB/s|TB/s|tok/s|GFLOP/s|TFLOP/s|images/s)\b")]
    private static partial Regex Figure();
}
