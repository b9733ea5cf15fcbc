using UniMed.Cli.Rendering;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

/// <summary>The library's messages as a user of the command line reads them.</summary>
public sealed class OptionNamesTests
{
    public static TheoryData<string, string> Wrong => new()
    {
        { nameof(GenerationOptions.NumBeams), "--num-beams is 65" },
        { nameof(GenerationOptions.MaxNewTokens), "--max-new-tokens is 0" },
        { nameof(GenerationOptions.TopP), "--top-p is 2" },
        { nameof(GenerationOptions.TopK), "--top-k is -1" },
        { nameof(GenerationOptions.Temperature), "--temperature is 0" },
        { nameof(GenerationOptions.RepetitionPenalty), "--repetition-penalty is 0" },
        { nameof(GenerationOptions.LengthPenalty), "--length-penalty is NaN" },
        { nameof(GenerationOptions.MinLength), "--min-length is -1" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Options_have_the_names_of_the_command_line(string option, string expected)
    {
        GenerationOptions wrong = option switch
        {
            nameof(GenerationOptions.NumBeams) => new() { NumBeams = 65 },
            nameof(GenerationOptions.MaxNewTokens) => new() { MaxNewTokens = 0 },
            nameof(GenerationOptions.TopP) => new() { TopP = 2 },
            nameof(GenerationOptions.TopK) => new() { TopK = -1 },
            nameof(GenerationOptions.Temperature) => new() { Temperature = 0 },
            nameof(GenerationOptions.RepetitionPenalty) => new() { RepetitionPenalty = 0 },
            nameof(GenerationOptions.LengthPenalty) => new() { LengthPenalty = double.NaN },
            _ => new() { MinLength = -1 },
        };
        string message = Assert.Throws<UniMedException>(wrong.Validate).Message;
        Assert.StartsWith(expected, OptionNames.AsFlags(message), StringComparison.Ordinal);
        Assert.StartsWith(expected[2..expected.IndexOf(' ', StringComparison.Ordinal)].Replace('-', '_'), OptionNames.AsMembers(message), StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_that_the_command_line_does_not_have_are_no_advice()
    {
        byte[] picture = File.ReadAllBytes(CliRun.Slice());
        foreach (ImageLimits limits in (ImageLimits[])[new() { MaxDimension = 4 }, new() { MaxPixels = 4 }, new() { MaxEncodedBytes = 4 }])
        {
            string message = Assert.Throws<ImageException>(() => MedicalImage.Decode(picture, new ImageDecodeOptions { Limits = limits })).Message;
            string told = OptionNames.AsFlags(message);
            Assert.Contains("ImageLimits", message, StringComparison.Ordinal);
            Assert.DoesNotContain("ImageLimits", told, StringComparison.Ordinal);
            Assert.Contains("cale the picture down", told, StringComparison.Ordinal);
        }
    }
}
