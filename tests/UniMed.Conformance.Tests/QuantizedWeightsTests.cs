using System.Globalization;
using UniMed.WeightsConverter;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>How much of the full-precision model's answers survives smaller weights (docs/numerics.md).</summary>
public class QuantizedWeightsTests(ITestOutputHelper output)
{
    private static readonly (string Options, WeightDtype Dtype, WeightPart[]? KeepF16, WeightPart[]? KeepInt8)[] Conversions =
    [
        ("f16", WeightDtype.F16, null, null),
        ("bf16", WeightDtype.BF16, null, null),
        ("int8", WeightDtype.Int8, null, null),
        ("int4", WeightDtype.Int4, null, null),
        ("int4 --keep-int8 none", WeightDtype.Int4, null, []),
        ("int4 --keep-f16 lm_head", WeightDtype.Int4, [WeightPart.LmHead], null),
        ("int4 --keep-int8 vision,connector,lm_head", WeightDtype.Int4, null, [WeightPart.Vision, WeightPart.Router, WeightPart.Experts, WeightPart.LmHead]),
        ("int4 --keep-int8 language", WeightDtype.Int4, null, [WeightPart.Layers, WeightPart.LmHead]),
    ];

    /// <summary>Answers are compared with those of the authors' code, beams and penalties included.</summary>
    [Theory]
    [InlineData("reference", WeightDtype.Int8, 1.0, 1.0, 0.2)]
    [InlineData("reference", WeightDtype.Int4, 0.9, 0.97, 2.5)]
    [InlineData("cpu", WeightDtype.F16, 1.0, 1.0, 0.01)]
    [InlineData("cpu", WeightDtype.BF16, 1.0, 1.0, 0.1)]
    [InlineData("cpu", WeightDtype.Int8, 1.0, 1.0, 0.2)]
    [InlineData("cpu", WeightDtype.Int4, 0.9, 0.97, 2.5)]
    public async Task Golden_answers_survive_smaller_weights_to_the_stated_share(string device, WeightDtype dtype, double answers, double tokens, double difference)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var converted = new ConvertedNano(dtype, device: device);
        IReadOnlyList<IReadOnlyList<int>> expected = [.. NanoCase.All.Select(nanoCase => nanoCase.OutputIds[1..])];
        IReadOnlyList<IReadOnlyList<int>> actual = await Agreement.GoldenTokensAsync(converted.Model, cancellation);
        double equalAnswers = Agreement.EqualAnswers(expected, actual);
        double equalTokens = Agreement.EqualTokens(expected, actual);
        double largest = Agreement.LargestLogitDifference(converted.Model, cancellation);
        output.WriteLine($"{expected.Count} cases: {equalAnswers:p1} equal answers, {equalTokens:p1} equal tokens, largest logit difference {largest:g3}");

        Assert.True(equalAnswers >= answers, $"{equalAnswers:p1} of the answers are equal; {answers:p1} are stated.");
        Assert.True(equalTokens >= tokens, $"{equalTokens:p1} of the tokens are equal; {tokens:p1} are stated.");
        Assert.True(largest <= difference, $"Logits differ by {largest:g3}; {difference:g3} is stated.");
    }

    /// <summary>Prints the table of docs/numerics.md; minutes, so it runs only when asked for.</summary>
    [Theory(Explicit = true)]
    [InlineData("reference")]
    [InlineData("cpu")]
    public async Task Table_of_agreement_over_the_evaluation_set(string device)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        IReadOnlyList<IReadOnlyList<int>> expected = ReferenceTokens.Read();
        output.WriteLine($"{device}, against f32 on the reference device");
        output.WriteLine("| --dtype | folder | equal answers | equal tokens | largest logit difference |");
        foreach ((string options, WeightDtype dtype, WeightPart[]? keepF16, WeightPart[]? keepInt8) in Conversions)
        {
            using var converted = new ConvertedNano(dtype, keepF16, keepInt8, device);
            IReadOnlyList<IReadOnlyList<int>> actual = await Agreement.EvaluationTokensAsync(converted.Model, cancellation);
            double difference = Agreement.LargestLogitDifference(converted.Model, cancellation);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| `{options}` | {converted.Bytes / 1e6:0.0} MB | {100 * Agreement.EqualAnswers(expected, actual):0.0} % | {100 * Agreement.EqualTokens(expected, actual):0.0} % | {difference:g2} |"));
        }
    }
}
