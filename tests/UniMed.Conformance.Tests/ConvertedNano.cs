using UniMed.Inference;
using UniMed.WeightsConverter;

namespace UniMed.Conformance.Tests;

/// <summary>The nano model converted in some precision.</summary>
internal sealed class ConvertedNano : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unimed-precision-").FullName;

    /// <summary>Converts and loads.</summary>
    public ConvertedNano(WeightDtype dtype, IReadOnlyList<WeightPart>? keepF16 = null, IReadOnlyList<WeightPart>? keepInt8 = null, string device = "reference")
    {
        Folder = Path.Combine(_folder, "model");
        Bytes = Converter.Convert(new ConversionRequest
        {
            VisionPath = Golden.Path("nano-source", "eva_vit_g.pth"),
            LanguageFolder = Golden.Path("nano-source", "llama-nano"),
            CheckpointPath = Golden.Path("nano-source", "checkpoint_0.pth"),
            OutputFolder = Folder,
            Dtype = dtype,
            KeepF16 = keepF16,
            KeepInt8 = keepInt8,
        }).OutputBytes;
        Model = UniMedModel.Load(Folder, new UniMedModelOptions { Device = device });
    }

    /// <summary>Where the model lies.</summary>
    public string Folder { get; }

    /// <summary>Bytes of the folder.</summary>
    public long Bytes { get; }

    /// <summary>The model.</summary>
    public UniMedModel Model { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
