using System.Diagnostics;
using Xunit;

namespace UniMed.Tests;

/// <summary>The program itself, as a process.</summary>
internal static class CliProcess
{
    /// <summary>The program is referenced by the tests and lies beside them.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "unimed.exe" : "unimed");

    public static Process Start(params string[] args) => Start(new ProcessStartInfo(Program, args));

    /// <summary>Runs a line of bash, in which $unimed is the program and $slice a picture, to its end.</summary>
    public static async Task<CliRun> Shell(string folder, string line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the shell, its redirections and the devices are Linux's");
        var start = new ProcessStartInfo("bash", ["-c", line]) { WorkingDirectory = folder };
        start.Environment["unimed"] = Program;
        start.Environment["slice"] = CliRun.Slice();
        start.Environment["model"] = Path.Combine(Golden.Root, "models", "unimed-nano");
        using Process process = Start(start);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CliRun(process.ExitCode, await output, error);
    }

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = System.Text.Encoding.UTF8;
        return Process.Start(start)!;
    }
}
