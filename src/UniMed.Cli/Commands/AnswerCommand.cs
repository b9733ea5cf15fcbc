using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;
using UniMed.Inference.Tasks;

namespace UniMed.Cli.Commands;

/// <summary>unimed answer: a question without an image.</summary>
internal static class AnswerCommand
{
    public static Command Create(CommandConsole console)
    {
        var question = new Argument<string>("QUESTION") { Description = "The question as one quoted argument." };
        var flags = new QuestionFlags();
        var command = new Command("answer", "Answer a question without an image (task qa).") { question };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            using UniMedModel model = flags.LoadModel(parsed, console);
            TextAnswer answer = await model.AnswerAsync(parsed.GetRequiredValue(question), options, cancellationToken);
            flags.Show(parsed, console, new AnswerRecord(UniMedTask.Qa, answer));
            return ExitCode.Success;
        });
        return command;
    }
}
