using System.Globalization;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>What the keys and shapes of a checkpoint tell about its connector.</summary>
internal sealed class CheckpointInventory
{
    /// <summary>The tasks that take an image, in the authors' order: the hard router's expert of a task is its index.</summary>
    public static readonly IReadOnlyList<string> Tasks = ["vqa", "refer", "identify", "caption", "cls"];

    private CheckpointInventory()
    {
    }

    /// <summary>Experts under moe_layers.E or llm_proj.E: the largest number plus one.</summary>
    public int Experts { get; private init; }

    /// <summary>moe_linear, moe_mlp, linear or mlpNx_gelu; null when there is no projector.</summary>
    public string? ProjectorType { get; private init; }

    /// <summary>Shape of the first task token [1, number, width], or null when there are none.</summary>
    public SourceTensor? TaskToken { get; private init; }

    /// <summary>Looks through a checkpoint.</summary>
    public static CheckpointInventory Take(TensorPool checkpoint)
    {
        int experts = 0;
        int expertLayers = 0;
        int layers = 0;
        bool single = false;
        foreach (string key in checkpoint.Keys)
        {
            string[] parts = key.Split('.');
            switch (parts)
            {
                case ["moe_layers" or "llm_proj", var expert, var layer, "weight"] when TryIndex(expert, out int e) && TryIndex(layer, out int l):
                    experts = Math.Max(experts, e + 1);
                    expertLayers = Math.Max(expertLayers, l + 1);
                    break;
                case ["llm_proj", var layer, "weight"] when TryIndex(layer, out int l):
                    layers = Math.Max(layers, (l / 2) + 1);
                    break;
                case ["llm_proj", "weight"]:
                    single = true;
                    break;
                default:
                    break;
            }
        }

        return new CheckpointInventory
        {
            Experts = experts,
            ProjectorType = experts > 0 ? (expertLayers > 1 ? "moe_mlp" : "moe_linear") : single ? "linear" : layers > 0 ? $"mlp{layers}x_gelu" : null,
            TaskToken = Tasks.Select(t => checkpoint.TryPeek("task_tokens." + t, out SourceTensor? token) ? token : null).FirstOrDefault(t => t is not null),
        };
    }

    private static bool TryIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < 1 << 16;
}
