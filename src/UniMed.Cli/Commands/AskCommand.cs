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
        var sampling = new SampleFlags();
        var command = new Command("ask", "Ask a question about an image (task vqa). With several images, all of them are shown to the model in order.") { words };
        window.AddTo(command);
        flags.AddTo(command);
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed);
            sampling.Check(parsed, options);
            ImageDecodeOptions decoding = window.Read(parsed);
            string[] given = parsed.GetRequiredValue(words);
            string question = given[^1];
            MedicalImage[] images = [.. given[..^1].Select(path => ImageArgument.Load(path, decoding))];
            using UniMedModel model = flags.LoadModel(parsed, console);
            Study[] studies = [.. images.Select(model.Open)];
            try
            {
                string prompt = new PromptTemplate(model.Config.Prompt).WithImages(Instructions.Vqa(question), studies.Length);
                (TextAnswer answer, AgreementRecord? agreement) = await sampling.AskAsync(
                    parsed,
                    model,
                    options,
                    () => model.GenerateAsync(prompt, studies, UniMedTask.Vqa, options, cancellationToken),
                    (engine, each, cancellation) => engine.GenerateAsync(prompt, images, UniMedTask.Vqa, each, cancellation),
                    cancellationToken);
                flags.Show(parsed, console, new AnswerRecord(UniMedTask.Vqa, answer) { UncalibratedAgreement = agreement });
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
