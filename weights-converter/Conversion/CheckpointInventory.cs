using System.Globalization;
using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>What the keys and shapes of a checkpoint tell about its connector.</summary>
internal sealed class CheckpointInventory
{
    private CheckpointInventory()
    {
    }

    /// <summary>Experts under moe_layers.E or llm_proj.E: the largest number plus one.</summary>
    public int Experts { get; private init; }

    /// <summary>What the keys are those of; null when there is no projector.</summary>
    public ProjectorType? ProjectorType { get; private init; }

    /// <summary>Shape of the first task token [1, number, width], or null when there are none.</summary>
    public SourceTensor? TaskToken { get; private init; }

    /// <summary>Looks through a checkpoint.</summary>
    /// <exception cref="ConversionException">Its projector has more layers than there can be.</exception>
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
                case [ConnectorLayout.ExpertsName or ConnectorLayout.ProjectorName, var expert, var layer, "weight"] when TryIndex(expert, out int e) && TryIndex(layer, out int l):
                    experts = Math.Max(experts, e + 1);
                    expertLayers = Math.Max(expertLayers, l + 1);
                    break;
                case [ConnectorLayout.ProjectorName, var layer, "weight"] when TryIndex(layer, out int l):
                    layers = Math.Max(layers, (l / 2) + 1);
                    break;
                case [ConnectorLayout.ProjectorName, "weight"]:
                    single = true;
                    break;
                default:
                    break;
            }
        }

        return new CheckpointInventory
        {
            Experts = experts,
            ProjectorType = experts > 0 ? (expertLayers > 1 ? Inference.ProjectorType.MoeMlp : Inference.ProjectorType.MoeLinear)
                : single ? Inference.ProjectorType.Linear
                : layers > 0 ? Mlp(layers, checkpoint)
                : null,
            TaskToken = ConnectorLayout.RoutedTasks
                .Select(task => checkpoint.TryPeek($"{ConnectorLayout.TaskTokensName}.{task.Name()}", out SourceTensor? token) ? token : null)
                .FirstOrDefault(token => token is not null),
        };
    }

    private static ProjectorType Mlp(int layers, TensorPool checkpoint) => layers <= Inference.ProjectorType.MaxLayers
        ? Inference.ProjectorType.Mlp(layers)
        : throw new ConversionException(
            $"{checkpoint.Description}: {ConnectorLayout.ProjectorName} has {layers} linear layers; at most {Inference.ProjectorType.MaxLayers} are expected. Is it the training checkpoint?");

    private static bool TryIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < 1 << 16;
}
