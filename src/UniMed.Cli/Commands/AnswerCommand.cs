using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed answer: a question without an image.</summary>
internal static class AnswerCommand
{
    public static Command Create(CommandConsole console)
    {
        var question = new Argument<string>("QUESTION") { Description = "The question as one quoted argument." };
        var flags = new QuestionFlags();
        var sampling = new SampleFlags();
        var command = new Command("answer", "Answer a question without an image (task qa).") { question };
        flags.AddTo(command);
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            sampling.Check(parsed, options);
            if (options.IncludeRouting)
                throw new UsageException("--routing reports where the connector sends the parts of an image, and answer has no image. Leave it out.");
            string asked = TextArgument.Require("QUESTION", parsed.GetRequiredValue(question));
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            LiveAnswer live = flags.Live(parsed, console, "reading the question");
            (TextAnswer answer, AgreementRecord? agreement) = await sampling.AskAsync(
                parsed, options, live, (each, cancellation) => model.AnswerAsync(asked, each, cancellation), cancellationToken);
            flags.Show(parsed, console, new AnswerRecord(UniMedTask.Qa, answer) { UncalibratedAgreement = agreement }, live.IsShown);
            return ExitCode.Success;
        });
        return command;
    }
}
