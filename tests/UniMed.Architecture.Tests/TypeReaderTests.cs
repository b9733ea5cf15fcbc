using UniMed.Architecture.Tests.Specimens;
using Xunit;

namespace UniMed.Architecture.Tests;

/// <summary>A type is known in whatever way it is named, and its file is found even where it has no code.</summary>
public class TypeReaderTests
{
    private static readonly Lazy<IReadOnlyList<SourceType>> Types =
        new(() => TypeReader.Read(typeof(TypeReaderTests).Assembly.Location, "tests/UniMed.Architecture.Tests"));

    [Theory]
    [InlineData(typeof(ByBase))]
    [InlineData(typeof(IByGenericArgument))]
    [InlineData(typeof(ByConstraint<>))]
    [InlineData(typeof(ByAttribute))]
    [InlineData(typeof(ByCode))]
    [InlineData(typeof(ByNested))]
    [InlineData(typeof(ByWaiting))]
    [InlineData(typeof(ByPointer))]
    [InlineData(typeof(ByCatching))]
    public void It_is_seen_that_a_type_is_known(Type type)
    {
        SourceType read = Read(type);
        Assert.Contains(typeof(Known).FullName, read.Knows);
        Assert.Equal([$"Specimens/{type.Name.Split('`')[0]}.cs"], read.Files);
    }

    [Fact]
    public void A_type_that_knows_nobody_knows_nobody() => Assert.Empty(Read(typeof(Known)).Knows);

    [Fact]
    public void The_file_of_an_enum_is_found() =>
        Assert.Equal(["Specimens/WithoutCode.cs"], Read(typeof(WithoutCode)).Files);

    private static SourceType Read(Type type) => Types.Value.Single(read => read.Name == type.FullName);
}
