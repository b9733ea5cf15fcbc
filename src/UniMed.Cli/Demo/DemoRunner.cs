using System.Diagnostics;
using UniMed.Inference;

namespace UniMed.Cli.Demo;

/// <summary>Asks the demo's questions one after the other; a slice is looked at once.</summary>
internal sealed class DemoRunner(UniMedModel model, DemoSet set, string folder, RequestOptions options) : IDisposable
{
    private readonly Dictionary<string, Study> _studies = [];

    /// <summary>Asks one question.</summary>
    public async Task<DemoRow> AskAsync(DemoQuestion question, CancellationToken cancellationToken)
    {
        if (!UniMedTasks.TryParse(question.Task, out UniMedTask task))
            throw Broken($"task '{question.Task}' does not exist");
        Study? study = task.TakesImage() ? Open(question) : null;
        long started = Stopwatch.GetTimestamp();
        DemoRow row = task switch
        {
            UniMedTask.Vqa => Row(question, question.Ask!, await study!.AskAsync(question.Ask!, options, cancellationToken)),
            UniMedTask.Refer => await LocateAsync(question, study!, cancellationToken),
            UniMedTask.Identify => await IdentifyAsync(question, study!, cancellationToken),
            UniMedTask.Caption => Row(question, "describe this image", await study!.DescribeAsync(null, options, cancellationToken)),
            UniMedTask.Cls => await ClassifyAsync(question, study!, cancellationToken),
            _ => Row(question, question.Ask!, await model.AnswerAsync(question.Ask!, options, cancellationToken)),
        };
        return row with { Milliseconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1) };
    }

    /// <summary>The slice of a question.</summary>
    public MedicalImage ImageOf(DemoRow row) => _studies[row.Image!].Image;

    public void Dispose()
    {
        foreach (Study study in _studies.Values)
            study.Dispose();
    }

    private async Task<DemoRow> LocateAsync(DemoQuestion question, Study study, CancellationToken cancellationToken)
    {
        DemoStructure structure = Structure(question);
        LocateAnswer answer = await study.LocateAsync(structure.Name, options, cancellationToken);
        PixelBox truth = structure.Pixels;
        Annotation[] found = answer.Pixels is { } box ? [new(box, structure.Name)] : [];
        return Row(question, structure.Name, answer) with
        {
            Truth = structure.PercentOf(study.Image).ToString(),
            Overlap = answer.Pixels is { } pixels ? Math.Round(BoxOverlap.Of(pixels, truth), 3) : null,
            Annotations = [.. found, new(truth, "true " + structure.Name)],
            Picture = PictureName(question, structure),
        };
    }

    private async Task<DemoRow> IdentifyAsync(DemoQuestion question, Study study, CancellationToken cancellationToken)
    {
        DemoStructure structure = Structure(question);
        PercentBox box = structure.PercentOf(study.Image);
        TextAnswer answer = await study.IdentifyAsync(box, options, cancellationToken);
        return Row(question, box.ToString(), answer) with
        {
            Truth = structure.Name,
            Annotations = [new(structure.Pixels, answer.Text)],
            Picture = PictureName(question, structure),
        };
    }

    private async Task<DemoRow> ClassifyAsync(DemoQuestion question, Study study, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> labels = question.Labels ?? throw Broken("a cls question has no labels");
        ClassifyAnswer answer = await study.ClassifyAsync(labels, options: options, cancellationToken: cancellationToken);
        return Row(question, string.Join(" | ", labels), answer) with
        {
            Answer = answer.Label,
            Asked = string.Join(", ", answer.Scores.Select(score => FormattableString.Invariant($"{score.Label} {100 * score.Probability:0.0} %"))),
        };
    }

    private static DemoRow Row(DemoQuestion question, string asked, TaskAnswer answer) =>
        new(question.Task, question.Slice, asked, answer.Text, question.Truth, null, 0, null);

    private static string PictureName(DemoQuestion question, DemoStructure structure) =>
        $"{question.Task}-{Path.GetFileNameWithoutExtension(question.Slice)}-{structure.Name.Replace(' ', '-')}.png";

    private Study Open(DemoQuestion question)
    {
        string file = Slice(question).File;
        if (!_studies.TryGetValue(file, out Study? study))
        {
            study = model.Open(Path.Combine(folder, file));
            _studies.Add(file, study);
        }

        return study;
    }

    private DemoSlice Slice(DemoQuestion question) =>
        set.Slices.FirstOrDefault(slice => slice.File == question.Slice) ?? throw Broken($"slice '{question.Slice}' is not listed");

    private DemoStructure Structure(DemoQuestion question) => Slice(question).Structures.FirstOrDefault(structure => structure.Name == question.Ask)
        ?? throw Broken($"'{question.Slice}' has no structure '{question.Ask}'");

    private UniMedException Broken(string what) => new(UniMedFailure.InvalidInput, $"{folder}: slices.json is damaged: {what}. Restore samples/slices from the repository.");
}
