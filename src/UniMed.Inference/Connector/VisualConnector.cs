using UniMed.Inference.Vision;
using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>
/// The connector: resampling, routing and projection of an image's features for a task (docs/uni-med.md, section 3).
/// With experts it is the connector mixture-of-experts (CMoE); without, a linear layer or an MLP.
/// </summary>
/// <remarks>Immutable after construction; thread-safe.</remarks>
internal sealed class VisualConnector : IDisposable
{
    private readonly Device _device;
    private readonly ConnectorConfig _config;
    private readonly int _grid;
    private readonly int _outFeatures;
    private readonly Resampling _resampling;
    private readonly IProjection _projection;
    private readonly TaskRouter? _router;

    public VisualConnector(Device device, UniMedConfig config, ModelWeights weights)
    {
        _device = device;
        _config = config.Connector;
        _grid = config.Vision.Grid;
        _outFeatures = config.Language.HiddenSize;
        _resampling = Resampling.Of(config.Vision, config.Connector);
        var layout = new ConnectorLayout(config.Vision, config.Connector, _outFeatures);
        if (config.Connector.HasMoe)
        {
            _router = new TaskRouter(device, config.Connector, layout, weights);
            _projection = new ExpertMixture(device, layout.Experts, weights);
        }
        else
        {
            _projection = new LayerStack(device, layout.Projector, _outFeatures, weights);
        }
    }

    /// <summary>Visual tokens of one image.</summary>
    public int TokensPerImage => _resampling.Tokens;

    /// <summary>Device memory of the visual tokens of one image for one task, in bytes.</summary>
    public long BytesPerImage => (long)_resampling.Tokens * _outFeatures * sizeof(float);

    /// <summary>Whether an image can be projected for a task: it takes images and, with hard routing, has an expert.</summary>
    public bool CanProject(UniMedTask task) => task.TakesImage() && (_router?.CanRoute(task) ?? true);

    /// <summary>Projects the features of one image for a task.</summary>
    /// <exception cref="UniMedException">The task takes no image, or its expert does not exist (hard routing).</exception>
    public VisualTokens Project(VisionFeatures features, UniMedTask task) => Project(features, [task])[0];

    /// <summary>Projects the features of one image for several tasks: what the experts make of it, and the tokens' half of the router's first layer, are computed once.</summary>
    /// <param name="features">Features of one image.</param>
    /// <param name="tasks">One or more tasks.</param>
    /// <returns>Visual tokens for each task, the same bits as for the task alone.</returns>
    /// <exception cref="UniMedException">A task takes no image, or its expert does not exist (hard routing).</exception>
    public VisualTokens[] Project(VisionFeatures features, IReadOnlyList<UniMedTask> tasks)
    {
        for (int task = 0; task < tasks.Count; task++)
            RequireImageTask(tasks[task]);
        int tokens = _resampling.Tokens;
        using DeviceBuffer? pooled = _config.ResampleMethod == ResampleMethod.Projection ? null : _device.Allocate((long)tokens * _resampling.Channels);
        Tensor input = pooled is null ? features.Tokens.Reshape(tokens, _resampling.Channels) : Pool(features, pooled.AsTensor(tokens, _resampling.Channels));

        var outputs = new List<DeviceBuffer>();
        try
        {
            for (int task = 0; task < tasks.Count; task++)
                outputs.Add(_device.Allocate((long)tokens * _outFeatures));
            using DeviceBuffer? together = tasks.Count == 1 ? null : _device.Allocate((long)tasks.Count * tokens * _outFeatures);
            Tensor all = (together ?? outputs[0]).AsTensor(tasks.Count * tokens, _outFeatures);
            float[]? routing = Project(input, tasks, all);
            // Each task's tokens are kept and let go by themselves.
            for (int task = 0; together is not null && task < tasks.Count; task++)
                _device.Copy(all.Slice(task * tokens, tokens), outputs[task].AsTensor(tokens, _outFeatures));
            var visual = new VisualTokens[tasks.Count];
            for (int task = 0; task < visual.Length; task++)
                visual[task] = Tokens(outputs[task], tokens, routing, task);
            return visual;
        }
        catch
        {
            outputs.ForEach(output => output.Dispose());
            throw;
        }
    }

    /// <summary>Checks that a task takes images.</summary>
    /// <exception cref="UniMedException">It is text only.</exception>
    public static void RequireImageTask(UniMedTask task)
    {
        if (!task.TakesImage())
            throw new UniMedException(UniMedFailure.InvalidInput, $"Task '{task.Name()}' is text only: it has no task token to route an image with. Ask about the image with another task, or leave the image out.");
    }

    public void Dispose()
    {
        _projection.Dispose();
        _router?.Dispose();
    }

    /// <summary>Projects for all tasks, one below the other.</summary>
    /// <returns>Routing weights [tasks * tokens, experts]; null without experts.</returns>
    private float[]? Project(Tensor input, IReadOnlyList<UniMedTask> tasks, Tensor output)
    {
        if (_router is null)
        {
            _projection.Project(input, null, output.Slice(0, input.Rows));
            for (int task = 1; task < tasks.Count; task++)
                _device.Copy(output.Slice(0, input.Rows), output.Slice(task * input.Rows, input.Rows));
            return null;
        }

        using DeviceBuffer weights = _device.Allocate((long)output.Rows * _config.NumExperts);
        Tensor routing = weights.AsTensor(output.Rows, _config.NumExperts);
        _router.Route(input, tasks, routing);
        _projection.Project(input, routing, output);
        var kept = new float[routing.Length];
        _device.Download(routing, kept);
        return kept;
    }

    private VisualTokens Tokens(DeviceBuffer output, int tokens, float[]? routing, int task)
    {
        if (routing is null)
            return new VisualTokens(output, tokens, _outFeatures, null, 0);
        int length = tokens * _config.NumExperts;
        return new VisualTokens(output, tokens, _outFeatures, routing.AsSpan(task * length, length).ToArray(), _config.NumExperts);
    }

    private Tensor Pool(VisionFeatures features, Tensor pooled)
    {
        _device.Pool(features.Tokens, _grid, _config.ResampleMethod == ResampleMethod.AveragePool ? PoolKind.Average : PoolKind.Max, pooled);
        return pooled;
    }
}
