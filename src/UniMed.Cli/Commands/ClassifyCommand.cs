using System.CommandLine;
using Spectre.Console;
using UniMed.Cli.Rendering;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed classify: which of several labels an image belongs to, and how probable each is.</summary>
internal static class ClassifyCommand
{
    private const int BarWidth = 40;
    private const string Lead = "generated: ";

    public static Command Create(CommandConsole console)
    {
        Argument<string> path = ImageArgument.Create();
        var labels = new Option<string[]>("--label") { Description = "A label to choose from; give two or more.", HelpName = "TEXT", Required = true };
        var subject = new Option<string>("--subject")
        {
            Description = "What is classified: the model is asked 'Which category does this SUBJECT belong to'.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "medical image",
        };
        var constrained = new Option<bool>("--constrain-to-labels") { Description = "Let the model write one of the labels and nothing else." };
        var window = new WindowFlags();
        var flags = new QuestionFlags();
        var command = new Command("classify", "Classify an image (task cls): the probability of every label.") { path, labels, subject, constrained };
        window.AddTo(command);
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequestOptions options = flags.Read(parsed) with { ConstrainToTask = parsed.GetValue(constrained) };
            if (options is { ConstrainToTask: true, Generation.Constraint: not null })
                throw new UsageException("--constrain-to-labels excludes --constrain, --choice and --json-schema. Give one of them.");
            if (options is { ConstrainToTask: true, Generation: { NumBeams: > 1 } or { MinLength: > 1 } })
                throw new UsageException("--constrain-to-labels excludes --num-beams and --min-length. Give one of them.");
            string[] categories = parsed.GetRequiredValue(labels);
            RequireCategories(categories);
            string what = TextArgument.Require("--subject", parsed.GetRequiredValue(subject));
            MedicalImage image = await ImageArgument.LoadAsync(console, parsed.GetRequiredValue(path), window.Read(parsed), cancellationToken);
            using UniMedModel model = await flags.LoadModelAsync(parsed, console, cancellationToken);
            using Study study = model.Open(image);
            LiveAnswer live = flags.Live(parsed, console, LiveAnswer.Looking, Lead);
            ClassifyAnswer answer = await live.FollowAsync(study.ClassifyAsync(categories, what, options, cancellationToken));
            var record = new ClassifyRecord(answer);
            if (flags.Json(parsed))
                AnswerPrinter.WriteJson(console, record, UnimedJson.Lines.ClassifyRecord);
            else
                Print(console, record, live.IsShown);
            return ExitCode.Success;
        });
        return command;
    }

    private static void RequireCategories(string[] categories)
    {
        foreach (string category in categories)
            TextArgument.Require("A --label", category);
        TextArgument.RequireDifferent("--label", categories);
        try
        {
            CategoryList.Join(categories);
        }
        catch (UniMedException error)
        {
            throw new UsageException(error.Message);
        }
    }

    private static void Print(CommandConsole console, ClassifyRecord record, bool textIsShown)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn(new Text("label")));
        table.AddColumn(new TableColumn(new Text("probability")).RightAligned());
        table.AddColumn(new TableColumn(new Text("")));
        foreach (LabelScore score in record.Scores)
        {
            table.AddRow(
                new Text(TerminalText.Safe(score.Label)),
                new Text(FormattableString.Invariant($"{100 * score.Probability:0.0} %")),
                new Text(new string('█', (int)Math.Round(score.Probability * BarWidth)), new Style(Color.Blue)));
        }

        console.Rich().Write(table);
        if (!textIsShown)
            console.Output.WriteLine(Lead + TerminalText.Safe(record.Text));
        AnswerPrinter.PrintDetails(console, record);
    }
}
