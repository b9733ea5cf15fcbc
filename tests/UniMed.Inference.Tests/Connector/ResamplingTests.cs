using UniMed.Inference.Connector;
using Xunit;

namespace UniMed.Inference.Tests.Connector;

public class ResamplingTests
{
    [Theory]
    [InlineData(ResampleMethod.Projection, 4, 16, 256 / 4, 5632)]
    [InlineData(ResampleMethod.AveragePool, 4, 16, 64, 1408)]
    [InlineData(ResampleMethod.MaxPool, 4, 7, 9, 1408)]
    [InlineData(ResampleMethod.Projection, 1, 7, 49, 1408)]
    public void Tokens_and_channels_follow_the_method(ResampleMethod method, int rate, int grid, int tokens, int channels) =>
        Assert.Equal(new Resampling(tokens, channels), Resampling.Of(Vision(grid), Options(method, rate, taskTokens: 0)));

    [Fact]
    public void A_patch_count_that_the_rate_does_not_divide_is_named()
    {
        UniMedException error = Assert.Throws<UniMedException>(() => Resampling.Of(Vision(7), Options(ResampleMethod.Projection, 4, taskTokens: 1)));
        Assert.Contains("49 patches", error.Message, StringComparison.Ordinal);
        Assert.Contains("resample_rate", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ResampleMethod.Projection, 4, 16, 1)]
    [InlineData(ResampleMethod.AveragePool, 4, 16, 1)]
    [InlineData(ResampleMethod.AveragePool, 8, 16, 2)]
    [InlineData(ResampleMethod.MaxPool, 16, 16, 4)]
    public void Task_tokens_that_meet_the_visual_tokens_one_to_one_are_accepted(ResampleMethod method, int rate, int grid, int taskTokens) =>
        Resampling.Of(Vision(grid), Options(method, rate, taskTokens));

    [Theory]
    [InlineData(ResampleMethod.Projection, 4, 16, 2)]
    [InlineData(ResampleMethod.AveragePool, 8, 16, 1)]
    [InlineData(ResampleMethod.MaxPool, 4, 7, 1)]
    public void Task_tokens_that_do_not_are_refused_as_the_reference_fails_on_them(ResampleMethod method, int rate, int grid, int taskTokens)
    {
        UniMedException error = Assert.Throws<UniMedException>(() => Resampling.Of(Vision(grid), Options(method, rate, taskTokens)));
        Assert.Contains($"{taskTokens} task tokens", error.Message, StringComparison.Ordinal);
    }

    private static VisionConfig Vision(int grid) =>
        new() { ImageSize = 14 * grid, PatchSize = 14, EmbedDim = 1408, Depth = 39, NumHeads = 16, MlpDim = 6144 };

    private static ConnectorConfig Options(ResampleMethod method, int rate, int taskTokens) => new()
    {
        ProjectorType = ProjectorType.MoeMlp,
        HasMoe = true,
        ResampleMethod = method,
        ResampleRate = rate,
        RouterType = RouterType.Soft,
        RouterMethod = RouterMethod.TaskAndToken,
        NumExperts = 5,
        NumTaskTokens = taskTokens,
        TaskTokenC = 64,
    };
}
