namespace UniMed.Native;

/// <content>Router and experts.</content>
public abstract partial class Device
{
    /// <summary>The constant part of the router's first layer for a task: task tokens times the task columns of fc1, plus its bias, computed once for each task (docs/uni-med.md, section 3).</summary>
    /// <param name="weights">The router.</param>
    /// <param name="taskTokens">[task tokens, task columns]; with no task columns one row of width 0.</param>
    /// <param name="folded">[task tokens, hidden].</param>
    public void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(taskTokens, nameof(taskTokens));
        RequireUsable(folded, nameof(folded));
        Require.Shape(taskTokens, taskTokens.Rows, weights.TaskColumns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, weights.Hidden, nameof(folded));
        Require.Apart(folded, taskTokens, nameof(folded));
        if (folded.Length == 0)
            return;
        FoldTaskCore(weights, taskTokens, folded);
        KeepAlive(weights, taskTokens.Buffer, folded.Buffer);
    }

    /// <summary>
    /// Routing weights of each visual token, for one task or for several at once, which share the tokens' half of the first layer. Row t * rows + r is token r for task t; it uses
    /// row (r mod tokensPerImage) mod (folded rows of a task) of the task's folded rows. A task's weights are the same bits as alone.
    /// </summary>
    /// <param name="weights">The router; null for hard and constant routing.</param>
    /// <param name="options">Kind of routing.</param>
    /// <param name="tokens">[rows, in].</param>
    /// <param name="tokensPerImage">Visual tokens of one image; rows is a multiple of it.</param>
    /// <param name="folded">Output of <see cref="FoldTask"/>, task after task, at least one row each and as many for each; null for hard and constant routing.</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    public void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        ThrowIfDisposed();
        RequireUsable(tokens, nameof(tokens));
        RequireUsable(routingWeights, nameof(routingWeights));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        int tasks = Require.Routing(options, tokens, tokensPerImage, routingWeights);
        Require.Apart(routingWeights, tokens, nameof(routingWeights));
        if (options.Kind is RouterKind.Hard or RouterKind.Constant)
        {
            if (routingWeights.Length == 0)
                return;
            FixedRoutingCore(options, tokens, routingWeights);
            KeepAlive(routingWeights.Buffer);
            return;
        }

        if (weights is null)
            throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router.");
        if (folded is not { } constant)
            throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        RequireUsable(weights, nameof(weights));
        RequireUsable(constant, nameof(folded));
        Require.Shape(constant, constant.Rows, weights.Hidden, nameof(folded));
        Require.FoldedRows(constant, tasks);
        Require.Shape(routingWeights, routingWeights.Rows, weights.Experts, nameof(routingWeights));
        if (weights.TokenColumns != 0)
            Require.Shape(tokens, tokens.Rows, weights.TokenColumns, nameof(tokens));
        Require.Apart(routingWeights, constant, nameof(routingWeights));
        if (routingWeights.Length == 0)
            return;
        RouterCore(weights, options, tokens, tokensPerImage, constant, tasks, routingWeights);
        KeepAlive(weights, tokens.Buffer, constant.Buffer, routingWeights.Buffer);
    }

    /// <summary>
    /// output = sum over experts of routing weight * expert(token), for one task or for several at once, which share what the experts make of the tokens. Row t * rows + r is token r for
    /// task t. Experts to which no task gives weight do no work. A task's output is the same bits as alone.
    /// </summary>
    /// <param name="weights">The experts.</param>
    /// <param name="tokens">[rows, in].</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    /// <param name="output">[tasks * rows, out].</param>
    public void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output)
    {
        ThrowIfDisposed();
        RequireUsable(weights, nameof(weights));
        RequireUsable(tokens, nameof(tokens));
        RequireUsable(routingWeights, nameof(routingWeights));
        RequireUsable(output, nameof(output));
        Require.Shape(tokens, tokens.Rows, weights.InFeatures, nameof(tokens));
        int tasks = Require.Tasks(tokens, routingWeights, nameof(routingWeights));
        Require.Shape(routingWeights, routingWeights.Rows, weights.Experts, nameof(routingWeights));
        Require.Shape(output, routingWeights.Rows, weights.OutFeatures, nameof(output));
        Require.Apart(output, tokens, nameof(output));
        Require.Apart(output, routingWeights, nameof(output));
        if (output.Length == 0)
            return;
        ExpertProjectionCore(weights, tokens, routingWeights, tasks, output);
        KeepAlive(weights, tokens.Buffer, routingWeights.Buffer, output.Buffer);
    }

    /// <summary>Task tokens times the task columns of fc1, plus its bias.</summary>
    protected abstract void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded);

    /// <summary>Weights of hard and constant routing, the same for every row.</summary>
    /// <param name="options">Hard or constant; the expert is one of them.</param>
    /// <param name="tokens">[rows, in]: of no use but to a device that hands the operation on.</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    protected abstract void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights);

    /// <summary>Weights of soft and sparse routing.</summary>
    /// <param name="weights">The router.</param>
    /// <param name="options">Soft or sparse.</param>
    /// <param name="tokens">[rows, in], at least one row.</param>
    /// <param name="tokensPerImage">Visual tokens of one image.</param>
    /// <param name="folded">As many rows for each task, [tasks * folded rows, hidden].</param>
    /// <param name="tasks">Number of tasks, at least 1.</param>
    /// <param name="routingWeights">[tasks * rows, experts].</param>
    protected abstract void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights);

    /// <summary>The experts' weighted sum for one or more tasks.</summary>
    protected abstract void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output);
}
