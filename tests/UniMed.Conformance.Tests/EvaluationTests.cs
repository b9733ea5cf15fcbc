using System.Globalization;
using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The bundled evaluation set: 61 slices, six tasks each, answered greedily with up to 100 tokens.</summary>
public class EvaluationTests(NanoModel nano) : IClassFixture<NanoModel>
{
    [Fact]
    public async Task All_366_answers_equal_the_reference_and_the_model_card_states_their_scores()
    {
        EvaluationItem[] items = EvaluationItem.ReadAll();
        var template = new PromptTemplate(nano.Model.Config.Prompt);
        var answers = new Dictionary<string, string>();
        var tokens = new Dictionary<string, IReadOnlyList<int>>();
        foreach (IGrouping<string, EvaluationItem> slice in items.GroupBy(item => item.Id[..item.Id.LastIndexOf('-')]))
        {
            using Study study = nano.Model.Open(Golden.Path("evaluation", slice.First(item => item.Image is not null).Image!));
            RawRequest[] requests =
            [
                .. slice.Select(item => item.Image is null
                    ? new RawRequest(template.TextOnly(item.Instruction), [], item.Task)
                    : new RawRequest(template.WithImage(item.Instruction), [study], item.Task)),
            ];
            IReadOnlyList<TextAnswer> replies = await nano.Model.GenerateBatchAsync(requests, TestContext.Current.CancellationToken);
            foreach ((EvaluationItem item, TextAnswer reply) in slice.Zip(replies))
            {
                answers.Add(item.Id, reply.Text);
                tokens.Add(item.Id, reply.TokenIds);
            }
        }

        Assert.All(items, item => Assert.Equal(item.ReferenceAnswer, answers[item.Id]));
        ReferenceTokens.AssertEqual(items, tokens);
        string card = File.ReadAllText(Path.Combine(Golden.NanoModel, "README.md"));
        Assert.All(ScoreRows(items, answers), row => Assert.Contains(row, card, StringComparison.Ordinal));
    }

    /// <summary>The rows of the model card's table.</summary>
    private static IEnumerable<string> ScoreRows(EvaluationItem[] items, Dictionary<string, string> answers)
    {
        foreach (UniMedTask task in UniMedTasks.All.Where(task => task != UniMedTask.Refer))
        {
            EvaluationItem[] ofTask = [.. items.Where(item => item.Task == task)];
            int equal = ofTask.Count(item => AnswerText.ForEvaluation(answers[item.Id]) == AnswerText.ForEvaluation(item.Answer));
            yield return $"| {task.Name()} | exact match | {equal} of {ofTask.Length} ({Percent((double)equal / ofTask.Length)}) |";
        }

        double[] overlaps = [.. items.Where(item => item.Task == UniMedTask.Refer).Select(item => Overlap(item, answers[item.Id]))];
        yield return $"| refer | mean IoU | {overlaps.Average().ToString("0.000", CultureInfo.InvariantCulture)} |";
        yield return $"| refer | IoU > 0.5 | {overlaps.Count(overlap => overlap > 0.5)} of {overlaps.Length} ({Percent(overlaps.Count(overlap => overlap > 0.5) / (double)overlaps.Length)}) |";
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    /// <summary>Intersection over union with the evaluation's "+1" pixel convention; 0 when the answer is not a box.</summary>
    private static double Overlap(EvaluationItem item, string answer)
    {
        if (!BoxAnswer.TryParse(answer, out PercentBox percent))
            return 0;
        PixelBox box = percent.ToPixels(item.Width, item.Height);
        (double x1, double y1, double x2, double y2) = (item.Box![0], item.Box[1], item.Box[0] + item.Box[2], item.Box[1] + item.Box[3]);
        double width = Math.Max(0, Math.Min(box.X2, x2) - Math.Max(box.X1, x1) + 1);
        double height = Math.Max(0, Math.Min(box.Y2, y2) - Math.Max(box.Y1, y1) + 1);
        double intersection = width * height;
        double union = ((box.X2 - box.X1 + 1) * (box.Y2 - box.Y1 + 1)) + ((x2 - x1 + 1) * (y2 - y1 + 1)) - intersection;
        return intersection / union;
    }
}
