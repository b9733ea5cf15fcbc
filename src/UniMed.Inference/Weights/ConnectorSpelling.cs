using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Serialization;

namespace UniMed.Inference.Weights;

/// <summary>The one place where the connector's options are read and spelled: config.json, the authors' configurations, command lines. Thread-safe.</summary>
internal static class ConnectorSpelling
{
    /// <summary>projector_type.</summary>
    public static OptionSpelling<ProjectorType> ProjectorType { get; } = new(
        "projector_type",
        Inference.ProjectorType.All(),
        type => type.ToString(),
        $"linear, mlpNx_gelu (N from 1 to {Inference.ProjectorType.MaxLayers}), moe_linear or moe_mlp");

    /// <summary>resample_method.</summary>
    public static OptionSpelling<ResampleMethod> ResampleMethod { get; } = OfEnum<ResampleMethod>("resample_method");

    /// <summary>router_type.</summary>
    public static OptionSpelling<RouterType> RouterType { get; } = OfEnum<RouterType>("router_type");

    /// <summary>router_method.</summary>
    public static OptionSpelling<RouterMethod> RouterMethod { get; } = OfEnum<RouterMethod>("router_method");

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

    /// <summary>The spelling that stands on the members of an enum.</summary>
    private static OptionSpelling<T> OfEnum<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T>(string option)
        where T : struct, Enum =>
        new(option, Enum.GetValues<T>(), value => typeof(T).GetField(value.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);
}
