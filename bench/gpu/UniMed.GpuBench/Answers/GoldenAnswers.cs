using UniMed.GpuBench.Reporting;
using UniMed.Inference;

namespace UniMed.GpuBench.Answers;

/// <summary>The small model end to end: image bytes to text, each answer equal to the authors' token by token.</summary>
internal static class GoldenAnswers
{
    /// <summary>Asks the first cases.</summary>
    public static async Task RunAsync(BenchSettings settings, TimeBudget budget, Action<GoldenRow> found, CancellationToken cancellationToken)
    {
        using UniMedModel model = UniMedModel.Load(settings.ModelFolder, new UniMedModelOptions { Device = settings.Device });
        foreach (GoldenCase golden in GoldenCase.ReadAll(settings.GoldenFolder).Take(settings.GoldenCases))
        {
            if (budget.LeavesOut($"nano: case {golden.Number}"))
                continue;
            using Study? study = golden.Image is null ? null : model.Open(golden.Image);
            TextAnswer answer = await model.GenerateAsync(
                golden.Prompt, study is null ? [] : [study], golden.Task, new RequestOptions { Generation = golden.Generation }, cancellationToken);
            bool beams = golden.Generation.NumBeams > 1;
            found(new GoldenRow($"{golden.Number} {golden.Task.Name()}{(beams ? " beams" : "")}", golden.Text, answer.Text, golden.TokenIds.SequenceEqual(answer.TokenIds)));
        }
    }
}
