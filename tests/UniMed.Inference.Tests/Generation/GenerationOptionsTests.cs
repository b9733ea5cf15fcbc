using UniMed.Inference;
using Xunit;

namespace UniMed.Tests.Generation;

public class GenerationOptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_evaluation_and_valid()
    {
        GenerationOptions options = new();
        options.Validate();
        Assert.Equal(100, options.MaxNewTokens);
        Assert.Equal(1, options.NumBeams);
        Assert.False(options.DoSample);
        Assert.Equal(50, options.TopK);
        Assert.Equal(0.9, options.TopP);
    }

    public static TheoryData<string, GenerationOptions, string, string> Wrong => new()
    {
        { "MaxNewTokens", new() { MaxNewTokens = 0 }, "1 to 1000000", "0" },
        { "MaxNewTokens", new() { MaxNewTokens = int.MaxValue }, "1 to 1000000", "2147483647" },
        { "NumBeams", new() { NumBeams = 0 }, "1 to 64", "0" },
        { "NumBeams", new() { NumBeams = 65 }, "1 to 64", "65" },
        { "MinLength", new() { MinLength = -1 }, "0 to 1000000", "-1" },
        { "TopK", new() { TopK = -2 }, "0 to", "-2" },
        { "RepetitionPenalty", new() { RepetitionPenalty = 0 }, "1E-06 to 1000000", "0" },
        { "RepetitionPenalty", new() { RepetitionPenalty = double.NaN }, "1E-06 to 1000000", "NaN" },
        { "LengthPenalty", new() { LengthPenalty = double.PositiveInfinity }, "-1000 to 1000", "Infinity" },
        { "Temperature", new() { Temperature = 0 }, "1E-20 to 1E+20", "0" },
        { "Temperature", new() { Temperature = double.NaN }, "1E-20 to 1E+20", "NaN" },
        { "TopP", new() { TopP = 1.01 }, "0 to 1", "1.01" },
        { "TopP", new() { TopP = -0.5 }, "0 to 1", "-0.5" },
        { "TopP", new() { TopP = double.NaN }, "0 to 1", "NaN" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_value_out_of_range_is_refused_by_option_range_and_value(string option, GenerationOptions options, string range, string value)
    {
        string message = Assert.Throws<UniMedException>(options.Validate).Message;
        Assert.StartsWith($"{option} is {value};", message, StringComparison.Ordinal);
        Assert.Contains(range, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_ends_of_every_range_are_valid()
    {
        new GenerationOptions { MaxNewTokens = 1, NumBeams = 64, MinLength = 0, TopK = 0, TopP = 0, LengthPenalty = -3 }.Validate();
        new GenerationOptions { MaxNewTokens = 1_000_000, MinLength = 1_000_000, TopK = int.MaxValue, TopP = 1, DoSample = true }.Validate();
    }

    [Fact]
    public void Beam_sampling_is_not_offered()
    {
        string message = Assert.Throws<UniMedException>(new GenerationOptions { NumBeams = 2, DoSample = true }.Validate).Message;
        Assert.Contains("beam sampling is not offered", message, StringComparison.Ordinal);
    }
}
