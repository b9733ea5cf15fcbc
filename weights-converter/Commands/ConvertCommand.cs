using System.CommandLine;
using UniMed.Inference;
using UniMed.WeightsConverter.Conversion;
using UniMed.WeightsConverter.Reporting;

namespace UniMed.WeightsConverter.Commands;

/// <summary><c>unimed-convert</c>: the command line of <see cref="Converter"/>.</summary>
internal static class ConvertCommand
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new ConvertOptions();
        var command = new RootCommand("Converts the authors' files (EVA-CLIP vision transformer, LLaMA, training checkpoint) into one folder for the UniMed engine.");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Convert(options, parsed, cancellation), CancellationToken.None));
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct())
                await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
            await Console.Error.WriteLineAsync("Run unimed-convert --help for all options.").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        // Ctrl+C: time enough to delete a large partial folder.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(2) };
        return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
    }

    private static int Convert(ConvertOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            ConversionRequest request = options.ToRequest(parsed);
            ConversionReport report = ProgressDisplay.Show(progress => Converter.Convert(request, progress, cancellation));
            if (parsed.GetValue(options.Report) is { } path)
                OutputFolder.Guard(path, () => File.WriteAllText(path, ReportText.ToJson(report) + "\n"));
            if (parsed.GetValue(options.Json))
                Console.Out.WriteLine(ReportText.ToJson(report));
            else
                ReportText.Print(report);
            return ExitCode.Success;
        }
        catch (UniMedException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled. Nothing was written.");
            return ExitCode.Failure;
        }
    }
}
