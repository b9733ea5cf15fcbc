using UniMed.Inference.Weights;

namespace UniMed.Inference;

/// <summary>What config.json and the authors' configurations call the values of the connector's options. Thread-safe.</summary>
public static class ConnectorOptionNames
{
    /// <summary>projection, avgpool or maxpool.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of them.</exception>
    public static string Name(this ResampleMethod method) => ConnectorSpelling.ResampleMethod.Name(method);

    /// <summary>soft, sparse, hard or constant.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of them.</exception>
    public static string Name(this RouterType type) => ConnectorSpelling.RouterType.Name(type);

    /// <summary>router_task_token, router_token or router_task.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of them.</exception>
    public static string Name(this RouterMethod method) => ConnectorSpelling.RouterMethod.Name(method);
}
