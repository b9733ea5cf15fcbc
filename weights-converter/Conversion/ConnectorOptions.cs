using System.Globalization;
using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Decides the connector's options: the checkpoint's config, else flags, else the authors' defaults, else what the tensors' shapes say; shapes check them all.</summary>
internal sealed class ConnectorOptions(OptionResolver options, ConversionOptions flags, CheckpointInventory inventory, string checkpoint)
{
    /// <summary>Most layers of an mlpNx_gelu projector; the authors use 2 and 3.</summary>
    public const int MaxLayers = 16;

    private const int MaxExperts = 1024;
    private const string Default = "the authors' default";
    private const string Shapes = "the checkpoint's keys and shapes";

    /// <summary>Decides all of them.</summary>
    /// <exception cref="ConversionException">An option is unknown, contradicts another, or contradicts the shapes.</exception>
    public ConnectorConfig Decide()
    {
        ResolvedOption<bool> hasMoe = options.Decide("has_moe", options.FindBool("has_moe", flags.HasMoe), inventory.Experts > 0, Shapes);
        ResolvedOption<string> projector = DecideProjector(hasMoe);
        ResolvedOption<string> resample = Word("resample_method", flags.ResampleMethod, "projection", ["projection", "avgpool", "maxpool"]);
        ResolvedOption<int> rate = options.Decide("resample_rate", options.FindInt("resample_rate", flags.ResampleRate, max: 4096), 4, Default);
        (int taskTokens, int taskTokenC) = DecideTaskTokens();
        var config = new ConnectorConfig
        {
            ProjectorType = projector.Value,
            HasMoe = hasMoe.Value,
            ResampleMethod = resample.Value,
            ResampleRate = rate.Value,
            NumTaskTokens = taskTokens,
            TaskTokenC = taskTokenC,
        };
        return hasMoe.Value ? DecideRouter(config) : config;
    }

    /// <summary>Layers of an mlpNx_gelu projector, or 0 for another name.</summary>
    public static int LayersOf(string projectorType) =>
        projectorType.StartsWith("mlp", StringComparison.Ordinal) && projectorType.EndsWith("x_gelu", StringComparison.Ordinal)
        && int.TryParse(projectorType["mlp".Length..^"x_gelu".Length], NumberStyles.None, CultureInfo.InvariantCulture, out int layers) ? layers : 0;

    private ResolvedOption<string> DecideProjector(ResolvedOption<bool> hasMoe)
    {
        ResolvedOption<string>? given = options.FindText("projector_type", flags.ProjectorType);
        if (given is null && inventory.ProjectorType is null)
            throw new ConversionException($"{checkpoint} holds no connector: neither moe_layers.* nor llm_proj.* is in it. Is it the training checkpoint?");
        ResolvedOption<string> projector = options.Decide("projector_type", given, inventory.ProjectorType ?? "", Shapes);
        bool isMoe = projector.Value is "moe_linear" or "moe_mlp";
        if (!isMoe && projector.Value != "linear" && LayersOf(projector.Value) is < 1 or > MaxLayers)
            throw new ConversionException($"{projector}; linear, mlpNx_gelu (N from 1 to {MaxLayers}), moe_linear or moe_mlp is expected.");
        if (isMoe && !hasMoe.Value)
            throw new ConversionException($"{projector}, but {hasMoe}. A mixture of experts needs has_moe true.");
        if (!isMoe && hasMoe.Value)
            throw new ConversionException($"{hasMoe}, but {projector}. Experts are moe_linear or moe_mlp.");
        if (inventory.ProjectorType is { } found && found != projector.Value)
            throw new ConversionException($"{projector}, but the keys of {checkpoint} are those of {found}.");
        return projector;
    }

    private ConnectorConfig DecideRouter(ConnectorConfig config)
    {
        ResolvedOption<string> type = Word("router_type", flags.RouterType, "soft", ["soft", "sparse", "hard", "constant"]);
        ResolvedOption<string> method = Word("router_method", flags.RouterMethod, "router_task_token", ["router_task_token", "router_token", "router_task"]);
        ResolvedOption<int>? given = options.FindInt("num_experts", flags.NumExperts, max: MaxExperts);
        ResolvedOption<int> experts = inventory.Experts > 0
            ? options.Decide("num_experts", given, inventory.Experts, Shapes)
            : options.Decide("num_experts", given, 3, Default);
        if (inventory.Experts > 0 && experts.Value != inventory.Experts)
            throw new ConversionException($"{experts}, but {checkpoint} holds {inventory.Experts} experts.");
        if (experts.Value > MaxExperts)
            throw new ConversionException($"{experts}; at most {MaxExperts} are expected.");
        int topk = 0;
        if (type.Value == "sparse")
        {
            ResolvedOption<int> sparse = options.Decide("sparse_topk", options.FindInt("sparse_topk", flags.SparseTopk, max: MaxExperts), 2, Default);
            if (sparse.Value > experts.Value)
                throw new ConversionException($"{sparse}, but {experts}: a sparse router cannot keep more experts than there are.");
            topk = sparse.Value;
        }

        if (type.Value == "hard" && experts.Value < CheckpointInventory.Tasks.Count)
        {
            string tasks = string.Join(", ", CheckpointInventory.Tasks);
            throw new ConversionException($"{type}, but {experts}: a hard router gives each of the {CheckpointInventory.Tasks.Count} image tasks ({tasks}) its own expert.");
        }

        return config with { RouterType = type.Value, RouterMethod = method.Value, NumExperts = experts.Value, SparseTopk = topk };
    }

    private (int Number, int Width) DecideTaskTokens()
    {
        ResolvedOption<int>? number = options.FindInt("num_task_tokens", flags.NumTaskTokens, min: 0, max: 1 << 16);
        ResolvedOption<int>? width = options.FindInt("task_token_c", flags.TaskTokenC);
        SourceTensor? token = inventory.TaskToken;
        if (token is null)
        {
            if (number is { Value: > 0 } expected)
                throw new ConversionException($"{expected}, but {checkpoint} holds no task_tokens.*.");
            return (options.Decide("num_task_tokens", number, 0, Shapes).Value, 0);
        }

        if (token.Shape is not [1, > 0 and <= 1 << 16, > 0 and <= 1 << 20])
            throw new ConversionException($"{token.File}: \"{token.Key}\" has shape {TensorPlan.Text(token.Shape)}; [1, num_task_tokens, task_token_c] is expected.");
        CheckShape(number, token, 1);
        CheckShape(width, token, 2);
        return (options.Decide("num_task_tokens", number, (int)token.Shape[1], Shapes).Value, options.Decide("task_token_c", width, (int)token.Shape[2], Shapes).Value);
    }

    private static void CheckShape(ResolvedOption<int>? option, SourceTensor token, int dimension)
    {
        if (option is { } given && given.Value != token.Shape[dimension])
            throw new ConversionException($"{given}, but \"{token.Key}\" in {token.File} has shape {TensorPlan.Text(token.Shape)}.");
    }

    private ResolvedOption<string> Word(string name, string? flag, string fallback, string[] known)
    {
        ResolvedOption<string> option = options.Decide(name, options.FindText(name, flag), fallback, Default);
        return known.Contains(option.Value) ? option : throw new ConversionException($"{option}; {string.Join(", ", known)} are known.");
    }
}
