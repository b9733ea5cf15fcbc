using UniMed.Inference;

namespace UniMed.Hosting;

/// <summary>What a host loads. Each member but the loggers and a CUDA context can stand in the configuration too.</summary>
public sealed class UniMedHostingOptions
{
    /// <summary>The folder that unimed-convert wrote. Required.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>Device and limits of the model.</summary>
    public UniMedModelOptions Model { get; set; } = new();

    /// <summary>Limits of the engine.</summary>
    public EngineOptions Engine { get; set; } = new();
}
