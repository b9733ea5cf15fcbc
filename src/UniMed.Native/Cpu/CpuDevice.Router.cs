using UniMed.Native.Host;

namespace UniMed.Native.Cpu;

/// <summary>
/// The router: logits = fc2 GELU(fc1 [task token ; visual token]), then weights. The task half of fc1 is folded into a row for each task token, which enters as the bias of the other half.
/// Shapes: tokens [rows, in], folded [tasks * task tokens, hidden] -> weights [tasks * rows, experts]. Work: 2 * rows * hidden * (in + tasks * experts) FLOP; fc1 is read once. Several
/// tasks keep its products, [rows, hidden], and have their GELU and fc2 one after the other.
/// </summary>
public sealed partial class CpuDevice
{
    /// <summary>What a GELU costs, in multiply-adds.</summary>
    private const int GeluWork = 16;

    /// <inheritdoc/>
    public override unsafe void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = Own<CpuRouterWeights>(weights);
        Require.Shape(taskTokens, taskTokens.Rows, own.Fc1Task.Columns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, own.Hidden, nameof(folded));
        Apply(own.Fc1Task, own.Fc1Bias, Data(taskTokens), taskTokens.Rows, Activation.None, null, Data(folded), own.Hidden);
        KeepAlive(taskTokens, folded);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public override unsafe void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        int experts = routingWeights.Columns;
        int tasks = Require.Routing(options, tokens, routingWeights);
        var to = new Span<float>(Data(routingWeights), checked((int)routingWeights.Length));
        if (RoutingWeights.TryFixed(options, experts, to))
        {
            KeepAlive(routingWeights);
            return;
        }

        var own = Own<CpuRouterWeights>(weights ?? throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router."));
        Tensor constant = folded ?? throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        int foldedRows = Require.FoldedRows(constant, tasks, own.Hidden);
        if (experts != own.Experts || tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{experts} weights for {own.Experts} experts, {tokens.Rows} rows for images of {tokensPerImage}.", nameof(routingWeights));
        if (own.Fc1Token.Columns != 0)
            Require.Shape(tokens, tokens.Rows, own.Fc1Token.Columns, nameof(tokens));

        int stride = Kernels.PadColumns(own.Hidden);
        float* hidden = Scratch.Of(Scratch.Between, (long)tokens.Rows * stride);
        if (tasks == 1)
        {
            Apply(own.Fc1Token, null, Data(tokens), tokens.Rows, Activation.Gelu, null, hidden, stride, Data(constant), tokensPerImage, foldedRows);
            ApplyPadded(own.Fc2, own.Fc2Bias, hidden, stride, tokens.Rows, Data(routingWeights));
        }
        else
        {
            float* product = Scratch.Of(Scratch.Shared, (long)tokens.Rows * stride);
            Apply(own.Fc1Token, null, Data(tokens), tokens.Rows, Activation.None, null, product, stride);
            var job = new RouterJob { Product = product, Hidden = hidden, Stride = stride, Columns = own.Hidden, BiasPeriod = tokensPerImage, BiasCount = foldedRows };
            for (int task = 0; task < tasks; task++)
            {
                job.Folded = Data(constant) + ((nint)task * foldedRows * own.Hidden);
                Run(tokens.Rows, (long)GeluWork * tokens.Rows * own.Hidden, &RouterUnit, &job);
                ApplyPadded(own.Fc2, own.Fc2Bias, hidden, stride, tokens.Rows, Data(routingWeights) + ((nint)task * tokens.Rows * experts));
            }
        }

        RoutingWeights.Apply(options, experts, to);

        KeepAlive(tokens, constant, routingWeights);
        GC.KeepAlive(own);
    }

    /// <summary>A linear layer on rows in scratch memory, which is padded already but for the zeros.</summary>
    private unsafe void ApplyPadded(CpuMatrix matrix, CpuVector bias, float* input, int stride, int rows, float* output)
    {
        ClearPadding(input, rows, matrix.Columns, stride);
        var job = new LinearJob
        {
            Matrix = matrix,
            Plan = new WorkPlan(matrix, rows, _team.Threads),
            Input = Activations(matrix, input, rows, stride),
            Bias = bias.Data,
            BiasPeriod = 1,
            BiasCount = 1,
            Output = output,
            OutputStride = matrix.Rows,
        };
        Run(job.Plan.Units, (long)matrix.Rows * rows * matrix.Columns, &LinearUnit, &job);
        GC.KeepAlive(bias);
    }

    /// <summary>The hidden layer of one token for one task.</summary>
    private static unsafe void RouterUnit(void* state, int row)
    {
        ref RouterJob job = ref *(RouterJob*)state;
        nint at = row * job.Stride;
        Kernels.Best.Finish(job.Product + at, job.Folded + (row % job.BiasPeriod % job.BiasCount * (nint)job.Columns), Activation.Gelu, null, job.Hidden + at, job.Columns);
    }

    private static unsafe void ClearPadding(float* rows, int count, int columns, int stride)
    {
        for (int row = 0; row < count && columns < stride; row++)
            new Span<float>(rows + ((nint)row * stride) + columns, stride - columns).Clear();
    }

    private unsafe struct RouterJob
    {
        public float* Product;
        public float* Folded;
        public float* Hidden;
        public nint Stride;
        public int Columns;
        public int BiasPeriod;
        public int BiasCount;
    }
}
