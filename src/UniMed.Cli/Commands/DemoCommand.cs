using System.CommandLine;
using Spectre.Console;
using UniMed.Cli.Demo;
using UniMed.Cli.Rendering;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed demo: all six tasks on the slices that come with UniMed.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandConsole console)
    {
        var output = new Option<string>("--output")
        {
            Description = "Folder for the annotated pictures; made if it is not there.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "unimed-demo",
        };
        var model = new ModelFlags();
        Option<bool> json = JsonFlag.Create();
        var command = new Command(
            "demo", "Ask all six tasks about bundled brain MRI slices, show answers beside the truth, and write the slices with boxes drawn and named.") { output };
        model.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string slices = BundledFiles.FindSlices() ?? throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"The bundled slices are missing: samples/slices/slices.json lies neither above {Environment.CurrentDirectory} nor above {AppContext.BaseDirectory}. Run from a clone of the repository.");
            DemoSet set = DemoSetFile.Read(slices);
            string folder = Create(TextArgument.Require("--output", parsed.GetRequiredValue(output)));
            console.RequireOutput();
            InputFiles inputs = model.AddInputs(parsed, new InputFiles()).AddFolder(Path.GetDirectoryName(slices)!, "a bundled slice");
            using UniMedModel loaded = await model.LoadAsync(parsed, console, cancellationToken);
            using var runner = new DemoRunner(loaded, set, Path.GetDirectoryName(slices)!, new RequestOptions());
            var rows = new List<DemoRow>();
            foreach (DemoQuestion question in set.Questions)
            {
                using StatusLine status = console.Status($"question {rows.Count + 1} of {set.Questions.Count}");
                DemoRow row = await runner.AskAsync(question, cancellationToken);
                rows.Add(await DrawAsync(console, runner, row, folder, inputs, cancellationToken));
            }

            if (parsed.GetValue(json))
                AnswerPrinter.WriteJson(console, new DemoRecord(loaded.Device.Name, folder, rows), UnimedJson.Lines.DemoRecord);
            else
                Print(console, loaded, rows, folder);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<DemoRow> DrawAsync(CommandConsole console, DemoRunner runner, DemoRow row, string folder, InputFiles inputs, CancellationToken cancellationToken)
    {
        if (row.Picture is null)
            return row;
        string path = Path.Combine(folder, row.Picture);
        await new OutputFile("--output", path, inputs).WriteAsync(console, ImageAnnotator.Draw(runner.ImageOf(row), row.Annotations, AnnotatedPicture.MinimumSide), cancellationToken);
        return row with { Picture = path };
    }

    private static void Print(CommandConsole console, UniMedModel model, List<DemoRow> rows, string folder)
    {
        IAnsiConsole rich = console.Rich();
        DemoPrinter.Print(rich, rows);
        int known = rows.Count(row => row.IsRight is not null);
        console.Output.WriteLine($"{rows.Count(row => row.IsRight == true)} of {known} answers are right (a box when it overlaps the true one by more than half). Device: {model.Device.Description}");
        console.Output.WriteLine($"{rows.Count(row => row.Picture is not null)} annotated pictures are in {folder}");
        console.Output.WriteLine("Research use only, not for diagnosis.");
    }

    private static string Create(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UniMedException(UniMedFailure.InvalidInput, $"{folder}: the folder cannot be made: {error.Message} Name another one with --output.", error);
        }
    }
}
