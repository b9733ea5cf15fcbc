using System.Text.Json;
using UniMed.Inference;
using UniMed.Inference.Connector;
using UniMed.Inference.Model;
using UniMed.Inference.Vision;
using UniMed.Native;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Thirty connector configurations, each converted from a real training checkpoint, from pixels to visual tokens.</summary>
public class ConnectorTests(ConvertedConnectors converted) : IClassFixture<ConvertedConnectors>
{
    public static TheoryData<string> Configurations
    {
        get
        {
            using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("connectors", "index.json")));
            return [.. index.RootElement.EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];
        }
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Output_and_routing_are_within_1e_5_of_the_reference(string name)
    {
        using var golden = new GoldenTensors("connectors");
        float[] pixels = golden.Read("pixels");
        using UniMedModel model = UniMedModel.Load(converted.Folder(name), new UniMedModelOptions { Device = "reference" });
        ModelAssembly assembly = model.Assembly;
        int imageLength = pixels.Length / 2;
        VisionFeatures[] features = assembly.Vision.Encode([pixels[..imageLength], pixels[imageLength..]], TestContext.Current.CancellationToken);

        foreach (UniMedTask task in new[] { UniMedTask.Vqa, UniMedTask.Identify })
        {
            VisualTokens[] tokens = [.. features.Select(image => assembly.Connector.Project(image, task))];
            float[] output = [.. tokens.SelectMany(image => Download(assembly.Device, image.Tokens))];
            Close.Relative(golden.Read($"{name}.{task.Name()}.out"), output, 1e-5, $"{name} {task.Name()} output");
            string routing = $"{name}.{task.Name()}.routing";
            Assert.Equal(golden.Contains(routing), tokens[0].Routing is not null);
            if (golden.Contains(routing))
                Close.Relative(golden.Read(routing), [.. tokens.SelectMany(image => image.Routing!)], 1e-5, routing);
            foreach (VisualTokens image in tokens)
                image.Dispose();
        }

        foreach (VisionFeatures image in features)
            image.Dispose();
    }

    /// <summary>Also for tasks in another order than the model's, and for one that is asked alone.</summary>
    [Theory]
    [MemberData(nameof(Configurations))]
    public void Tasks_that_are_projected_together_have_the_bits_that_each_has_alone(string name)
    {
        using var golden = new GoldenTensors("connectors");
        float[] pixels = golden.Read("pixels");
        using UniMedModel model = UniMedModel.Load(converted.Folder(name), new UniMedModelOptions { Device = "cpu" });
        ModelAssembly assembly = model.Assembly;
        using VisionFeatures features = assembly.Vision.Encode([pixels[..(pixels.Length / 2)]], TestContext.Current.CancellationToken)[0];
        UniMedTask[] tasks = [.. new[] { UniMedTask.Identify, UniMedTask.Cls, UniMedTask.Vqa, UniMedTask.Caption, UniMedTask.Refer }.Where(assembly.Connector.CanProject)];

        VisualTokens[] together = assembly.Connector.Project(features, tasks);

        for (int i = 0; i < tasks.Length; i++)
        {
            using VisualTokens alone = assembly.Connector.Project(features, tasks[i]);
            using VisualTokens own = together[i];
            Assert.Equal(Download(assembly.Device, alone.Tokens), Download(assembly.Device, own.Tokens));
            Assert.Equal(alone.Routing, own.Routing);
        }
    }

    private static float[] Download(Device device, Tensor tensor)
    {
        var values = new float[tensor.Length];
        device.Download(tensor, values);
        return values;
    }
}
