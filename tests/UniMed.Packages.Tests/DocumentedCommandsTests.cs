using System.Text.RegularExpressions;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>Nothing stands on the page that no test runs.</summary>
public sealed partial class DocumentedCommandsTests
{
    [Fact]
    public void Every_block_of_commands_is_one_that_a_test_runs() => Assert.Equal(
        [DocumentedCommands.Pack, DocumentedCommands.Host, DocumentedCommands.Tool, DocumentedCommands.ReadyToRun, DocumentedCommands.NativeAot],
        DocumentedCommands.All);

    [Fact]
    public void Versions_in_commands_are_the_one_that_is_packed()
    {
        Match[] named = [.. DocumentedCommands.All.SelectMany(block => Versions().Matches(block))];

        Assert.NotEmpty(named);
        Assert.All(named, version => Assert.Equal(PackageFeed.Version, version.Groups[1].Value));
    }

    [GeneratedRegex(@"--version (\S+)")]
    private static partial Regex Versions();
}
