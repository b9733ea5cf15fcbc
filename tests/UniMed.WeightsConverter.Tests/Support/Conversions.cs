using UniMed.WeightsConverter.Reporting;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Support;

/// <summary>Runs conversions under the test's own cancellation.</summary>
internal static class Conversions
{
    public static ConversionReport Run(ConversionRequest request) => Converter.Convert(request, null, TestContext.Current.CancellationToken);

    /// <summary>The message of a conversion that must fail.</summary>
    public static string Refusal(ConversionRequest request) => Assert.ThrowsAny<Inference.UniMedException>(() => Run(request)).Message;
}
