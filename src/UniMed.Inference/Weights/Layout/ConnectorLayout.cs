namespace UniMed.Inference.Weights.Layout;

/// <summary>The tensors of the connector: task tokens, router, and experts or a single projector.</summary>
internal sealed class ConnectorLayout
{
    /// <summary>How names begin; the rest are the names of the authors' checkpoint.</summary>
    public const string Prefix = "connector.";

    /// <summary>What the checkpoint calls task tokens: then comes the task.</summary>
    public const string TaskTokensName = "task_tokens";

    /// <summary>What the checkpoint calls the router.</summary>
    public const string RouterName = "router";

    /// <summary>What the checkpoint calls the experts: then come the expert's number and the layer's place.</summary>
    public const string ExpertsName = "moe_layers";

    /// <summary>What the checkpoint calls a single projector.</summary>
    public const string ProjectorName = "llm_proj";

    private readonly List<LayoutTensor> _tensors = [];

    /// <summary>Lays a connector out.</summary>
    /// <param name="vision">What comes in.</param>
    /// <param name="config">Options.</param>
    /// <param name="hiddenSize">Width of the language model.</param>
    public ConnectorLayout(VisionConfig vision, ConnectorConfig config, int hiddenSize)
    {
        Channels = ChannelsOf(vision, config);
        var connector = new LayoutBuilder(_tensors, Prefix);
        TaskTokens = config.NumTaskTokens == 0 ? [] : LayTaskTokens(connector, config);
        Router = config.HasRouter ? LayRouter(connector.Under($"{RouterName}."), config, Channels) : null;
        ProjectorType type = config.ProjectorType;
        if (type.HasExperts)
            Experts = [.. Enumerable.Range(0, config.NumExperts).Select(expert => LayLayers(connector.Under($"{ExpertsName}.{expert}."), type.Layers, Channels, hiddenSize))];
        else if (type == ProjectorType.Linear)
            Projector = [LayLayer(connector.Under($"{ProjectorName}."), Channels, hiddenSize)];
        else
            Projector = LayLayers(connector.Under($"{ProjectorName}."), type.Layers, Channels, hiddenSize);
    }

    /// <summary>The tasks that have tokens and, under hard routing, experts, each at the place of its expert: those that take an image, in the authors' order. Of tasks that share an expert the first.</summary>
    public static IReadOnlyList<UniMedTask> RoutedTasks { get; } = Routed();

    /// <summary>Channels of one visual token before the projection.</summary>
    public long Channels { get; }

    /// <summary>The tokens of each of <see cref="RoutedTasks"/>, [1, tokens, width]; empty without task tokens.</summary>
    public IReadOnlyList<LayoutTensor> TaskTokens { get; }

    /// <summary>The router; null for a connector that has no learned one.</summary>
    public RouterTensors? Router { get; }

    /// <summary>The linear layers of each expert; empty without experts.</summary>
    public IReadOnlyList<IReadOnlyList<LinearLayout>> Experts { get; } = [];

    /// <summary>The linear layers of a single projector; empty with experts.</summary>
    public IReadOnlyList<LinearLayout> Projector { get; } = [];

    /// <summary>All of them, in the order of the file.</summary>
    public IReadOnlyList<LayoutTensor> Tensors => _tensors;

    /// <summary>Channels of one visual token.</summary>
    public static long ChannelsOf(VisionConfig vision, ConnectorConfig config) =>
        config.ResampleMethod == ResampleMethod.Projection ? (long)vision.EmbedDim * config.ResampleRate : vision.EmbedDim;

    /// <summary>Visual tokens of one image; with <see cref="ResampleMethod.Projection"/> the rate must divide the patches.</summary>
    public static int TokensOf(VisionConfig vision, ConnectorConfig config) =>
        config.ResampleMethod == ResampleMethod.Projection ? vision.Grid * vision.Grid / config.ResampleRate : vision.Grid / 2 * (vision.Grid / 2);

    private static UniMedTask[] Routed()
    {
        var firsts = new UniMedTask[UniMedTasks.All.Count];
        int count = 0;
        for (int i = 0; i < firsts.Length; i++)
        {
            UniMedTask task = UniMedTasks.All[i];
            bool isFirst = task.TakesImage();
            for (int known = 0; known < count; known++)
                isFirst &= firsts[known].ExpertIndex() != task.ExpertIndex();
            if (isFirst)
                firsts[count++] = task;
        }

        return firsts[..count];
    }

    private static LayoutTensor[] LayTaskTokens(LayoutBuilder connector, ConnectorConfig config)
    {
        var tokens = new LayoutTensor[RoutedTasks.Count];
        for (int task = 0; task < tokens.Length; task++)
            tokens[task] = connector.Tensor($"{TaskTokensName}.{RoutedTasks[task].Name()}", [1, config.NumTaskTokens, config.TaskTokenC], config.NumTaskTokens, TensorRole.Vector);
        return tokens;
    }

    private static RouterTensors LayRouter(LayoutBuilder router, ConnectorConfig config, long channels)
    {
        long taskColumns = config.RouterMethod == RouterMethod.Token ? 0 : config.TaskTokenC;
        long columns = taskColumns + (config.RouterMethod == RouterMethod.Task ? 0 : channels);
        long hidden = 4 * columns;
        return new RouterTensors(
            router.Matrix("fc1.weight", hidden, columns, TensorRole.RouterLayer, splitAt: taskColumns),
            router.Vector("fc1.bias", hidden),
            router.Matrix("fc2.weight", config.NumExperts, hidden, TensorRole.RouterLayer),
            router.Vector("fc2.bias", config.NumExperts));
    }

    /// <summary>torch.nn.Sequential numbers the GELUs too, so linear layers are 0, 2, 4, ...</summary>
    private static LinearLayout[] LayLayers(LayoutBuilder sequence, int layers, long inFeatures, long outFeatures) =>
        [.. Enumerable.Range(0, layers).Select(layer => LayLayer(sequence.Under($"{2 * layer}."), layer == 0 ? inFeatures : outFeatures, outFeatures))];

    private static LinearLayout LayLayer(LayoutBuilder layer, long inFeatures, long outFeatures) =>
        new(layer.Matrix("weight", outFeatures, inFeatures, TensorRole.ProjectionLayer), layer.Vector("bias", outFeatures));

    /// <summary>The tensors of the router. Its first layer's weight is cut where the task token ends and the visual token begins.</summary>
    internal sealed record RouterTensors(LayoutTensor Fc1Weight, LayoutTensor Fc1Bias, LayoutTensor Fc2Weight, LayoutTensor Fc2Bias);
}
