namespace UniMed.Inference.Weights;

/// <summary>The one place where the connector's options are read and spelled: config.json, the authors' configurations, command lines. Thread-safe.</summary>
internal static class ConnectorSpelling
{
    /// <summary>projector_type.</summary>
    public static OptionSpelling<ProjectorType> ProjectorType { get; } = new(
        "projector_type",
        Inference.ProjectorType.All(),
        Inference.ProjectorType.Words(),
        Inference.ProjectorType.Choices);

    /// <summary>resample_method.</summary>
    public static OptionSpelling<ResampleMethod> ResampleMethod { get; } = new(
        "resample_method",
        [Inference.ResampleMethod.Projection, Inference.ResampleMethod.AveragePool, Inference.ResampleMethod.MaxPool],
        ["projection", "avgpool", "maxpool"]);

    /// <summary>router_type.</summary>
    public static OptionSpelling<RouterType> RouterType { get; } = new(
        "router_type",
        [Inference.RouterType.Soft, Inference.RouterType.Sparse, Inference.RouterType.Hard, Inference.RouterType.Constant],
        ["soft", "sparse", "hard", "constant"]);

    /// <summary>router_method.</summary>
    public static OptionSpelling<RouterMethod> RouterMethod { get; } = new(
        "router_method",
        [Inference.RouterMethod.TaskAndToken, Inference.RouterMethod.Token, Inference.RouterMethod.Task],
        ["router_task_token", "router_token", "router_task"]);

    /// <summary>The spelling of the option with values of a type.</summary>
    public static OptionSpelling<T> Of<T>()
        where T : struct =>
        (OptionSpelling<T>)(object)(default(T) switch
        {
            Inference.ProjectorType => ProjectorType,
            Inference.ResampleMethod => ResampleMethod,
            Inference.RouterType => RouterType,
            Inference.RouterMethod => RouterMethod,
            _ => throw new NotSupportedException($"{typeof(T)} is no option of the connector."),
        });
}
