using UniMed.Inference;
using UniMed.Inference.Weights;
using UniMed.Inference.Weights.Layout;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>Decides the connector's options: the checkpoint's config, else flags, else the authors' defaults, else what the tensors' shapes say; shapes check them all.</summary>
internal sealed class ConnectorOptions(OptionResolver options, ConversionOptions flags, CheckpointInventory inventory, string checkpoint)
{
    private const string Default = "the authors' default";
    private const string Shapes = "the checkpoint's keys and shapes";

    /// <summary>Decides all of them.</summary>
    /// <exception cref="ConversionException">An option is unknown, contradicts another, or contradicts the shapes.</exception>
    public ConnectorConfig Decide()
    {
        ResolvedOption<bool> hasMoe = options.Decide("has_moe", options.FindBool("has_moe", flags.HasMoe), inventory.Experts > 0, Shapes);
        ResolvedOption<ProjectorType> projector = DecideProjector(hasMoe);
        ResolvedOption<ResampleMethod> resample = Word(ConnectorSpelling.ResampleMethod, flags.ResampleMethod, ResampleMethod.Projection);
        ResolvedOption<int> rate = options.Decide("resample_rate", options.FindInt("resample_rate", flags.ResampleRate, max: ConnectorConfig.MaxResampleRate), 4, Default);
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

    private ResolvedOption<ProjectorType> DecideProjector(ResolvedOption<bool> hasMoe)
    {
        ResolvedOption<ProjectorType>? given = options.FindWord(ConnectorSpelling.ProjectorType, flags.ProjectorType);
        if (given is null && inventory.ProjectorType is null)
        {
            throw new ConversionException(
                $"{checkpoint} holds no connector: neither {ConnectorLayout.ExpertsName}.* nor {ConnectorLayout.ProjectorName}.* is in it. Is it the training checkpoint?");
        }

        ResolvedOption<ProjectorType> projector = options.Decide("projector_type", given, inventory.ProjectorType ?? default, Shapes);
        bool isMoe = projector.Value.HasExperts;
        if (isMoe && !hasMoe.Value)
            throw new ConversionException($"{projector}, but {hasMoe}. A mixture of experts needs has_moe true.");
        if (!isMoe && hasMoe.Value)
            throw new ConversionException($"{hasMoe}, but {projector}. Experts are {ProjectorType.MoeLinear} or {ProjectorType.MoeMlp}.");
        if (inventory.ProjectorType is { } found && found != projector.Value)
            throw new ConversionException($"{projector}, but the keys of {checkpoint} are those of {found}.");
        return projector;
    }

    private ConnectorConfig DecideRouter(ConnectorConfig config)
    {
        ResolvedOption<RouterType> type = Word(ConnectorSpelling.RouterType, flags.RouterType, RouterType.Soft);
        ResolvedOption<RouterMethod> method = Word(ConnectorSpelling.RouterMethod, flags.RouterMethod, RouterMethod.TaskAndToken);
        ResolvedOption<int>? given = options.FindInt("num_experts", flags.NumExperts, max: ConnectorConfig.MaxExperts);
        ResolvedOption<int> experts = inventory.Experts > 0
            ? options.Decide("num_experts", given, inventory.Experts, Shapes)
            : options.Decide("num_experts", given, 3, Default);
        if (inventory.Experts > 0 && experts.Value != inventory.Experts)
            throw new ConversionException($"{experts}, but {checkpoint} holds {inventory.Experts} experts.");
        if (experts.Value > ConnectorConfig.MaxExperts)
            throw new ConversionException($"{experts}; at most {ConnectorConfig.MaxExperts} are expected.");
        int topk = 0;
        if (type.Value == RouterType.Sparse)
        {
            ResolvedOption<int> sparse = options.Decide("sparse_topk", options.FindInt("sparse_topk", flags.SparseTopk, max: ConnectorConfig.MaxExperts), 2, Default);
            if (sparse.Value > experts.Value)
                throw new ConversionException($"{sparse}, but {experts}: a sparse router cannot keep more experts than there are.");
            topk = sparse.Value;
        }

        IReadOnlyList<UniMedTask> tasks = ConnectorLayout.RoutedTasks;
        if (type.Value == RouterType.Hard && experts.Value < tasks.Count)
        {
            string names = string.Join(", ", tasks.Select(task => task.Name()));
            throw new ConversionException($"{type}, but {experts}: a hard router gives each of the {tasks.Count} image tasks ({names}) its own expert.");
        }

        return config with { RouterType = type.Value, RouterMethod = method.Value, NumExperts = experts.Value, SparseTopk = topk };
    }

    private (int Number, int Width) DecideTaskTokens()
    {
        ResolvedOption<int>? number = options.FindInt("num_task_tokens", flags.NumTaskTokens, min: 0, max: ConnectorConfig.MaxTaskTokens);
        ResolvedOption<int>? width = options.FindInt("task_token_c", flags.TaskTokenC, max: ConnectorConfig.MaxTaskTokenC);
        SourceTensor? token = inventory.TaskToken;
        if (token is null)
        {
            if (number is { Value: > 0 } expected)
                throw new ConversionException($"{expected}, but {checkpoint} holds no task_tokens.*.");
            return (options.Decide("num_task_tokens", number, 0, Shapes).Value, 0);
        }

        if (token.Shape is not [1, > 0 and <= ConnectorConfig.MaxTaskTokens, > 0 and <= ConnectorConfig.MaxTaskTokenC])
        {
            throw new ConversionException(
                $"{token.File}: \"{token.Key}\" has shape {TensorPlan.Text(token.Shape)}; [1, num_task_tokens, task_token_c] is expected, "
                + $"at most [1, {ConnectorConfig.MaxTaskTokens}, {ConnectorConfig.MaxTaskTokenC}].");
        }

        CheckShape(number, token, 1);
        CheckShape(width, token, 2);
        return (options.Decide("num_task_tokens", number, (int)token.Shape[1], Shapes).Value, options.Decide("task_token_c", width, (int)token.Shape[2], Shapes).Value);
    }

    private static void CheckShape(ResolvedOption<int>? option, SourceTensor token, int dimension)
    {
        if (option is { } given && given.Value != token.Shape[dimension])
            throw new ConversionException($"{given}, but \"{token.Key}\" in {token.File} has shape {TensorPlan.Text(token.Shape)}.");
    }

    private ResolvedOption<T> Word<T>(OptionSpelling<T> spelling, T? flag, T fallback)
        where T : struct => options.Decide(spelling.Option, options.FindWord(spelling, flag), fallback, Default);
}
