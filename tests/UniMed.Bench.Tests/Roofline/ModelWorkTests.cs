using UniMed.Bench.Roofline;
using UniMed.Bench.Synthetic;
using Xunit;

namespace UniMed.Bench.Tests;

/// <summary>Operations of the full-size model are those of docs/performance.md.</summary>
public class ModelWorkTests
{
    [Fact]
    public void Work_is_that_of_the_full_size_model()
    {
        SyntheticShape full = SyntheticShape.UniMed7B;

        Assert.Equal(520e9, ModelWork.Vision(full.Vision!), 6e9);
        // Layers 1347 G, attention over 104 * 105 / 2 pairs 2.9 G, logits of one row 0.3 G.
        Assert.Equal(1350.1e9, ModelWork.Prompt(full.Language, 104), 1e9);
        Assert.Equal(13.2e9, ModelWork.Step(full.Language, 0), 0.05e9);
        Assert.Equal(4.0 * 32 * 4096 * 100, ModelWork.Step(full.Language, 150) - ModelWork.Step(full.Language, 50));
    }

    [Fact]
    public void A_machine_reads_and_multiplies()
    {
        Assert.True(HostRoof.ReadGigabytes().Lowest > 0);
        Assert.True(HostRoof.Gigaflops().Lowest > 0);
    }
}
