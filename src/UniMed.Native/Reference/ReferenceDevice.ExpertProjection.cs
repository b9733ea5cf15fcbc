using System.Buffers;
using UniMed.Native.Host;

namespace UniMed.Native.Reference;

/// <summary>
/// All experts and their weighted sum. Shapes: tokens [rows, in], routing weights [tasks * rows, experts] -> [tasks * rows, out].
/// Work: 2 * rows * hidden * (in + out) FLOP for each expert that any token chose for any task.
/// </summary>
public sealed partial class ReferenceDevice
{
    /// <inheritdoc/>
    protected override unsafe void ExpertProjectionCore(ExpertWeights weights, Tensor tokens, Tensor routingWeights, int tasks, Tensor output)
    {
        var own = (InPlaceExperts<HostTensor>)weights;
        float* routing = Data(routingWeights);
        float* to = Data(output);
        new Span<float>(to, checked((int)output.Length)).Clear();
        float[] chosenTokens = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tokens.Rows * own.InFeatures, nameof(tokens)));
        float[] hidden = ArrayPool<float>.Shared.Rent(ScratchLength.Of((long)tokens.Rows * own.Hidden, nameof(tokens)));
        int[] chosen = new int[tokens.Rows];
        try
        {
            for (int expert = 0; expert < own.Experts; expert++)
            {
                int count = Choose(routing, tasks, own.Experts, expert, tokens, chosen, chosenTokens);
                if (count == 0)
                    continue;
                int e = expert;
                InPlaceLinear<HostTensor> first = own.First[e];
                fixed (float* input = chosenTokens)
                fixed (float* between = hidden)
                {
                    if (own.Second.Length == 0)
                    {
                        Accumulate(first, input, count, chosen, routing, tasks, tokens.Rows, own.Experts, e, to);
                        continue;
                    }

                    int width = own.Hidden;
                    nint address = (nint)between;
                    MatrixRows.Product(first.Matrix, input, count, (row, token, value) => ((float*)address)[((long)token * width) + row] = Gelu.Apply(value + first.Bias![row]));
                    Accumulate(own.Second[e], between, count, chosen, routing, tasks, tokens.Rows, own.Experts, e, to);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(chosenTokens);
            ArrayPool<float>.Shared.Return(hidden);
        }
    }

    /// <summary>Gathers the tokens whose weight for the expert is not 0 for some task.</summary>
    private static unsafe int Choose(float* routing, int tasks, int experts, int expert, Tensor tokens, int[] chosen, float[] chosenTokens)
    {
        int count = 0;
        for (int row = 0; row < tokens.Rows; row++)
        {
            bool isChosen = false;
            for (long task = 0; task < tasks; task++)
                isChosen |= routing[(((task * tokens.Rows) + row) * experts) + expert] != 0;
            if (!isChosen)
                continue;
            new ReadOnlySpan<float>(Data(tokens) + ((long)row * tokens.Columns), tokens.Columns).CopyTo(chosenTokens.AsSpan(count * tokens.Columns));
            chosen[count++] = row;
        }

        return count;
    }

    private static unsafe void Accumulate(
        InPlaceLinear<HostTensor> layer, float* input, int count, int[] chosen, float* routing, int tasks, int rows, int experts, int expert, float* output)
    {
        int columns = layer.OutFeatures;
        nint to = (nint)output;
        nint weights = (nint)routing;
        MatrixRows.Product(layer.Matrix, input, count, (row, token, value) =>
        {
            for (long task = 0; task < tasks; task++)
            {
                long at = (task * rows) + chosen[token];
                float weight = ((float*)weights)[(at * experts) + expert];
                if (weight != 0)
                    ((float*)to)[(at * columns) + row] += (value + layer.Bias![row]) * weight;
            }
        });
    }
}
