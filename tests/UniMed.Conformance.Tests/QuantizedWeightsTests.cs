using System.Globalization;
using UniMed.WeightsConverter;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>How much of the full-precision model's answers survives smaller weights (docs/numerics.md).</summary>
public class QuantizedWeightsTests(NanoModel nano, ITestOutputHelper output) : IClassFixture<NanoModel>
{
    /// <summary>Prints the table of docs/numerics.md.</summary>
    [Fact(Explicit = true)]
    public async Task The_table_of_agreement_over_the_evaluation_set()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        IReadOnlyList<IReadOnlyList<int>> expected = await Agreement.EvaluationTokensAsync(nano.Model, cancellation);
        (string Name, WeightDtype Dtype, WeightPart[]? F16, WeightPart[]? Int8)[] rows =
        [
            ("bf16", WeightDtype.BF16, null, null),
            ("f16", WeightDtype.F16, null, null),
            ("int8", WeightDtype.Int8, null, null),
            ("int4", WeightDtype.Int4, null, null),
            ("int4 all", WeightDtype.Int4, null, []),
            ("int4 i8:lm_head", WeightDtype.Int4, null, [WeightPart.LmHead]),
            ("int4 i8:router", WeightDtype.Int4, null, [WeightPart.Router]),
            ("int4 i8:vision", WeightDtype.Int4, null, [WeightPart.Vision]),
            ("int4 i8:experts", WeightDtype.Int4, null, [WeightPart.Experts]),
            ("int4 i8:layers", WeightDtype.Int4, null, [WeightPart.Layers]),
            ("int4 f16:lm_head", WeightDtype.Int4, [WeightPart.LmHead], null),
            ("int4 i8:vision,connector,lm_head", WeightDtype.Int4, null, [WeightPart.Vision, WeightPart.Router, WeightPart.Experts, WeightPart.LmHead]),
        ];
        foreach ((string name, WeightDtype dtype, WeightPart[]? keepF16, WeightPart[]? keepInt8) in rows)
        {
            using var converted = new ConvertedNano(dtype, keepF16, keepInt8);
            IReadOnlyList<IReadOnlyList<int>> actual = await Agreement.EvaluationTokensAsync(converted.Model, cancellation);
            double difference = await Agreement.LargestLogitDifferenceAsync(converted.Model, cancellation);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {converted.Bytes / 1e6:0.0} MB | {100 * Agreement.EqualAnswers(expected, actual):0.0} % | {100 * Agreement.EqualTokens(expected, actual):0.0} % | {difference:g2} |"));
            Console.WriteLine($"{name} {Agreement.EqualAnswers(expected, actual)} {Agreement.EqualTokens(expected, actual)} {difference}");
        }
    }
}
