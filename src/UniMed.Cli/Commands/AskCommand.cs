using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed ask: visual question answering.</summary>
internal static class AskCommand
{
    public static Command Create(CommandConsole console)
    {
        // One argument, because the parser would give all words to the images and none to the question.
        var words = new Argument<string[]>("IMAGE... QUESTION")
        {
            Description = $"One or more image files ({ImageArgument.Formats}; {ImageArgument.Standard} reads standard input), then the question as one quoted argument.",
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
            TaskRequest<TextAnswer> request = TaskRequest.Ask(TextArgument.Require("QUESTION", given[^1]));
            if (given[..^1].Count(path => path == ImageArgument.Standard) > 1)
                throw new UsageException("- is standard input, and is named for several images. Only one of them can be read from it.");
            var images = new List<MedicalImage>();
            foreach (string path in given[..^1])
                images.Add(await ImageArgument.LoadAsync(console, path, decoding, cancellationToken));
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            LiveAnswer live = flags.Live(parsed, console, LiveAnswer.Looking);
            Study[] studies = [.. images.Select(model.Open)];
            try
            {
                (TextAnswer answer, AgreementRecord? agreement) = await sampling.AskAsync(
                    parsed, options, live, (each, cancellation) => model.AskAsync(request, studies, each, cancellation), cancellationToken);
                flags.Show(parsed, console, new AnswerRecord(UniMedTask.Vqa, answer) { UncalibratedAgreement = agreement }, live.IsShown);
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
