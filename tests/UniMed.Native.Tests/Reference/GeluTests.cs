using UniMed.Native.Reference;
using UniMed.Native.Tests.Expected;
using Xunit;

namespace UniMed.Native.Tests.Reference;

/// <summary>The error function and GELU against values computed with 60 digits.</summary>
public sealed class GeluTests
{
    public static TheoryData<double, double> ErrorFunctionValues => new()
    {
        { 0.001, 0.0011283787909692363799 },
        { 0.1, 0.1124629160182848922 },
        { 0.5, 0.52049987781304653768 },
        { 1, 0.84270079294971486934 },
        { 2, 0.99532226501895273416 },
        { 2.9, 0.99995890212190054116 },
        { 3, 0.99997790950300141456 },
        { 3.1, 0.9999883513426328004 },
        { 4, 0.99999998458274209972 },
        { 5.5, 0.99999999999999264215 },
    };

    public static TheoryData<float, double> GeluValues => new()
    {
        { 0.5f, 0.34573123063700655182 },
        { 1f, 0.84134474606854294859 },
        { -1f, -0.15865525393145705141 },
        { -2.5f, -0.015524163314440337917 },
        { 3f, 2.9959503059051097164 },
        { -5f, -1.4332578593959695584e-6 },
        { 10f, 10.0 },
        { -10f, -7.619853024160526066e-23 },
        { 20f, 20.0 },
    };

    [Theory]
    [MemberData(nameof(ErrorFunctionValues))]
    public void The_error_function_is_right_to_1e_12(double x, double expected)
    {
        Assert.Equal(expected, Gelu.Erf(x), 1e-12);
        Assert.Equal(-expected, Gelu.Erf(-x), 1e-12);
    }

    [Theory]
    [MemberData(nameof(ErrorFunctionValues))]
    public void The_tests_own_error_function_is_right_to_1e_12(double x, double expected)
    {
        Assert.Equal(expected, ErrorFunction.Erf(x), 1e-12);
        Assert.Equal(-expected, ErrorFunction.Erf(-x), 1e-12);
    }

    [Theory]
    [MemberData(nameof(GeluValues))]
    public void Gelu_is_rounded_once(float x, double expected) =>
        Assert.Equal(expected, Gelu.Apply(x), (Math.Abs(expected) * Math.Pow(2, -23)) + 1e-11);

    [Fact]
    public void The_error_function_has_no_seam_between_its_two_expansions()
    {
        for (double x = -6.5; x <= 6.5; x += 0.0078125)
            Assert.Equal(ErrorFunction.Erf(x), Gelu.Erf(x), 1e-12);
        Assert.Equal(Gelu.Erf(3), Gelu.Erf(Math.BitDecrement(3)), 1e-12);
        Assert.Equal(Gelu.Erf(6), Gelu.Erf(Math.BitIncrement(6)), 1e-12);
    }

    [Fact]
    public void Extremes_follow_the_formula()
    {
        Assert.Equal(0, Gelu.Apply(0));
        Assert.Equal(float.PositiveInfinity, Gelu.Apply(float.PositiveInfinity));
        Assert.True(float.IsNaN(Gelu.Apply(float.NegativeInfinity)));
        Assert.True(float.IsNaN(Gelu.Apply(float.NaN)));
        Assert.Equal(0, Gelu.Apply(-100));
        Assert.Equal(float.MaxValue, Gelu.Apply(float.MaxValue));
        Assert.Equal(float.Epsilon / 2, Gelu.Apply(float.Epsilon));
    }
}
