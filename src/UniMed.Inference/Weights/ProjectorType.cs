using System.Text.Json.Serialization;

namespace UniMed.Inference;

/// <summary>
/// What maps visual tokens to the width of the language model (<c>projector_type</c>): <c>linear</c>, <c>mlpNx_gelu</c>, <c>moe_linear</c> or <c>moe_mlp</c>. The default value is <see cref="Linear"/>.
/// </summary>
[JsonConverter(typeof(ConnectorOptionJsonConverter<ProjectorType>))]
public readonly record struct ProjectorType
{
    /// <summary>Most layers of <see cref="Mlp"/>: the N of <c>mlpNx_gelu</c>. The authors use 2 and 3.</summary>
    public const int MaxLayers = 16;

    private readonly Kind _kind;
    private readonly int _mlpLayers;

    private ProjectorType(Kind kind, int mlpLayers = 0)
    {
        _kind = kind;
        _mlpLayers = mlpLayers;
    }

    private enum Kind
    {
        Linear,
        Mlp,
        MoeLinear,
        MoeMlp,
    }

    /// <summary><c>linear</c>: one linear layer.</summary>
    public static ProjectorType Linear => default;

    /// <summary><c>moe_linear</c>: experts of one linear layer.</summary>
    public static ProjectorType MoeLinear => new(Kind.MoeLinear);

    /// <summary><c>moe_mlp</c>: experts of two linear layers with exact GELU between them.</summary>
    public static ProjectorType MoeMlp => new(Kind.MoeMlp);

    /// <summary>True when a mixture of experts projects.</summary>
    public bool HasExperts => _kind is Kind.MoeLinear or Kind.MoeMlp;

    /// <summary>Linear layers of the projector, or of each expert.</summary>
    public int Layers => _kind switch
    {
        Kind.Mlp => _mlpLayers,
        Kind.MoeMlp => 2,
        _ => 1,
    };

    /// <summary><c>mlpNx_gelu</c>: N linear layers with exact GELU between them.</summary>
    /// <param name="layers">N, from 1 to <see cref="MaxLayers"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">N is out of range.</exception>
    public static ProjectorType Mlp(int layers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers, MaxLayers);
        return new ProjectorType(Kind.Mlp, layers);
    }

    /// <summary>The spelling of configuration files, such as <c>mlp2x_gelu</c>.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Mlp => FormattableString.Invariant($"mlp{_mlpLayers}x_gelu"),
        Kind.MoeLinear => "moe_linear",
        Kind.MoeMlp => "moe_mlp",
        _ => "linear",
    };

    /// <summary>The spellings of all there are, for messages.</summary>
    internal static string Choices => $"linear, mlpNx_gelu (N from 1 to {MaxLayers}), moe_linear or moe_mlp";

    /// <summary>All there are.</summary>
    internal static ProjectorType[] All()
    {
        var all = new ProjectorType[MaxLayers + 3];
        all[0] = Linear;
        for (int layers = 1; layers <= MaxLayers; layers++)
            all[layers] = Mlp(layers);
        all[MaxLayers + 1] = MoeLinear;
        all[MaxLayers + 2] = MoeMlp;
        return all;
    }

    /// <summary>The spelling of each, in the same order.</summary>
    internal static string[] Words()
    {
        ProjectorType[] all = All();
        var words = new string[all.Length];
        for (int i = 0; i < all.Length; i++)
            words[i] = all[i].ToString();
        return words;
    }
}
