using UniMed.WeightsConverter;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>The bundled model is what the converter makes of its sources, to the byte.</summary>
public class NanoConversionTests
{
    [Fact]
    public void Converting_the_sources_twice_reproduces_the_bundled_model_both_times()
    {
        string root = Directory.CreateTempSubdirectory("unimed-nano-").FullName;
        try
        {
            foreach (string run in new[] { "first", "second" })
            {
                string folder = Path.Combine(root, run);
                Converter.Convert(
                    new ConversionRequest
                    {
                        VisionPath = Golden.Path("nano-source", "eva_vit_g.pth"),
                        LanguageFolder = Golden.Path("nano-source", "llama-nano"),
                        CheckpointPath = Golden.Path("nano-source", "checkpoint_0.pth"),
                        OutputFolder = folder,
                        Dtype = WeightDtype.Keep,
                    },
                    cancellation: TestContext.Current.CancellationToken);

                // The model card is written by people.
                string[] bundled = [.. Directory.GetFiles(Golden.NanoModel).Select(file => Path.GetFileName(file)!).Where(name => name != "README.md").Order()];
                Assert.Equal(bundled, Directory.GetFiles(folder).Select(Path.GetFileName).Order());
                Assert.All(bundled, name => Assert.True(
                    File.ReadAllBytes(Path.Combine(Golden.NanoModel, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, name))),
                    $"{name} of the {run} conversion differs from the bundled one."));
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
