using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed locate: where a phrase is in an image.</summary>
internal static class LocateCommand
{
    public static Command Create(CommandConsole console)
    {
        Argument<string> path = ImageArgument.Create();
        var phrase = new Argument<string>("PHRASE") { Description = "What to look for, such as \"left thalamus\"." };
        var output = new Option<string?>("--output") { Description = "Write the image with the box drawn and named to this PNG file.", HelpName = "PNG" };
        var window = new WindowFlags();
        var flags = new QuestionFlags();
        var sampling = new SampleFlags();
        var command = new Command("locate", "Locate what a phrase names (task refer): a box in percent of width and height, and in pixels.") { path, phrase, output };
        window.AddTo(command);
        flags.AddTo(command);
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            sampling.Check(parsed, options);
            string what = TextArgument.Require("PHRASE", parsed.GetRequiredValue(phrase));
            string source = parsed.GetRequiredValue(path);
            string? picture = parsed.GetValue(output);
            OutputFile? drawing = picture is null ? null : new OutputFile("--output", picture, flags.Inputs(parsed).AddImage(source));
            drawing?.Check();
            MedicalImage image = await ImageArgument.LoadAsync(console, source, window.Read(parsed), cancellationToken);
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            using Study study = model.Open(image);
            LiveAnswer live = flags.Live(parsed, console, LiveAnswer.Looking);
            (LocateAnswer answer, AgreementRecord? agreement) = await sampling.AskAsync(
                parsed, options, live, (each, cancellation) => study.LocateAsync(what, each, cancellation), cancellationToken);
            if (drawing is not null)
                await drawing.WriteAsync(console, Draw(image, answer, what), cancellationToken);
            var record = new LocateRecord(answer, answer is { Percent: { } percent, Pixels: { } pixels } ? BoxRecord.From(percent, pixels) : null)
            {
                Picture = picture,
                UncalibratedAgreement = agreement,
            };
            if (flags.Json(parsed))
                AnswerPrinter.WriteJson(console, record, UnimedJson.Lines.LocateRecord);
            else
                Print(console, record, live.IsShown);
            return ExitCode.Success;
        });
        return command;
    }

    private static byte[] Draw(MedicalImage image, LocateAnswer answer, string phrase) => answer.Pixels is { } box
        ? ImageAnnotator.Draw(image, box, phrase, AnnotatedPicture.MinimumSide)
        : throw new UniMedException(UniMedFailure.InvalidInput, $"There is no box to draw: the model answered '{TerminalText.Safe(answer.Text)}'. Ask without --output, or for something else.");

    private static void Print(CommandConsole console, LocateRecord record, bool textIsShown)
    {
        if (record.Box is { } box)
        {
            console.Output.WriteLine(FormattableString.Invariant($"percent {string.Join(' ', box.Percent)}"));
            console.Output.WriteLine("pixels  " + string.Join(' ', box.Pixels.Select(side => FormattableString.Invariant($"{side:0.0}"))));
        }
        else
        {
            console.Output.WriteLine(textIsShown ? "no box" : $"no box: the model answered '{TerminalText.Safe(record.Text)}'");
        }

        if (record.Picture is not null)
            console.Output.WriteLine($"picture {record.Picture}");
        AnswerPrinter.PrintDetails(console, record);
    }
}
