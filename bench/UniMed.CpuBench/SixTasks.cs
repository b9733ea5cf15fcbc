using UniMed.Inference;

namespace UniMed.CpuBench;

/// <summary>The six tasks about one picture, one after the other, each answered to its end: the picture is looked at once.</summary>
internal static class SixTasks
{
    /// <summary>Opens the picture anew and asks.</summary>
    public static async Task<int> AskAsync(UniMedModel model, MedicalImage image)
    {
        using Study study = model.Open(image);
        TaskAnswer[] answers =
        [
            await study.AskAsync("Which plane is this MRI slice in?"),
            await study.LocateAsync("left thalamus"),
            await study.IdentifyAsync(new PercentBox(48, 54, 75, 62)),
            await study.DescribeAsync(),
            await study.ClassifyAsync(["axial brain MRI", "coronal brain MRI", "sagittal brain MRI"]),
            await model.AnswerAsync("which blood cell fights infection ?"),
        ];
        return answers.Sum(answer => answer.TokenIds.Count);
    }
}
