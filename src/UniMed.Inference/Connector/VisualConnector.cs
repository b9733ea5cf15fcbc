using UniMed.Inference.Tasks;
using UniMed.Inference.Vision;
using UniMed.Inference.Weights;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>
/// The connector: resampling, routing and projection of an image's features for a task (paper section 3, uni-med section 3).
/// With experts it is the connector mixture-of-experts (CMoE); without, a linear layer or an MLP.
/// </summary>
/// <remarks>Immutable after construction; thread-safe.</remarks>
internal sealed class VisualConnector : IDisposable
{
    private readonly IDevice _device;
    private readonly ConnectorConfig _config;
    private readonly int _grid;
    private readonly int _outFeatures;
    private readonly Resampling _resampling;
    private readonly IProjection _projection;
    private readonly TaskRouter? _router;

    public VisualConnector(IDevice device, UniMedConfig config, ModelWeights weights)
    {
        _device = device;
        _config = config.Connector;
        _grid = config.Vision.Grid;
        _outFeatures = config.Language.HiddenSize;
        _resampling = Resampling.Of(config.Vision, config.Connector);
        if (config.Connector.HasMoe)
        {
            _router = new TaskRouter(device, config.Connector, _resampling, weights);
            _projection = new ExpertMixture(device, config.Connector, _resampling.Channels, _outFeatures, weights);
        }
        else
        {
            _projection = new LayerStack(device, config.Connector, _resampling.Channels, _outFeatures, weights);
        }
    }

    /// <summary>Visual tokens of one image.</summary>
    public int TokensPerImage => _resampling.Tokens;

    /// <summary>Projects the features of one image for a task.</summary>
    /// <exception cref="UniMedException">The task takes no image, or its expert does not exist (hard routing).</exception>
    public VisualTokens Project(VisionFeatures features, UniMedTask task)
    {
        RequireImageTask(task);
        int tokens = _resampling.Tokens;
        using DeviceBuffer? pooled = _config.ResampleMethod == "projection" ? null : _device.Allocate((long)tokens * _resampling.Channels);
        Tensor input = pooled is null ? features.Tokens.Reshape(tokens, _resampling.Channels) : Pool(features, pooled.AsTensor(tokens, _resampling.Channels));

        DeviceBuffer output = _device.Allocate((long)tokens * _outFeatures);
        Tensor projected = output.AsTensor(tokens, _outFeatures);
        try
        {
            if (_router is null)
            {
                _projection.Project(input, null, projected);
                return new VisualTokens(output, tokens, _outFeatures, null, 0);
            }

            using DeviceBuffer weights = _device.Allocate((long)tokens * _config.NumExperts);
            Tensor routing = weights.AsTensor(tokens, _config.NumExperts);
            _router.Route(input, tokens, task, routing);
            _projection.Project(input, routing, projected);
            var kept = new float[routing.Length];
            _device.Download(routing, kept);
            return new VisualTokens(output, tokens, _outFeatures, kept, _config.NumExperts);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Checks that a task takes images.</summary>
    /// <exception cref="UniMedException">It is text only.</exception>
    public static void RequireImageTask(UniMedTask task)
    {
        if (!task.TakesImage())
            throw new UniMedException($"Task '{task.Name()}' is text only: it has no task token to route an image with. Ask about the image with another task, or leave the image out.");
    }

    public void Dispose()
    {
        _projection.Dispose();
        _router?.Dispose();
    }

    private Tensor Pool(VisionFeatures features, Tensor pooled)
    {
        _device.Pool(features.Tokens, _grid, _config.ResampleMethod == "avgpool" ? PoolKind.Average : PoolKind.Max, pooled);
        return pooled;
    }
}
