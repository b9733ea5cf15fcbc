using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// The router: logits = fc2 GELU(fc1 [task token ; visual token]), then weights. The task half of fc1 is folded into a row for each task token.
/// Shapes: tokens [rows, in], folded [tasks * task tokens, hidden] -> weights [tasks * rows, experts]. Work: 2 * rows * hidden * (in + tasks * experts) FLOP.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public override unsafe void FoldTask(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = Own<ReferenceRouterWeights>(weights);
        Require.Shape(taskTokens, taskTokens.Rows, own.Fc1Task.Columns, nameof(taskTokens));
        Require.Shape(folded, taskTokens.Rows, own.Hidden, nameof(folded));
        float* to = Data(folded);
        MatrixRows.Product(own.Fc1Task, Data(taskTokens), taskTokens.Rows, (row, token, value) => to[((long)token * own.Hidden) + row] = value + own.Fc1Bias[row]);
        KeepAlive(taskTokens, folded);
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

        var own = Own<ReferenceRouterWeights>(weights ?? throw new ArgumentNullException(nameof(weights), $"{options.Kind} routing needs a router."));
        Tensor constant = folded ?? throw new ArgumentNullException(nameof(folded), $"{options.Kind} routing needs the folded first layer.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokensPerImage);
        int foldedRows = Require.FoldedRows(constant, tasks, own.Hidden);
        if (experts != own.Experts || tokens.Rows % tokensPerImage != 0)
            throw new ArgumentException($"{experts} weights for {own.Experts} experts, {tokens.Rows} rows for images of {tokensPerImage}.", nameof(routingWeights));
        if (own.Fc1Token.Columns != 0)
            Require.Shape(tokens, tokens.Rows, own.Fc1Token.Columns, nameof(tokens));

        RouterLogits(own, tokens, tokensPerImage, Data(constant), tasks, foldedRows, to);
        RoutingWeights.Apply(options, experts, to);

        KeepAlive(tokens, constant, routingWeights);
    }

    private static unsafe void RouterLogits(ReferenceRouterWeights own, Tensor tokens, int tokensPerImage, float* folded, int tasks, int foldedRows, Span<float> logits)
    {
        int rows = tokens.Rows;
        float[] hidden = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tasks * rows * own.Hidden, nameof(tokens)));
        try
        {
            MatrixRows.Product(own.Fc1Token, Data(tokens), rows, (row, token, value) =>
            {
                for (long task = 0; task < tasks; task++)
                {
                    long foldedRow = (task * foldedRows) + (token % tokensPerImage % foldedRows);
                    hidden[(((task * rows) + token) * own.Hidden) + row] = Gelu.Apply(value + folded[(foldedRow * own.Hidden) + row]);
                }
            });
            fixed (float* first = hidden)
            fixed (float* to = logits)
            {
                nint address = (nint)to;
                MatrixRows.Product(own.Fc2, first, tasks * rows, (row, token, value) => ((float*)address)[((long)token * own.Experts) + row] = value + own.Fc2Bias[row]);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(hidden);
        }
    }
}
