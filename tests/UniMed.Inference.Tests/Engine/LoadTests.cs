using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests.Engine;

/// <summary>A folder that is not a whole model is refused with the file or tensor that is wrong.</summary>
public sealed class LoadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unimed-load-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_that_is_not_there()
    {
        UniMedException error = Assert.Throws<UniMedException>(() => UniMedModel.Load(Path.Combine(_folder, "nowhere")));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.model")]
    [InlineData("model.safetensors")]
    public void A_missing_file_is_named(string missing)
    {
        foreach (string file in Directory.GetFiles(Golden.NanoModel).Where(file => Path.GetFileName(file) != missing))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        UniMedException error = Assert.ThrowsAny<UniMedException>(() => UniMedModel.Load(_folder));
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"depth\": 6", "\"depth\": 7", "vision.blocks.6.")]
    [InlineData("\"num_hidden_layers\": 4", "\"num_hidden_layers\": 5", "language.model.layers.4.")]
    [InlineData("\"intermediate_size\": 688", "\"intermediate_size\": 680", "gate_proj")]
    [InlineData("\"num_experts\": 5", "\"num_experts\": 6", "router.fc2")]
    [InlineData("\"task_token_c\": 64", "\"task_token_c\": 32", "router.fc1")]
    public void A_configuration_that_does_not_fit_the_tensors_names_the_tensor(string before, string after, string tensor)
    {
        foreach (string file in Directory.GetFiles(Golden.NanoModel))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        string config = Path.Combine(_folder, "config.json");
        string text = File.ReadAllText(config);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(before, after, StringComparison.Ordinal));
        UniMedException error = Assert.ThrowsAny<UniMedException>(() => UniMedModel.Load(_folder));
        Assert.Contains(tensor, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("abacus")]
    public void A_device_that_is_not_there_is_refused_with_the_ones_that_are(string device)
    {
        UniMedException error = Assert.Throws<UniMedException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = device }));
        Assert.Contains(device, error.Message, StringComparison.Ordinal);
        Assert.Contains("reference", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_image_size_interpolates_the_position_embedding()
    {
        foreach (string file in Directory.GetFiles(Golden.NanoModel))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        string config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"image_size\": 168", "\"image_size\": 112", StringComparison.Ordinal));
        using UniMedModel model = UniMedModel.Load(_folder);
        Assert.Equal(16, model.Assembly.Connector.TokensPerImage);
    }
}
