using System.Diagnostics;
using UniMed.Cli;
using Xunit;

namespace UniMed.Tests;

/// <summary>The program itself, as a process.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task The_program_answers_in_UTF8_without_escape_codes_when_redirected()
    {
        using Process process = CliProcess.Start("answer", "which blood cell fights infection ?", "--timings");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Success, process.ExitCode);
        Assert.StartsWith("white blood cell", output, StringComparison.Ordinal);
        Assert.Contains("╭", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\uFEFF', output);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interrupting_a_run_that_waits_for_requests_ends_it_with_130(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals cannot be sent to a process on Windows");
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(), "this process was started with SIGINT ignored, as in the background of a script, and so are its children");
        using Process process = CliProcess.Start("run", "--input", "-", "--output", "-");
        await process.StandardInput.WriteLineAsync("""{"id": "a", "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        string? answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Contains("white blood cell", answer, StringComparison.Ordinal);

        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
    }

    private static bool IgnoresInterrupts()
    {
        const string Mask = "SigIgn:";
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Mask, StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line[Mask.Length..].Trim(), 16) & 2) != 0;
    }
}
