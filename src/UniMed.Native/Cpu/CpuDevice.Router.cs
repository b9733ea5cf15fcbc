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
    protected override unsafe void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = (InPlaceRouter<CpuMatrix>)weights;
        Apply(own.Task, own.Fc1Bias, Data(taskTokens), taskTokens.Rows, Activation.None, null, Data(folded), own.Hidden);
    }

    /// <inheritdoc/>
    protected override unsafe void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights) =>
        RoutingWeights.Fixed(options, routingWeights.Columns, new Span<float>(Data(routingWeights), checked((int)routingWeights.Length)));

    /// <inheritdoc/>
    protected override unsafe void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights)
    {
        var own = (InPlaceRouter<CpuMatrix>)weights;
        int experts = own.Experts;
        int foldedRows = folded.Rows / tasks;
        var to = new Span<float>(Data(routingWeights), checked((int)routingWeights.Length));
        int stride = Kernels.PadColumns(own.Hidden);
        float* hidden = Scratch.Of(Scratch.Between, (long)tokens.Rows * stride);
        if (tasks == 1)
        {
            Apply(own.Token, null, Data(tokens), tokens.Rows, Activation.Gelu, null, hidden, stride, Data(folded), tokensPerImage, foldedRows);
            ApplyPadded(own.Fc2, own.Fc2Bias, hidden, stride, tokens.Rows, Data(routingWeights));
        }
        else
        {
            float* product = Scratch.Of(Scratch.Shared, (long)tokens.Rows * stride);
            Apply(own.Token, null, Data(tokens), tokens.Rows, Activation.None, null, product, stride);
            var job = new RouterJob { Product = product, Hidden = hidden, Stride = stride, Columns = own.Hidden, BiasPeriod = tokensPerImage, BiasCount = foldedRows };
            for (int task = 0; task < tasks; task++)
            {
                job.Folded = Data(folded) + ((nint)task * foldedRows * own.Hidden);
                Run(tokens.Rows, (long)GeluWork * tokens.Rows * own.Hidden, &RouterUnit, &job);
                ApplyPadded(own.Fc2, own.Fc2Bias, hidden, stride, tokens.Rows, Data(routingWeights) + ((nint)task * tokens.Rows * experts));
            }
        }

        RoutingWeights.Apply(options, experts, to);
    }

    /// <summary>A linear layer on rows in scratch memory, which is padded already but for the zeros.</summary>
    private unsafe void ApplyPadded(CpuMatrix matrix, WidenedVector bias, float* input, int stride, int rows, float* output)
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
