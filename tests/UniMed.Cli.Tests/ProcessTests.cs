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
        using Process process = Start("answer", "which blood cell fights infection ?", "--timings");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Success, process.ExitCode);
        Assert.StartsWith("white blood cell", output, StringComparison.Ordinal);
        Assert.Contains("╭", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\uFEFF', output);
    }

    [Fact]
    public async Task Interrupting_a_run_that_waits_for_requests_ends_it_with_130()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGINT cannot be sent to a process on Windows");
        using Process process = Start("run", "--input", "-", "--output", "-");
        await process.StandardInput.WriteLineAsync("""{"id": "a", "task": "qa", "instruction": "[qa] which blood cell fights infection ?"}""");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        string? answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Contains("white blood cell", answer, StringComparison.Ordinal);

        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
    }

    private static Process Start(params string[] args)
    {
        // The program is referenced by the tests and lies beside them.
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "unimed.exe" : "unimed");
        return Process.Start(new ProcessStartInfo(program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        })!;
    }
}
