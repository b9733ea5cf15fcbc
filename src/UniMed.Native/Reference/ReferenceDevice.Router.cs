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
    protected override unsafe void FoldTaskCore(RouterWeights weights, Tensor taskTokens, Tensor folded)
    {
        var own = (InPlaceRouter<HostTensor>)weights;
        float* to = Data(folded);
        MatrixRows.Product(own.Task, Data(taskTokens), taskTokens.Rows, (row, token, value) => to[((long)token * own.Hidden) + row] = value + own.Fc1Bias[row]);
    }

    /// <inheritdoc/>
    protected override unsafe void FixedRoutingCore(RouterOptions options, Tensor tokens, Tensor routingWeights) =>
        RoutingWeights.Fixed(options, routingWeights.Columns, new Span<float>(Data(routingWeights), checked((int)routingWeights.Length)));

    /// <inheritdoc/>
    protected override unsafe void RouterCore(RouterWeights weights, RouterOptions options, Tensor tokens, int tokensPerImage, Tensor folded, int tasks, Tensor routingWeights)
    {
        var own = (InPlaceRouter<HostTensor>)weights;
        int experts = own.Experts;
        int foldedRows = folded.Rows / tasks;
        var to = new Span<float>(Data(routingWeights), checked((int)routingWeights.Length));
        RouterLogits(own, tokens, tokensPerImage, Data(folded), tasks, foldedRows, to);
        RoutingWeights.Apply(options, experts, to);
    }

    private static unsafe void RouterLogits(InPlaceRouter<HostTensor> own, Tensor tokens, int tokensPerImage, float* folded, int tasks, int foldedRows, Span<float> logits)
    {
        int rows = tokens.Rows;
        float[] hidden = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tasks * rows * own.Hidden, nameof(tokens)));
        try
        {
            MatrixRows.Product(own.Token, Data(tokens), rows, (row, token, value) =>
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
