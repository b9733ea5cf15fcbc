using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;
using UniMed.Inference.Generation;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

namespace UniMed.Cli.Commands;

/// <summary>unimed describe: a report of an image, printed as it is generated.</summary>
internal static class DescribeCommand
{
    public static Command Create(CommandConsole console)
    {
        Argument<string> path = ImageArgument.Create();
        var instruction = new Option<string?>("--instruction")
        {
            Description = "Another request than the evaluation's, without its task tag [default: \"Describe this input image. \"].",
            HelpName = "TEXT",
        };
        var window = new WindowFlags();
        var flags = new QuestionFlags();
        var command = new Command("describe", "Describe an image (task caption). The text appears as it is generated; with beams, when it is complete.") { path, instruction };
        window.AddTo(command);
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            MedicalImage image = ImageArgument.Load(parsed.GetRequiredValue(path), window.Read(parsed));
            using UniMedModel model = flags.LoadModel(parsed, console);
            using Study study = model.Open(image);
            PendingAnswer<TextAnswer> pending = study.DescribeAsync(parsed.GetValue(instruction), options, cancellationToken);
            if (flags.Json(parsed))
            {
                flags.Show(parsed, console, new AnswerRecord(UniMedTask.Caption, await pending));
                return ExitCode.Success;
            }

            var text = new StrippedText(console.Output);
            await foreach (GeneratedToken token in pending)
                text.Write(TerminalText.Safe(token.Text));
            console.Output.WriteLine();
            AnswerPrinter.PrintDetails(console, new AnswerRecord(UniMedTask.Caption, await pending));
            return ExitCode.Success;
        });
        return command;
    }
}
