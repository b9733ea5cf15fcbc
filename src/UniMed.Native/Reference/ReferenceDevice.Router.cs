using System.Buffers;

namespace UniMed.Native.Reference;

/// <summary>
/// The router: logits = fc2 GELU(fc1 [task token ; visual token]), then weights. The task half of fc1 is folded into a row for each task token.
/// Shapes: tokens [rows, in], folded [task tokens, hidden] -> weights [rows, experts]. Work: 2 * rows * hidden * (in + experts) FLOP.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public unsafe void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = Own<ReferenceRouterWeights>(weights);
        Require.Shape(taskTokens, taskTokens.Rows, own.Fc1Task.Columns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, own.Hidden, nameof(folded));
        float* to = Data(folded);
        MatrixRows.Product(own.Fc1Task, Data(taskTokens), taskTokens.Rows, (row, token, value) => to[((long)token * own.Hidden) + row] = value + own.Fc1Bias[row]);
        KeepAlive(taskTokens, folded);
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

        var own = Own<ReferenceRouterWeights>(weights ?? throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router."));
        Tensor constant = folded ?? throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        Require.Shape(constant, Math.Max(1, constant.Rows), own.Hidden, nameof(folded));
        if (experts != own.Experts || tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{experts} weights for {own.Experts} experts, {tokens.Rows} rows for images of {tokensPerImage}.", nameof(routingWeights));
        if (own.Fc1Token.Columns != 0)
            Require.Shape(tokens, tokens.Rows, own.Fc1Token.Columns, nameof(tokens));

        RouterLogits(own, tokens, tokensPerImage, constant, to);
        for (int row = 0; row < tokens.Rows; row++)
        {
            Span<float> weightsOfRow = to.Slice(row * experts, experts);
            if (options.Kind == RouterKind.Soft)
                NormalizedSigmoid(weightsOfRow);
            else
                TopKSoftmax(weightsOfRow, options.TopK);
        }

        KeepAlive(tokens, constant, routingWeights);
    }

    private static unsafe void RouterLogits(ReferenceRouterWeights own, Tensor tokens, int tokensPerImage, Tensor folded, Span<float> logits)
    {
        float* constant = Data(folded);
        float[] hidden = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tokens.Rows * own.Hidden, nameof(tokens)));
        try
        {
            MatrixRows.Product(own.Fc1Token, Data(tokens), tokens.Rows, (row, token, value) =>
            {
                long foldedRow = token % tokensPerImage % folded.Rows;
                hidden[((long)token * own.Hidden) + row] = Gelu.Apply(value + constant[(foldedRow * own.Hidden) + row]);
            });
            fixed (float* first = hidden)
            fixed (float* to = logits)
            {
                nint address = (nint)to;
                MatrixRows.Product(own.Fc2, first, tokens.Rows, (row, token, value) => ((float*)address)[((long)token * own.Experts) + row] = value + own.Fc2Bias[row]);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(hidden);
        }
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
