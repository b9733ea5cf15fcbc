using Xunit;

namespace UniMed.Native.Tests;

public sealed class ElementTypesTests
{
    [Theory]
    [InlineData("F64", ElementType.F64, 8, true)]
    [InlineData("F32", ElementType.F32, 4, true)]
    [InlineData("F16", ElementType.F16, 2, true)]
    [InlineData("BF16", ElementType.BF16, 2, true)]
    [InlineData("I64", ElementType.I64, 8, false)]
    [InlineData("I32", ElementType.I32, 4, false)]
    [InlineData("I8", ElementType.I8, 1, false)]
    [InlineData("U8", ElementType.U8, 1, false)]
    [InlineData("BOOL", ElementType.Bool, 1, false)]
    public void Names_sizes_and_kinds_are_those_of_safetensors(string name, ElementType type, int size, bool isFloat)
    {
        Assert.True(ElementTypes.TryParse(name, out ElementType parsed));
        Assert.Equal(type, parsed);
        Assert.Equal(name, type.SafetensorsName());
        Assert.Equal(size, type.Size());
        Assert.Equal(isFloat, type.IsFloat());
    }

    [Theory]
    [InlineData("")]
    [InlineData("f32")]
    [InlineData("Bool")]
    [InlineData("F8_E4M3")]
    [InlineData("1")]
    public void Other_names_are_unknown(string name) => Assert.False(ElementTypes.TryParse(name, out _));

    [Fact]
    public void An_undefined_type_has_no_size() => Assert.ThrowsAny<ArgumentException>(() => ((ElementType)99).Size());
}
