using System.Buffers;

namespace UniMed.Native.Reference;

/// <summary>
/// All experts and their weighted sum. Shapes: tokens [rows, in], routing weights [rows, experts] -> [rows, out].
/// Work: 2 * rows * hidden * (in + out) FLOP for each expert that any token chose.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    public unsafe void ExpertProjection(ExpertWeights weights, Tensor tokens, Tensor routingWeights, Tensor output)
    {
        var own = Own<ReferenceExpertWeights>(weights);
        Require.Shape(tokens, tokens.Rows, own.InFeatures, nameof(tokens));
        Require.Shape(routingWeights, tokens.Rows, own.Experts, nameof(routingWeights));
        Require.Shape(output, tokens.Rows, own.OutFeatures, nameof(output));
        float* routing = Data(routingWeights);
        float* to = Data(output);
        new Span<float>(to, checked((int)output.Length)).Clear();
        float[] chosenTokens = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tokens.Rows * own.InFeatures, nameof(tokens)));
        float[] hidden = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tokens.Rows * own.First[0].Weight.Rows, nameof(tokens)));
        int[] chosen = new int[tokens.Rows];
        try
        {
            for (int expert = 0; expert < own.Experts; expert++)
            {
                int count = Choose(routing, own.Experts, expert, tokens, chosen, chosenTokens);
                if (count == 0)
                    continue;
                int e = expert;
                (HostTensor Weight, float[] Bias) first = own.First[e];
                fixed (float* input = chosenTokens)
                fixed (float* between = hidden)
                {
                    if (own.Second.Length == 0)
                    {
                        Accumulate(first, input, count, chosen, routing, own.Experts, e, to);
                        continue;
                    }

                    int width = first.Weight.Rows;
                    nint address = (nint)between;
                    MatrixRows.Product(first.Weight, input, count, (row, token, value) => ((float*)address)[((long)token * width) + row] = Gelu.Apply(value + first.Bias[row]));
                    Accumulate(own.Second[e], between, count, chosen, routing, own.Experts, e, to);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(chosenTokens);
            ArrayPool<float>.Shared.Return(hidden);
        }

        KeepAlive(tokens, routingWeights, output);
    }

    /// <summary>Gathers the tokens whose weight for the expert is not 0.</summary>
    private static unsafe int Choose(float* routing, int experts, int expert, Tensor tokens, int[] chosen, float[] chosenTokens)
    {
        int count = 0;
        for (int row = 0; row < tokens.Rows; row++)
        {
            if (routing[(row * experts) + expert] == 0)
                continue;
            new ReadOnlySpan<float>(Data(tokens) + ((long)row * tokens.Columns), tokens.Columns).CopyTo(chosenTokens.AsSpan(count * tokens.Columns));
            chosen[count++] = row;
        }

        return count;
    }

    private static unsafe void Accumulate((HostTensor Weight, float[] Bias) layer, float* input, int count, int[] chosen, float* routing, int experts, int expert, float* output)
    {
        int columns = layer.Weight.Rows;
        nint to = (nint)output;
        nint weights = (nint)routing;
        MatrixRows.Product(layer.Weight, input, count, (row, token, value) =>
            ((float*)to)[((long)chosen[token] * columns) + row] += (value + layer.Bias[row]) * ((float*)weights)[(chosen[token] * experts) + expert]);
    }
}
