using UniMed.Tests;

namespace UniMed.Inference.Tests.Engine;

/// <summary>The bundled model with one slice open.</summary>
public sealed class NanoStudy : IDisposable
{
    /// <summary>The model.</summary>
    public UniMedModel Model { get; } = UniMedModel.Load(Golden.NanoModel);

    /// <summary>An axial slice.</summary>
    public Study Study { get; }

    /// <summary>Loads and opens.</summary>
    public NanoStudy() => Study = Model.Open(Golden.Path("nano", "images", "mri_axial_031.png"));

    /// <inheritdoc/>
    public void Dispose()
    {
        Study.Dispose();
        Model.Dispose();
    }
}
