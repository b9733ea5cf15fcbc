using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

namespace UniMed.Cli.Commands;

/// <summary>unimed ask: visual question answering.</summary>
internal static class AskCommand
{
    public static Command Create(CommandConsole console)
    {
        // One argument, because the parser would give all words to the images and none to the question.
        var words = new Argument<string[]>("IMAGE... QUESTION")
        {
            Description = $"One or more image files ({ImageArgument.Formats}), then the question as one quoted argument.",
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
        };
        var window = new WindowFlags();
        var flags = new QuestionFlags();
        var command = new Command("ask", "Ask a question about an image (task vqa). With several images, all of them are shown to the model in order.") { words };
        window.AddTo(command);
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            ImageDecodeOptions decoding = window.Read(parsed);
            string[] given = parsed.GetRequiredValue(words);
            string question = given[^1];
            MedicalImage[] images = [.. given[..^1].Select(path => ImageArgument.Load(path, decoding))];
            using UniMedModel model = flags.LoadModel(parsed, console);
            Study[] studies = [.. images.Select(model.Open)];
            try
            {
                TextAnswer answer = studies.Length == 1
                    ? await studies[0].AskAsync(question, options, cancellationToken)
                    : await model.GenerateAsync(
                        new PromptTemplate(model.Config.Prompt).WithImages(Instructions.Vqa(question), studies.Length), studies, UniMedTask.Vqa, options, cancellationToken);
                flags.Show(parsed, console, new AnswerRecord(UniMedTask.Vqa, answer));
            }
            finally
            {
                foreach (Study study in studies)
                    study.Dispose();
            }

            return ExitCode.Success;
        });
        return command;
    }
}
