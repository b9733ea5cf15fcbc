using System.CommandLine;
using System.Runtime.InteropServices;
using UniMed.Inference;
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

        // SIGINT and SIGTERM: time enough to delete a large partial folder. A closed terminal is the same wish.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(2) };
        using var hangup = new CancellationTokenSource();
        using PosixSignalRegistration closed = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            hangup.Cancel();
        });
        return await parsed.InvokeAsync(invocation, hangup.Token).ConfigureAwait(false);
    }

    private static int Convert(ConvertOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        string? reportPath = parsed.GetValue(options.Report);
        bool json = parsed.GetValue(options.Json);
        try
        {
            ConversionRequest request = options.ToRequest(parsed);
            ReportFile.Check(reportPath, request);
            // In front of the progress, and apart from the report where that is for programs.
            void Announce(ConversionPlan plan) => ReportText.PrintPlan(plan, json ? Console.Error : Console.Out);
            ConversionReport report = ProgressDisplay.Show(progress => Converter.Convert(request, progress, Announce, cancellation));
            if (reportPath is not null)
                ReportFile.Write(reportPath, ReportText.ToJson(report) + "\n", request);
            if (json)
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
