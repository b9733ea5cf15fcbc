using UniMed.Inference.Connector;
using Xunit;

namespace UniMed.Inference.Tests.Connector;

public class ResamplingTests
{
    [Theory]
    [InlineData("projection", 4, 16, 256 / 4, 5632)]
    [InlineData("avgpool", 4, 16, 64, 1408)]
    [InlineData("maxpool", 4, 7, 9, 1408)]
    [InlineData("projection", 1, 7, 49, 1408)]
    public void Tokens_and_channels_follow_the_method(string method, int rate, int grid, int tokens, int channels) =>
        Assert.Equal(new Resampling(tokens, channels), Resampling.Of(Vision(grid), Options(method, rate, taskTokens: 0)));

    [Fact]
    public void A_patch_count_that_the_rate_does_not_divide_is_named()
    {
        UniMedException error = Assert.Throws<UniMedException>(() => Resampling.Of(Vision(7), Options("projection", 4, taskTokens: 1)));
        Assert.Contains("49 patches", error.Message, StringComparison.Ordinal);
        Assert.Contains("resample_rate", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("projection", 4, 16, 1)]
    [InlineData("avgpool", 4, 16, 1)]
    [InlineData("avgpool", 8, 16, 2)]
    [InlineData("maxpool", 16, 16, 4)]
    public void Task_tokens_that_meet_the_visual_tokens_one_to_one_are_accepted(string method, int rate, int grid, int taskTokens) =>
        Resampling.Of(Vision(grid), Options(method, rate, taskTokens));

    [Theory]
    [InlineData("projection", 4, 16, 2)]
    [InlineData("avgpool", 8, 16, 1)]
    [InlineData("maxpool", 4, 7, 1)]
    public void Task_tokens_that_do_not_are_refused_as_the_reference_fails_on_them(string method, int rate, int grid, int taskTokens)
    {
        UniMedException error = Assert.Throws<UniMedException>(() => Resampling.Of(Vision(grid), Options(method, rate, taskTokens)));
        Assert.Contains($"{taskTokens} task tokens", error.Message, StringComparison.Ordinal);
    }

    private static VisionConfig Vision(int grid) =>
        new() { ImageSize = 14 * grid, PatchSize = 14, EmbedDim = 1408, Depth = 39, NumHeads = 16, MlpDim = 6144 };

    private static ConnectorConfig Options(string method, int rate, int taskTokens) => new()
    {
        ProjectorType = "moe_mlp",
        HasMoe = true,
        ResampleMethod = method,
        ResampleRate = rate,
        RouterType = "soft",
        RouterMethod = "router_task_token",
        NumExperts = 5,
        NumTaskTokens = taskTokens,
        TaskTokenC = 64,
    };
}
