using System.Text;
using System.Text.Json;
using UniMed.Cli;

namespace UniMed.Tests;

/// <summary>One command line, run in this process, with what it wrote.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as the one JSON object it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static string Slice(string name = "mri_axial_080") => Path.Combine(Golden.Root, "samples", "slices", name + ".png");

    public static Task<CliRun> Of(params string[] args) => Of("", args, CancellationToken.None);

    public static async Task<CliRun> Of(string input, string[] args, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));
        int exitCode = await UnimedCommandLine.InvokeAsync(args, new CommandConsole(output, error, stream), cancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Names of an object's members, in their order.</summary>
    public static string[] Members(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];
}
