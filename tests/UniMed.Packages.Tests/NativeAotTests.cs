using System.Runtime.Intrinsics.X86;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>The command line compiled ahead of time: no warning, no part of .NET beside it, the same answers.</summary>
[Collection(SharedFeed.Name)]
public sealed class NativeAotTests(PackageFeed feed)
{
    [Fact]
    public async Task The_command_line_publishes_without_a_warning_and_answers_every_golden_case()
    {
        string linker = new[] { "clang", "gcc" }.FirstOrDefault(IsOnPath) ?? "";
        Assert.SkipWhen(linker.Length == 0 && OperatingSystem.IsLinux(), "NativeAOT links with clang or gcc; neither is here.");
        string log = await feed.RunAsync(DocumentedCommands.NativeAot, ("TrimmerSingleWarn", "false"), ("CppCompilerAndLinker", linker));
        string folder = Path.Combine(feed.Repository, "artifacts", "unimed");
        Assert.DoesNotContain("warning", log, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Directory.GetFiles(folder, "*.dll"));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), NativeFiles.IsForeign);
        string unimed = Path.Combine(folder, "unimed");

        GoldenCases.WriteRequests(Path.Combine(folder, "requests.jsonl"));
        await Shell.RunAsync(folder, unimed, "run", "--input", "requests.jsonl", "--output", "answers.jsonl");
        Assert.Equal(GoldenCases.Texts, GoldenCases.ReadAnswers(Path.Combine(folder, "answers.jsonl")));

        // Every other command once: rendering, drawing and JSON are where code that was trimmed away would be missed.
        Assert.Contains($"\"text\":\"{GoldenCases.Answer}\"", await Shell.RunAsync(folder, unimed, "ask", GoldenCases.Slice, GoldenCases.Question, "--json"), StringComparison.Ordinal);
        await Shell.RunAsync(folder, unimed, "locate", GoldenCases.Slice, GoldenCases.Phrase, "--output", "found.png");
        Assert.True(new FileInfo(Path.Combine(folder, "found.png")).Length > 1000);
        Assert.Contains("axial brain MRI", await Shell.RunAsync(folder, unimed, "classify", GoldenCases.Slice, "--label", "axial brain MRI", "--label", "sagittal brain MRI"), StringComparison.Ordinal);
        await Shell.RunAsync(folder, unimed, "demo", "--output", "demo");
        Assert.Contains("soft", await Shell.RunAsync(folder, unimed, "info"), StringComparison.Ordinal);
        Assert.Contains("\"tensors\"", await Shell.RunAsync(folder, unimed, "info", "--json"), StringComparison.Ordinal);
        (int code, _, string errors) = await Shell.TryAsync(folder, unimed, "ask", "nowhere.png", "?");
        Assert.Equal(1, code);
        Assert.Contains("nowhere.png", errors, StringComparison.Ordinal);

        string devices = await Shell.RunAsync(folder, unimed, "devices", "--json");
        Assert.Contains("compiled ahead of time cannot do", devices, StringComparison.Ordinal);
        if (Avx2.IsSupported)
            Assert.Contains("256-bit SIMD", devices, StringComparison.Ordinal);
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
