using UniMed.Native.Reference;

namespace UniMed.Native.Cpu;

/// <summary>
/// The router: logits = fc2 GELU(fc1 [task token ; visual token]), then weights. The task half of fc1 is folded into a row for each task token, which enters as the bias of the other half.
/// Shapes: tokens [rows, in], folded [task tokens, hidden] -> weights [rows, experts]. Work: 2 * rows * hidden * (in + experts) FLOP.
/// </summary>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public unsafe void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = Own<CpuRouterWeights>(weights);
        Require.Shape(taskTokens, taskTokens.Rows, own.Fc1Task.Columns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, own.Hidden, nameof(folded));
        Apply(own.Fc1Task, own.Fc1Bias, Data(taskTokens), taskTokens.Rows, Activation.None, null, Data(folded), own.Hidden);
        KeepAlive(taskTokens, folded);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public unsafe void Router(RouterWeights? weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor? folded, Tensor routingWeights)
    {
        int experts = routingWeights.Columns;
        Require.Shape(routingWeights, tokens.Rows, experts, nameof(routingWeights));
        var to = new Span<float>(Data(routingWeights), checked((int)routingWeights.Length));
        switch (options.Kind)
        {
            case RouterKind.Constant:
                to.Fill(1f / experts);
                KeepAlive(routingWeights);
                return;
            case RouterKind.Hard:
                if ((uint)options.Expert >= (uint)experts)
                    throw new ArgumentException($"Expert {options.Expert} of {experts}.", nameof(options));
                to.Clear();
                for (int row = 0; row < tokens.Rows; row++)
                    to[(row * experts) + options.Expert] = 1;
                KeepAlive(routingWeights);
                return;
            case RouterKind.Sparse when options.TopK < 1 || options.TopK > experts:
                throw new ArgumentException($"Top {options.TopK} of {experts} experts.", nameof(options));
        }

        var own = Own<CpuRouterWeights>(weights ?? throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router."));
        Tensor constant = folded ?? throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        Require.Shape(constant, Math.Max(1, constant.Rows), own.Hidden, nameof(folded));
        if (experts != own.Experts || tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{experts} weights for {own.Experts} experts, {tokens.Rows} rows for images of {tokensPerImage}.", nameof(routingWeights));
        if (own.Fc1Token.Columns != 0)
            Require.Shape(tokens, tokens.Rows, own.Fc1Token.Columns, nameof(tokens));

        int stride = Kernels.PadColumns(own.Hidden);
        float* hidden = Scratch.Of(Scratch.Between, (long)tokens.Rows * stride);
        Apply(own.Fc1Token, null, Data(tokens), tokens.Rows, Activation.Gelu, null, hidden, stride, Data(constant), tokensPerImage, constant.Rows);
        ApplyPadded(own.Fc2, own.Fc2Bias, hidden, stride, tokens.Rows, Data(routingWeights));
        for (int row = 0; row < tokens.Rows; row++)
        {
            Span<float> weightsOfRow = to.Slice(row * experts, experts);
            if (options.Kind == RouterKind.Soft)
                NormalizedSigmoid(weightsOfRow);
            else
                TopKSoftmax(weightsOfRow, options.TopK);
        }

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
            Plan = new WorkPlan(matrix.Rows, rows, _team.Threads),
            Input = input,
            InputStride = stride,
            Bias = bias.Data,
            BiasPeriod = 1,
            BiasCount = 1,
            Output = output,
            OutputStride = matrix.Rows,
        };
        Run(job.Plan.Units, (long)matrix.Rows * rows * matrix.Columns, &LinearUnit, &job);
        GC.KeepAlive(bias);
    }

    private static unsafe void ClearPadding(float* rows, int count, int columns, int stride)
    {
        for (int row = 0; row < count && columns < stride; row++)
            new Span<float>(rows + ((nint)row * stride) + columns, stride - columns).Clear();
    }

    private static void NormalizedSigmoid(Span<float> logits)
    {
        float sum = 0;
        for (int e = 0; e < logits.Length; e++)
        {
            logits[e] = 1 / (1 + MathF.Exp(-logits[e]));
            sum += logits[e];
        }

        for (int e = 0; e < logits.Length; e++)
            logits[e] /= sum;
    }

    /// <summary>Among equal logits the lower expert is kept; NaN counts as largest, as in torch.topk, so that it shows.</summary>
    private static void TopKSoftmax(Span<float> logits, int topK)
    {
        Span<bool> kept = logits.Length <= 256 ? stackalloc bool[logits.Length] : new bool[logits.Length];
        for (int k = 0; k < topK; k++)
        {
            int best = -1;
            for (int e = 0; e < logits.Length; e++)
            {
                if (!kept[e] && (best < 0 || logits[e] > logits[best] || (float.IsNaN(logits[e]) && !float.IsNaN(logits[best]))))
                    best = e;
            }

            kept[best] = true;
        }

        for (int e = 0; e < logits.Length; e++)
        {
            if (!kept[e])
                logits[e] = float.NegativeInfinity;
        }

        Softmax.Apply(logits);
    }
}
