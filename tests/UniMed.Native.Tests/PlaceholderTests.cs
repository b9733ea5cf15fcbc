using Xunit;

namespace UniMed.Tests;

public class PlaceholderTests
{
    [Fact]
    public void Golden_files_are_found() => Assert.True(Directory.Exists(Golden.Path("nano")));
}
