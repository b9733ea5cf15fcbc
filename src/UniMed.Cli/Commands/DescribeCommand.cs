using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;

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
            string? request = parsed.GetValue(instruction) is { } given ? TextArgument.Require("--instruction", given) : null;
            MedicalImage image = await ImageArgument.LoadAsync(console, parsed.GetRequiredValue(path), window.Read(parsed), cancellationToken);
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            using Study study = model.Open(image);
            var live = new LiveAnswer(console, streams: !flags.Json(parsed), LiveAnswer.Looking);
            TextAnswer answer = await live.FollowAsync(study.DescribeAsync(request, options, cancellationToken));
            flags.Show(parsed, console, new AnswerRecord(UniMedTask.Caption, answer), live.IsShown);
            return ExitCode.Success;
        });
        return command;
    }
}
