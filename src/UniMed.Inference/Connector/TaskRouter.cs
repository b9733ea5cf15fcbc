using UniMed.Inference.Weights.Layout;
using UniMed.Native;

namespace UniMed.Inference.Connector;

/// <summary>The router with its learned task tokens; the task half of its first layer is folded once per task, exactly (docs/uni-med.md, section 3).</summary>
internal sealed class TaskRouter : IDisposable
{
    /// <summary>Tasks that have tokens of their own; another one has those of the task at its expert's place.</summary>
    private static readonly int Tasks = ConnectorLayout.RoutedTasks.Count;

    private readonly Device _device;
    private readonly ConnectorConfig _config;
    private readonly RouterKind _kind;
    private readonly RouterWeights? _weights;
    private readonly DeviceBuffer? _folded;
    private readonly int _foldedRows;
    private readonly int _hidden;

    public TaskRouter(Device device, ConnectorConfig config, ConnectorLayout layout, ModelWeights weights)
    {
        _device = device;
        _config = config;
        _kind = config.RouterType switch
        {
            RouterType.Soft => RouterKind.Soft,
            RouterType.Sparse => RouterKind.Sparse,
            RouterType.Hard => RouterKind.Hard,
            RouterType.Constant => RouterKind.Constant,
            _ => throw new UniMedException(UniMedFailure.ModelFiles, "config.json: connector.router_type is missing, but connector.has_moe is true."),
        };
        if (layout.Router is not { } router)
            return;

        var taskColumns = (int)router.Fc1Weight.SplitAt;
        if (taskColumns == 0 && config.RouterMethod != RouterMethod.Token)
            throw new UniMedException(UniMedFailure.ModelFiles, $"config.json: connector.router_method '{config.RouterMethod?.Name()}' needs task tokens, but num_task_tokens is {config.NumTaskTokens}.");
        _hidden = (int)router.Fc1Weight.Rows;
        _weights = device.LoadRouter(
            weights.Load(router.Fc1Weight), weights.Load(router.Fc1Bias), weights.Load(router.Fc2Weight), weights.Load(router.Fc2Bias), taskColumns);
        _foldedRows = taskColumns == 0 ? 1 : config.NumTaskTokens;
        _folded = Fold(taskColumns, layout.TaskTokens, weights);
    }

    /// <summary>Whether a task has an expert; always, but for hard routing.</summary>
    public bool CanRoute(UniMedTask task) => _kind != RouterKind.Hard || (task.ExpertIndex() ?? 0) < _config.NumExperts;

    /// <summary>Routing weights of the tokens of one image for one or more tasks.</summary>
    /// <param name="tokens">[tokens, in].</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="routingWeights">[tasks * tokens, experts].</param>
    /// <exception cref="UniMedException">A task's expert does not exist (hard routing).</exception>
    public void Route(Tensor tokens, IReadOnlyList<UniMedTask> tasks, Tensor routingWeights)
    {
        if (_kind == RouterKind.Hard)
        {
            for (int task = 0; task < tasks.Count; task++)
                _device.Router(null, new RouterOptions(_kind, 0, Expert(tasks[task])), tokens, tokens.Rows, null, routingWeights.Slice(task * tokens.Rows, tokens.Rows));
            return;
        }

        var options = new RouterOptions(_kind, _config.SparseTopk);
        if (_folded is null || tasks.Count == 1)
        {
            _device.Router(_weights, options, tokens, tokens.Rows, _folded is null ? null : Folded(tasks[0]), routingWeights);
            return;
        }

        using DeviceBuffer buffer = _device.Allocate((long)tasks.Count * _foldedRows * _hidden);
        Tensor folded = buffer.AsTensor(tasks.Count * _foldedRows, _hidden);
        for (int task = 0; task < tasks.Count; task++)
            _device.Copy(Folded(tasks[task]), folded.Slice(task * _foldedRows, _foldedRows));
        _device.Router(_weights, options, tokens, tokens.Rows, folded, routingWeights);
    }

    public void Dispose()
    {
        _weights?.Dispose();
        _folded?.Dispose();
    }

    private int Expert(UniMedTask task) =>
        CanRoute(task)
            ? task.ExpertIndex() ?? 0
            : throw new UniMedException(
                UniMedFailure.InvalidInput,
                $"Hard routing sends task '{task.Name()}' to expert {task.ExpertIndex()}, but this model has {_config.NumExperts} experts. The reference cannot answer this task with this model either.");

    private Tensor Folded(UniMedTask task) => _folded!.AsTensor(Tasks * _foldedRows, _hidden).Slice(task.ExpertIndex()!.Value * _foldedRows, _foldedRows);

    /// <summary>Folds all tasks in one pass over the task columns: [tasks * rows of a task, hidden].</summary>
    private DeviceBuffer Fold(int taskColumns, IReadOnlyList<LayoutTensor> tokensOfTasks, ModelWeights weights)
    {
        int rows = Tasks * _foldedRows;
        using DeviceBuffer buffer = _device.Allocate((long)rows * taskColumns);
        Tensor taskTokens = buffer.AsTensor(rows, taskColumns);
        if (taskColumns > 0)
        {
            for (int task = 0; task < Tasks; task++)
            {
                HostTensor tokens = weights.Load(tokensOfTasks[task]);
                _device.Upload(tokens.ToSingleArray(), taskTokens.Slice(task * _foldedRows, _foldedRows));
            }
        }

        DeviceBuffer folded = _device.Allocate((long)rows * _hidden);
        _device.FoldTask(_weights!, taskTokens, folded.AsTensor(rows, _hidden));
        return folded;
    }
}
