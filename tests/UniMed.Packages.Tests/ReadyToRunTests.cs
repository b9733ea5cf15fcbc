using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The command line compiled before the run, for an installed .NET: as the documented command publishes it.</summary>
[Collection(SharedFeed.Name)]
public sealed class ReadyToRunTests(PackageFeed feed)
{
    [Fact]
    public async Task The_command_line_is_compiled_once_and_answers_every_golden_case()
    {
        string log = await feed.RunAsync(DocumentedCommands.ReadyToRun);
        string folder = Path.Combine(feed.Repository, "artifacts", "unimed-r2r");
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
        foreach (string name in new[] { "unimed.dll", "UniMed.Bench.dll", "UniMed.Inference.dll", "UniMed.Native.dll" })
            Assert.True(HasNativeCode(Path.Combine(folder, name)), $"{name} has no native code.");
        JsonNode properties = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "unimed.runtimeconfig.json"), TestContext.Current.CancellationToken))!["runtimeOptions"]!["configProperties"]!;
        Assert.False((bool)properties["System.Runtime.TieredCompilation"]!);

        GoldenCases.WriteRequests(Path.Combine(folder, "requests.jsonl"));
        await Shell.RunAsync(folder, Path.Combine(folder, "unimed"), "run", "--input", "requests.jsonl", "--output", "answers.jsonl");
        Assert.Equal(GoldenCases.Texts, GoldenCases.ReadAnswers(Path.Combine(folder, "answers.jsonl")));
    }

    private static bool HasNativeCode(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(assembly));
        return reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
