using UniMed.Inference;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>A batch gives the bits of each question alone: what every device promises.</summary>
internal static class BatchBits
{
    /// <summary>Asks about an image twice and once without one, together and each alone.</summary>
    public static async Task AssertEqualAsync(UniMedModel model)
    {
        using Study study = model.Open(Golden.Path("nano", "images", "mri_axial_080.png"));
        var template = new PromptTemplate(model.Config.Prompt);
        var options = new RequestOptions { Generation = new GenerationOptions { LogProbabilities = true } };
        RawRequest[] requests =
        [
            new(template.WithImage(Instructions.Vqa("Which plane is this MRI slice in?")), [study], UniMedTask.Vqa, options),
            new(template.WithImage(Instructions.Refer("left insula")), [study], UniMedTask.Refer, options),
            new(template.TextOnly(Instructions.Qa("which blood cell fights infection ?")), [], UniMedTask.Qa, options),
        ];

        IReadOnlyList<TextAnswer> together = await model.GenerateBatchAsync(requests, TestContext.Current.CancellationToken);

        for (int i = 0; i < requests.Length; i++)
        {
            TextAnswer alone = (await model.GenerateBatchAsync([requests[i]], TestContext.Current.CancellationToken))[0];
            Assert.Equal(alone.TokenIds, together[i].TokenIds);
            Assert.Equal(alone.LogProbabilities, together[i].LogProbabilities);
        }
    }
}
