using UniMed.Inference;

namespace UniMed.Conformance.Tests;

/// <summary>The bundled model, loaded once on the reference device.</summary>
public sealed class NanoModel : IDisposable
{
    /// <summary>The model.</summary>
    public UniMedModel Model { get; } = UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = "reference" });

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
