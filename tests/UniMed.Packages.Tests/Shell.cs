using System.Diagnostics;
using Xunit;

namespace UniMed.Packages.Tests;

/// <summary>Runs programs as a user would at a prompt.</summary>
internal static class Shell
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(8);

    /// <summary>Runs a program that has to succeed.</summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="program">Its path, or a name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        (int code, string output, string errors) = await TryAsync(folder, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}\nended with {code}:\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs lines of bash that all have to succeed.</summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="commands">The lines.</param>
    /// <param name="environment">Variables to add.</param>
    /// <returns>What they wrote to standard output.</returns>
    public static async Task<string> ScriptAsync(string folder, string commands, IEnumerable<KeyValuePair<string, string>> environment)
    {
        // They write to files: the compiler that builds leave behind for the next one would hold a pipe open.
        DirectoryInfo written = Directory.CreateTempSubdirectory("unimed-script-");
        string outputFile = Path.Combine(written.FullName, "output");
        string errorFile = Path.Combine(written.FullName, "errors");
        (int code, _, _) = await TryAsync(
            folder, "bash", [.. environment, KeyValuePair.Create("UseSharedCompilation", "true")], "-euc", $"exec >'{outputFile}' 2>'{errorFile}'\n{commands}");
        string output = await File.ReadAllTextAsync(outputFile, TestContext.Current.CancellationToken);
        string errors = await File.ReadAllTextAsync(errorFile, TestContext.Current.CancellationToken);
        written.Delete(recursive: true);
        Assert.True(code == 0, $"{commands}\nended with {code}:\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    public static Task<(int Code, string Output, string Errors)> TryAsync(string folder, string program, params string[] arguments) =>
        TryAsync(folder, program, [], arguments);

    private static async Task<(int Code, string Output, string Errors)> TryAsync(
        string folder, string program, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // What a build that runs these tests told its own processes is not for theirs.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase) || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        // Servers would outlive the program and hold its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Longest);
        Task<string> output = process.StandardOutput.ReadToEndAsync(late.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(late.Token);
        try
        {
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
